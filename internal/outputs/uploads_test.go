package outputs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func newUploads(t *testing.T) *Uploads {
	t.Helper()
	rows := ledger.OpenMemory()
	t.Cleanup(func() { rows.Close() })
	links := newLinks(t, "https://mcp.example.com")
	links.Secret = ledger.NewSecret("", rows.Tokens())
	return &Uploads{Links: links, Tokens: rows.Tokens(), MaxBytes: 1 << 20, Log: slog.New(slog.DiscardHandler)}
}

// files are the files of an upload's store, whole or not.
func files(t *testing.T, u *Uploads) (names []string) {
	t.Helper()
	root := u.Links.Store.(media.Folder).Root
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func addressOf(t *testing.T, u *Uploads, ctx context.Context) (address, handle string) {
	t.Helper()
	a, err := u.Address(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a.URL, "http://127.0.0.1:8080/uploads/") || !strings.HasPrefix(a.Media, UploadPrefix) || a.MaxBytes != u.MaxBytes {
		t.Errorf("%+v", a)
	}
	return path.Base(a.URL), strings.TrimPrefix(a.Media, UploadPrefix)
}

func send(t *testing.T, u *Uploads, address, kind string, data []byte) (Upload, error) {
	t.Helper()
	s, err := u.Begin(t.Context(), address)
	if err != nil {
		return Upload{}, err
	}
	return s.Keep(t.Context(), bytes.NewReader(data), kind)
}

func TestAnUploadIsAnInput(t *testing.T) {
	u := newUploads(t)
	ann := as(t, "ann")
	address, id := addressOf(t, u, ann)
	if _, err := u.Source(ann, id); nexconn.CodeOf(err) != nexconn.NotFound {
		t.Errorf("before anything came: %v", err)
	}
	kept, err := send(t, u, address, "image/png", aPNG(t))
	if err != nil || kept.Media != UploadPrefix+id || kept.MIME != "image/png" || kept.Bytes != int64(len(aPNG(t))) {
		t.Fatalf("%+v %v", kept, err)
	}
	got, err := u.Source(ann, id)
	if err != nil {
		t.Fatal(err)
	}
	r, size, err := got.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, aPNG(t)) || size != kept.Bytes {
		t.Errorf("%d bytes of %d: %v", len(data), size, err)
	}
	if data, err := follow(t, u.Links, got.Public()); err != nil || !bytes.Equal(data, aPNG(t)) {
		t.Errorf("its link for the service: %s %v", got.Public(), err)
	}
	if _, err := u.Source(as(t, "bob"), id); nexconn.CodeOf(err) != nexconn.NotFound {
		t.Errorf("another caller: %v", err)
	}
	if _, err := u.Begin(t.Context(), address); !errors.Is(err, ErrAddressUsed) {
		t.Errorf("a second PUT: %v", err)
	}
}

