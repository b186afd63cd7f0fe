package media

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// source is bytes that can be read more than once.
type source struct {
	// name is what messages call it.
	name string
	// file is the name it has as a file, if it has one.
	file string
	// said is the type that its caller says it has.
	said string
	size int64
	open func() (io.ReadCloser, error)
}

func outputSource(name string, out Output) (source, error) {
	open := out.Open
	if open == nil {
		open = func() (io.ReadCloser, int64, error) { return openFile(filepath.Dir(out.Path), filepath.Base(out.Path)) }
	}
	r, size, err := open()
	if err != nil {
		return source{}, err
	}
	r.Close()
	return source{name: name, size: size, open: func() (io.ReadCloser, error) {
		r, _, err := open()
		return r, err
	}}, nil
}

// isPCM says that it is meant as raw sound, which its bytes don't tell.
func (s source) isPCM() bool {
	said, _, _ := strings.Cut(strings.ToLower(s.said), ";")
	return said == "audio/pcm" || said == "audio/l16" || strings.EqualFold(filepath.Ext(s.file), ".pcm")
}

// dataSource reads a base64 data URL in place, without a decoded copy; where a
// plain one will do, that too.
func dataSource(value string, plainToo bool) (source, error) {
	head, payload, ok := strings.Cut(value[len("data:"):], ",")
	said, isBase64 := strings.CutSuffix(strings.ToLower(strings.TrimSpace(head)), ";base64")
	if ok && !isBase64 && plainToo {
		text, err := url.PathUnescape(payload)
		if err != nil {
			return source{}, errors.New("the data URL is escaped wrongly")
		}
		return source{name: "the data URL", said: said, size: int64(len(text)), open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}}, nil
	}
	if !ok || !isBase64 {
		return source{}, errors.New("a data URL has to be data:TYPE;base64, and then base64")
	}
	if strings.Contains(payload, "%") {
		plain, err := url.PathUnescape(payload)
		if err != nil {
			return source{}, errors.New("the data URL is escaped wrongly")
		}
		payload = plain
	}
	payload = strings.TrimRight(payload, "=\r\n ")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(payload, "-_") {
		encoding = base64.RawURLEncoding
	}
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(base64.NewDecoder(encoding, strings.NewReader(payload))), nil
	}
	r, _ := open()
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		return source{}, errors.New("the data URL is not valid base64")
	}
	return source{name: "the data URL", said: said, size: n, open: open}, nil
}

// openFile opens a regular file that lies in a folder, and nothing that a
// symlink put in its place. Pipes and devices are refused unopened.
func openFile(dir, rel string) (io.ReadCloser, int64, error) {
	f, info, err := openIn(dir, rel)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func openIn(dir, rel string) (*os.File, os.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	info, err := root.Stat(rel)
	if err != nil {
		return nil, nil, err
	}
	if err := regular(info); err != nil {
		return nil, nil, err
	}
	f, err := root.OpenFile(rel, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err = f.Stat()
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

func regular(info os.FileInfo) error {
	switch {
	case info.IsDir():
		return fmt.Errorf("%s is a folder", info.Name())
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", info.Name())
	}
	return nil
}
