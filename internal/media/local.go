package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// spot is a place in the file system that may be read: a folder that holds it
// and the way from there, both without symlinks.
type spot struct{ dir, rel string }

// file finds the local file that a caller named.
func (in Inputs) file(a ask, value string) (source, error) {
	paths, err := in.paths(value)
	if err != nil {
		return source{}, a.fault(nexconn.InvalidArgument, "%s: %w", a.arg, err)
	}
	var first error
	for _, path := range paths {
		src, err := in.read(path)
		if err == nil {
			return src, nil
		}
		// A relative path may lie in any of several folders: what is wrong where
		// it may be read says more than that it may not be read elsewhere.
		if first == nil || (errors.As(first, new(forbidden)) && !errors.As(err, new(forbidden))) {
			first = err
		}
	}
	var no forbidden
	switch {
	case errors.As(first, &no):
		e := a.fault(nexconn.Forbidden, "%s: %s may not be read: %s", a.arg, brief(value), no)
		e.Advice = "Use a file in one of these: " + strings.Join(in.dirs(), ", ") + ". NEXCONN_INPUT_DIRS sets them."
		return source{}, e
	case errors.Is(first, fs.ErrNotExist):
		e := a.fault(nexconn.InvalidArgument, "%s: there is no file %s", a.arg, brief(value))
		e.Advice = "Check the path; an absolute one is surest."
		return source{}, e
	case errors.Is(first, fs.ErrPermission):
		return source{}, a.fault(nexconn.InvalidArgument, "%s: %s can't be opened: permission denied", a.arg, brief(value))
	}
	var at *fs.PathError
	if errors.As(first, &at) {
		first = at.Err // without the path, which may be anything
	}
	return source{}, a.fault(nexconn.InvalidArgument, "%s: %s can't be opened: %w", a.arg, brief(value), first)
}

// read opens the file at a path, or the one of an alike name.
func (in Inputs) read(path string) (source, error) {
	at, err := in.allowed(path)
	if err != nil {
		return source{}, err
	}
	src, err := at.source()
	if errors.Is(err, fs.ErrNotExist) {
		if name := at.alike(); name != "" {
			if at, err = in.allowed(filepath.Join(at.dir, name)); err != nil {
				return source{}, err
			}
			return at.source()
		}
	}
	return src, err
}

// tooLong says that a value can't be a path: file systems take names of 255
// bytes.
func tooLong(path string) bool {
	return len(path) > 4096 || slices.ContainsFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }),
		func(name string) bool { return len(name) > 255 })
}

