package media

import (
	"fmt"
	"io"
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
	// public gives a link by which the service can fetch it; nil is none.
	public func() string
}

// link is its public link, empty where there is none.
func (s source) link() string {
	if s.public == nil {
		return ""
	}
	return s.public()
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
	return source{name: name, size: size, public: out.Public, open: func() (io.ReadCloser, error) {
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
	d, err := parseDataURL(value)
	if err != nil {
		return source{}, err
	}
	if !d.base64 && !plainToo {
		return source{}, errDataURL
	}
	n, err := io.Copy(io.Discard, d.open())
	if err != nil {
		return source{}, errNotBase64
	}
	said := d.mime
	if d.params != "" {
		said += ";" + d.params
	}
	return source{name: "the data URL", said: said, size: n, open: func() (io.ReadCloser, error) {
		return io.NopCloser(d.open()), nil
	}}, nil
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