// Whatever is refused leaves nothing behind, and the address is good again.
func TestRefusedUploads(t *testing.T) {
	u := newUploads(t)
	address, _ := addressOf(t, u, as(t, "ann"))
	large := append(aPNG(t), make([]byte, u.MaxBytes)...)
	zip := append([]byte("PK\x03\x04"), make([]byte, 100)...)
	for name, one := range map[string]struct {
		kind string
		data []byte
	}{
		"too large": {"image/png", large}, "another class": {"video/mp4", aPNG(t)}, "an archive": {"image/png", zip}, "empty": {"", nil},
		"a program": {"", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...)},
	} {
		if _, err := send(t, u, address, one.kind, one.data); err == nil {
			t.Errorf("%s was kept", name)
		} else if name == "too large" != errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if left := files(t, u); len(left) > 0 {
			t.Fatalf("%s left %v", name, left)
		}
	}
	broken := io.MultiReader(bytes.NewReader(aPNG(t)), brokenOff{})
	s, err := u.Begin(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Begin(t.Context(), address); !errors.Is(err, ErrAddressUsed) {
		t.Errorf("a second PUT while the first is on its way: %v", err)
	}
	if _, err := s.Keep(t.Context(), broken, ""); !errors.Is(err, io.ErrUnexpectedEOF) || len(files(t, u)) > 0 {
		t.Errorf("broken off: %v, left %v", err, files(t, u))
	}
	for _, forged := range []string{"", "AAAA", address[:len(address)-1] + "!", strings.Repeat("A", len(address)), address[:20] + "A" + address[21:]} {
		if _, err := u.Begin(t.Context(), forged); forged != address && !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", forged, err)
		}
	}
	for _, kind := range []string{"image/png", "application/octet-stream"} {
		other, _ := addressOf(t, u, as(t, "ann"))
		if _, err := send(t, u, other, kind, aPNG(t)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := send(t, u, address, "", aPNG(t)); err != nil {
		t.Errorf("the address after all that: %v", err)
	}
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnUploadAddressEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUploads(t)
		address, _ := addressOf(t, u, as(t, "ann"))
		time.Sleep(15 * time.Minute)
		if _, err := u.Begin(t.Context(), address); !errors.Is(err, ErrAddressExpired) {
			t.Errorf("after a quarter of an hour: %v", err)
		}
	})
}

// After a day an upload is gone, first for its caller and then from the store.
func TestUploadsGo(t *testing.T) {
	u := newUploads(t)
	ann := as(t, "ann")
	address, id := addressOf(t, u, ann)
	if _, err := send(t, u, address, "", aPNG(t)); err != nil {
		t.Fatal(err)
	}
	kept := put(t, u.Links.Store, "ann/1/pear")
	token, err := u.Tokens.Get(t.Context(), uploadKind, id)
	if err != nil || time.Until(token.EndsAt) > 24*time.Hour || time.Until(token.EndsAt) < 23*time.Hour {
		t.Fatalf("%+v %v", token, err)
	}
	if n, err := u.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("swept on the same day: %d %v", n, err)
	}
	yesterday := time.Now().Add(-26 * time.Hour)
	for _, file := range files(t, u) {
		if err := os.Chtimes(file, yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	token.EndsAt = time.Now().Add(-time.Second)
	if _, err := u.Tokens.Update(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Source(ann, id); nexconn.CodeOf(err) != nexconn.NotFound {
		t.Errorf("the day after: %v", err)
	}
	if n, err := u.Sweep(t.Context()); err != nil || n != 1 {
		t.Errorf("swept the day after: %d %v", n, err)
	}
	if left := files(t, u); len(left) != 1 || !strings.HasSuffix(left[0], filepath.FromSlash(kept)) {
		t.Errorf("left are %v, want the output alone", left)
	}
}

// Nobody fills the store: a caller has so much room, and one with a key of its
// own has it checked first.
func TestRoomForUploads(t *testing.T) {
	u := newUploads(t)
	doc := []byte(`{"name":"n","bytes":8589934000}`)
	if _, err := u.Tokens.Issue(t.Context(), ledger.Token{Kind: uploadKind, Caller: "ann", Doc: doc, EndsAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if a, err := u.Address(as(t, "ann")); err != nil || a.MaxBytes != 592 {
		t.Errorf("almost full: %+v %v", a, err)
	}
	u.CheckKey = func(_ context.Context, key nexconn.Secret) error {
		if key != "good" {
			return nexconn.Errorf(nexconn.Unauthorized, "no")
		}
		return nil
	}
	for key, want := range map[nexconn.Secret]nexconn.Code{"good": "", "made up": nexconn.Unauthorized} {
		_, err := u.Address(caller.With(t.Context(), caller.Caller{ID: "k", Key: key, HTTP: true}))
		if (err == nil) != (want == "") || err != nil && nexconn.CodeOf(err) != want {
			t.Errorf("key %q: %v", key, err)
		}
	}
	u.NoStore = "there is no place"
	if _, err := u.Address(as(t, "ann")); nexconn.CodeOf(err) != nexconn.NotConfigured {
		t.Errorf("without a store: %v", err)
	}
}