// dirs are the allowed folders, each once and without those inside another.
func (in Inputs) dirs() []string {
	var list []string
	for _, dir := range in.Dirs {
		inside := slices.ContainsFunc(in.Dirs, func(other string) bool {
			rel, err := filepath.Rel(other, dir)
			return err == nil && rel != "." && filepath.IsLocal(rel)
		})
		if !inside && !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	return list
}

// forbidden is why a path may not be read.
type forbidden string

func (f forbidden) Error() string { return string(f) }

// paths lists where a caller's path may lead, absolute and clean. A relative
// one is tried in the current folder and then in each allowed one, since
// clients start servers anywhere.
func (in Inputs) paths(value string) ([]string, error) {
	path := value
	if len(value) >= len("file:") && strings.EqualFold(value[:len("file:")], "file:") {
		var err error
		if path, err = fromFileURL(value); err != nil {
			return nil, err
		}
	}
	if strings.ContainsRune(path, 0) {
		return nil, errors.New("the path has a zero byte in it")
	}
	if err := otherSystem(path); err != nil {
		return nil, err
	}
	if path == "~" || strings.HasPrefix(path, "~/") || strings.HasPrefix(path, `~\`) {
		if in.Home == "" {
			return nil, errors.New("there is no home folder here; write the path out")
		}
		path = filepath.Join(in.Home, path[1:])
	}
	var list []string
	for _, one := range append([]string{path}, spellings(path)...) {
		list = append(list, places(in.Dirs, one)...)
	}
	return list, nil
}

// places are where a path may lead, from the current folder and from others.
func places(dirs []string, path string) []string {
	if filepath.IsAbs(path) {
		return []string{filepath.Clean(path)}
	}
	var list []string
	for _, dir := range append([]string{""}, dirs...) {
		if abs, err := filepath.Abs(filepath.Join(dir, path)); err == nil {
			list = append(list, abs)
		}
	}
	return list
}

func fromFileURL(value string) (string, error) {
	rest, ok := strings.CutPrefix(value[len("file:"):], "//")
	if !ok {
		rest = "/" + strings.TrimLeft(rest, "/")
	}
	host, path, ok := strings.Cut(rest, "/")
	if !ok || (host != "" && !strings.EqualFold(host, "localhost")) {
		return "", errors.New("a file URL has to be file:///path, on this machine")
	}
	path, err := url.PathUnescape("/" + path)
	if err != nil {
		return "", errors.New("the file URL is escaped wrongly")
	}
	// file:///C:/clip.mp4
	if filepath.VolumeName(filepath.FromSlash(path[1:])) != "" {
		path = path[1:]
	}
	return filepath.FromSlash(path), nil
}

// allowed follows symlinks and says where the file is if it may be read. It
// tells nothing of what lies outside the allowed folders, not even whether it
// is there.
func (in Inputs) allowed(path string) (spot, error) {
	const outside = forbidden("it lies outside the allowed folders")
	if !in.sameVolume(path) {
		return spot{}, outside
	}
	real := realPath(path)
	if info, err := os.Lstat(real); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return spot{}, forbidden("it is a symlink that leads nowhere")
	}
	var at spot
	for _, dir := range in.Dirs {
		if top, ok := above(real, dir); ok {
			rel, err := filepath.Rel(top, real)
			if err == nil && filepath.IsLocal(rel) {
				at = spot{dir: top, rel: rel}
				break
			}
		}
	}
	if at.dir == "" {
		return spot{}, outside
	}
	if in.StateDir != "" {
		if _, ok := above(real, in.StateDir); ok {
			return spot{}, forbidden("it lies in the server's own state folder")
		}
	}
	if in.Home != "" && underHidden(real, in.Home) {
		return spot{}, forbidden("hidden files and folders under home are never read")
	}
	return at, nil
}

// sameVolume keeps network paths of Windows (\\host\share) from being touched
// at all unless an allowed folder lies on the same share: asking whether such a
// path exists already logs in there.
func (in Inputs) sameVolume(path string) bool {
	volume := filepath.VolumeName(path)
	if !strings.HasPrefix(volume, `\\`) {
		return true
	}
	for _, dir := range in.Dirs {
		if strings.EqualFold(filepath.VolumeName(dir), volume) {
			return true
		}
	}
	return false
}

// realPath is path without symlinks, as far as it exists.
func realPath(path string) string {
	rest := ""
	for at := path; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		parent := filepath.Dir(at)
		if parent == at {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
		at = parent
	}
}

// above finds the folder that is dir among those over path (or path itself).
// It compares files, not names, so that neither case nor a second mount of the
// same folder leads around it.
func above(path, dir string) (string, bool) {
	want, err := os.Stat(dir)
	if err != nil {
		return "", false
	}
	for at := path; ; {
		if info, err := os.Lstat(at); err == nil && os.SameFile(info, want) {
			return at, true
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", false
		}
		at = parent
	}
}

func underHidden(path, home string) bool {
	top, ok := above(path, home)
	if !ok {
		return false
	}
	for at := path; at != top && len(at) > len(top); at = filepath.Dir(at) {
		if strings.HasPrefix(filepath.Base(at), ".") {
			return true
		}
		if info, err := os.Lstat(at); err == nil && marked(info) {
			return true
		}
	}
	return false
}

// source opens the file at the spot once to see that it can be read.
func (at spot) source() (source, error) {
	f, info, err := openIn(at.dir, at.rel)
	if err != nil {
		return source{}, err
	}
	f.Close()
	return source{name: info.Name(), file: info.Name(), size: info.Size(), open: func() (io.ReadCloser, error) {
		f, now, err := openIn(at.dir, at.rel)
		if err != nil {
			return nil, err
		}
		if !os.SameFile(info, now) || now.Size() != info.Size() {
			f.Close()
			return nil, fmt.Errorf("%s changed after it was checked", info.Name())
		}
		return f, nil
	}}, nil
}
