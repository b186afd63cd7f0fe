package media

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Store keeps outputs: in a folder or in a bucket. A name is relative, with
// slashes; it is given without its ending and comes back with it in Saved. A
// name that is taken gets -2, -3, … : nothing is ever overwritten.
type Store interface {
	// Fetch saves what a link leads to.
	Fetch(ctx context.Context, d *Downloader, link, name, mime string, progress func(done, total int64)) (Saved, error)
	// Put saves bytes that are at hand.
	Put(ctx context.Context, name string, r io.Reader, mime string) (Saved, error)
	// Link is a public link to a saved file for so long; empty where the store
	// has none to give.
	Link(ctx context.Context, name string, ttl time.Duration) (string, error)
	// Open reads a saved file: its bytes, their number and type.
	Open(ctx context.Context, name string) (r io.ReadCloser, size int64, mime string, err error)
	// Remove removes a saved file; that there is none is no error.
	Remove(ctx context.Context, name string) error
	// Sweep removes files older than age whose names begin with under and a
	// slash, all of them where under is empty. It gives the number removed.
	Sweep(ctx context.Context, under string, age time.Duration) (int, error)
}

// OpenStore makes the store of a setting: file:///folder or s3://bucket/prefix.
// Nothing is reached before it is used; getenv gives the AWS_* variables.
func OpenStore(setting string, getenv func(string) string) (Store, error) {
	scheme, _, _ := strings.Cut(setting, "://")
	switch scheme {
	case "file":
		dir, err := fromFileURL(setting)
		if err != nil {
			return nil, err
		}
		return Folder{Root: dir}, nil
	case "s3":
		return NewBucket(setting, getenv)
	}
	return nil, errors.New("it has to be file:///folder or s3://bucket/prefix")
}

// Folder is a Store on disk. It has no links of its own.
type Folder struct{ Root string }

// Fetch saves what a link leads to.
func (s Folder) Fetch(ctx context.Context, d *Downloader, link, name, mime string, progress func(done, total int64)) (Saved, error) {
	dst, err := s.target(name, mime)
	if err != nil {
		return Saved{}, err
	}
	saved, err := d.Save(ctx, link, dst, progress)
	return s.named(saved, name), err
}

// Put saves bytes that are at hand.
func (s Folder) Put(_ context.Context, name string, r io.Reader, mime string) (Saved, error) {
	dst, err := s.target(name, mime)
	if err != nil {
		return Saved{}, err
	}
	saved, err := dst.Write(r)
	return s.named(saved, name), err
}

func (s Folder) target(name, mime string) (Target, error) {
	dir, err := Dir(s.Root, path.Dir(name))
	if err != nil {
		return Target{}, err
	}
	return Target{Dir: dir, Name: path.Base(name), MIME: mime}, nil
}

func (s Folder) named(saved Saved, name string) Saved {
	saved.Name = path.Join(path.Dir(name), saved.Name)
	return saved
}

// Link is empty: a folder has no public address.
func (s Folder) Link(context.Context, string, time.Duration) (string, error) { return "", nil }

// Open reads a saved file.
func (s Folder) Open(_ context.Context, name string) (io.ReadCloser, int64, string, error) {
	rel := filepath.FromSlash(name)
	if !filepath.IsLocal(rel) {
		return nil, 0, "", nexconn.Errorf(nexconn.Forbidden, "%s is not a name of this store", brief(name))
	}
	f, info, err := openIn(s.Root, rel)
	if err != nil {
		return nil, 0, "", missing(name, err)
	}
	k, _, err := sniffReader(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, 0, "", missing(name, err)
	}
	return f, info.Size(), k.mime, nil
}

// Has says that the folder holds a file of this name.
func (s Folder) Has(name string) bool {
	rel := filepath.FromSlash(name)
	if s.Root == "" || !filepath.IsLocal(rel) {
		return false
	}
	info, err := os.Stat(filepath.Join(s.Root, rel))
	return err == nil && info.Mode().IsRegular()
}

func missing(name string, err error) error {
	return nexconn.Errorf(nexconn.NotFound, "the file %s is not kept any more: %w", path.Base(name), err)
}

// Remove removes a saved file.
func (s Folder) Remove(_ context.Context, name string) error {
	root, err := os.OpenRoot(s.Root)
	if err == nil {
		err = errors.Join(root.Remove(filepath.FromSlash(name)), root.Close())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sweep removes files older than age, whether they ever became whole or not,
// and the folders that this empties.
func (s Folder) Sweep(ctx context.Context, under string, age time.Duration) (int, error) {
	s.Root = filepath.Join(s.Root, filepath.FromSlash(under))
	return s.sweep(ctx, age, func(string) bool { return true })
}

// SweepParts removes what crashes left: files that never became whole.
func (s Folder) SweepParts(ctx context.Context, age time.Duration) (int, error) {
	return s.sweep(ctx, age, func(name string) bool {
		ok, _ := filepath.Match(partPattern, name)
		return ok
	})
}

func (s Folder) sweep(ctx context.Context, age time.Duration, match func(name string) bool) (int, error) {
	before := time.Now().Add(-age)
	removed := 0
	var dirs []string
	err := filepath.WalkDir(s.Root, func(p string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return nil // gone meanwhile, or not ours to read
		}
		if entry.IsDir() {
			if p != s.Root {
				dirs = append(dirs, p)
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || info.ModTime().After(before) || !match(entry.Name()) {
			return nil
		}
		if os.Remove(p) == nil {
			removed++
		}
		return nil
	})
	if removed > 0 {
		for i := len(dirs) - 1; i >= 0; i-- {
			_ = os.Remove(dirs[i]) // fails where something is left, which is meant
		}
	}
	return removed, err
}

// bucketURL reads s3://bucket/prefix.
func bucketURL(setting string) (bucket, prefix string, err error) {
	u, err := url.Parse(setting)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return "", "", errors.New("it has to be s3://bucket/prefix")
	}
	return u.Host, strings.Trim(u.Path, "/"), nil
}
