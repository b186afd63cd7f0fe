package outputs

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func newLinks(t *testing.T, publicURL string) *Links {
	t.Helper()
	rows := ledger.OpenMemory()
	t.Cleanup(func() { rows.Close() })
	return &Links{Secret: ledger.NewSecret("a secret of thirty-two characters", rows.Tokens()), Store: media.Folder{Root: t.TempDir()},
		Fallback: media.Folder{Root: t.TempDir()}, TTL: time.Hour, PublicURL: publicURL, Log: slog.New(slog.DiscardHandler)}
}

// as is a caller over HTTP.
func as(t *testing.T, id string) context.Context {
	t.Helper()
	return caller.With(t.Context(), caller.Caller{ID: id, HTTP: true, Hosted: true, Origin: "http://127.0.0.1:8080"})
}

func aPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t *testing.T, store media.Store, name string) string {
	t.Helper()
	saved, err := store.Put(t.Context(), name, bytes.NewReader(aPNG(t)), "image/png")
	if err != nil {
		t.Fatal(err)
	}
	return saved.Name
}

// follow opens a link as the server does.
func follow(t *testing.T, l *Links, link string) ([]byte, error) {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	r, size, mime, _, err := l.Open(t.Context(), strings.TrimPrefix(u.Path, LinksPath), u.Query())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if int64(len(data)) != size || mime != "image/png" {
		t.Errorf("%d bytes of %d, %s", len(data), size, mime)
	}
	return data, err
}

func TestALinkLeadsToOneFile(t *testing.T) {
	l := newLinks(t, "")
	one, two := put(t, l.Store, "ann/1/a pear at dawn"), put(t, l.Store, "ann/2/apple")
	link, ends := l.To(as(t, "ann"), one)
	if left := time.Until(ends); left < 59*time.Minute || left > time.Hour {
		t.Errorf("it lives for %v", left)
	}
	if data, err := follow(t, l, link); err != nil || !bytes.Equal(data, aPNG(t)) {
		t.Fatalf("%s: %v, %d bytes", link, err, len(data))
	}
	// Every letter counts, and the signature is that of this file alone.
	for i := len("http://127.0.0.1:8080/outputs/"); i < len(link); i++ {
		other := byte('A')
		if link[i] == other {
			other = 'B'
		}
		if changed := link[:i] + string(other) + link[i+1:]; validURL(changed) {
			if _, err := follow(t, l, changed); !errors.Is(err, ErrLinkForged) {
				t.Errorf("with letter %d changed (%s): %v", i, changed, err)
			}
		}
	}
	another, _ := l.To(as(t, "ann"), two)
	at, _, _ := strings.Cut(another, "?")
	_, query, _ := strings.Cut(link, "?")
	if _, err := follow(t, l, at+"?"+query); !errors.Is(err, ErrLinkForged) {
		t.Errorf("another file with this signature: %v", err)
	}
	// Another server's secret makes other signatures.
	stranger := *l
	stranger.Secret = ledger.NewSecret("another secret of some 32 characters", nil)
	if _, err := follow(t, &stranger, link); !errors.Is(err, ErrLinkForged) {
		t.Errorf("with another secret: %v", err)
	}
	if err := l.Store.Remove(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if _, err := follow(t, l, link); nexconn.CodeOf(err) != nexconn.NotFound {
		t.Errorf("of a file that is gone: %v", err)
	}
	if link, _ := l.To(as(t, "ann"), one); link != "" {
		t.Errorf("a file that is gone has the link %s", link)
	}
}

func validURL(link string) bool {
	u, err := url.Parse(link)
	return err == nil && strings.HasPrefix(u.Path, LinksPath)
}

func TestALinkEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLinks(t, "")
		link, _ := l.To(as(t, "ann"), put(t, l.Store, "ann/1/pear"))
		time.Sleep(59 * time.Minute)
		if _, err := follow(t, l, link); err != nil {
			t.Errorf("before its end: %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := follow(t, l, link); !errors.Is(err, ErrLinkExpired) {
			t.Errorf("at its end: %v", err)
		}
	})
}

// What the store didn't take is served from where it is.
func TestALinkToTheFallback(t *testing.T) {
	l := newLinks(t, "")
	link, _ := l.To(as(t, "ann"), put(t, l.Fallback, "ann/1/pear"))
	if _, err := follow(t, l, link); err != nil {
		t.Errorf("%s: %v", link, err)
	}
}

func TestLinksForTheService(t *testing.T) {
	for public, want := range map[string]string{"": "", "http://localhost:8080": "", "https://mcp.example.com/nexconn": "https://mcp.example.com/nexconn/outputs/ann/1/pear.png?e="} {
		l := newLinks(t, public)
		if got := l.Public(as(t, "ann"), put(t, l.Store, "ann/1/pear")); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("with public URL %q: %q", public, got)
		}
	}
}

// presigning is a bucket that gives links of its own.
type presigning struct {
	media.Store
	base string
}

func (p presigning) Link(_ context.Context, name string, _ time.Duration) (string, error) {
	return p.base + name, nil
}

// A bucket's own link goes before this server's, unless nobody outside could
// follow it.
func TestLinksOfABucket(t *testing.T) {
	for _, one := range []struct{ base, public, want string }{
		{"https://s3.example/b/", "", "https://s3.example/b/ann/1/pear.png"},
		{"https://s3.example/b/", "https://mcp.example.com", "https://s3.example/b/ann/1/pear.png"},
		{"http://minio:9000/b/", "", "http://minio:9000/b/ann/1/pear.png"},
		{"http://minio:9000/b/", "https://mcp.example.com", "http://127.0.0.1:8080/outputs/ann/1/pear.png?"},
	} {
		l := newLinks(t, one.public)
		name := put(t, l.Store, "ann/1/pear")
		l.Store = presigning{l.Store, one.base}
		if got, _ := l.To(as(t, "ann"), name); !strings.HasPrefix(got, one.want) {
			t.Errorf("%+v: %s", one, got)
		}
	}
}
