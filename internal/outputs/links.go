package outputs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// LinksPath is where the server serves what the store keeps, by signed links:
// /outputs/NAME-IN-THE-STORE?e=END&s=SIGNATURE.
const LinksPath = "/outputs/"

// forLinks is the purpose of the key that signs them.
const forLinks = "output links"

// Errors of Links.Open, besides those of the store.
var (
	ErrLinkForged  = errors.New("this link is not one of this server's, or something in it was changed")
	ErrLinkExpired = errors.New("this link has expired")
)

// Links gives links to what the store keeps, over HTTP: a bucket's own where
// callers reach the bucket, else links to this server. Such a link is signed, so that nothing has to be looked
// up to serve it, and every replica with the same secret and store can.
type Links struct {
	Secret   *ledger.Secret
	Store    media.Store
	Fallback media.Folder
	// TTL is how long a link lives.
	TTL time.Duration
	// PublicURL is how callers reach this server, without a slash at its end;
	// empty where nobody said so.
	PublicURL string
	Log       *slog.Logger
}

// To is a link to a file of the store that the caller can open, and when it
// ends; empty where there is none to give.
func (l *Links) To(ctx context.Context, name string) (string, time.Time) {
	return l.until(ctx, name, caller.From(ctx).Origin, time.Now().Add(l.TTL))
}

// fetchTime is how long a link lives at least by which the service fetches an
// input: a job may wait for its turn.
const fetchTime = time.Hour

// Public is a link to a file of the store by which the service can fetch it,
// empty where the public URL of this server is not known to be https.
func (l *Links) Public(ctx context.Context, name string) string {
	if !strings.HasPrefix(l.PublicURL, "https://") {
		return ""
	}
	link, _ := l.until(ctx, name, l.PublicURL, time.Now().Add(max(l.TTL, fetchTime)))
	return link
}

func (l *Links) until(ctx context.Context, name, origin string, ends time.Time) (string, time.Time) {
	ends = ends.UTC().Truncate(time.Second)
	spare := l.Fallback.Has(name)
	if folder, ok := l.Store.(media.Folder); ok && !spare && !folder.Has(name) {
		return "", time.Time{} // it is gone
	}
	if !spare {
		link, err := l.Store.Link(ctx, name, time.Until(ends))
		// A bucket on plain http is one of the server's own network.
		if link != "" && (l.PublicURL == "" || strings.HasPrefix(link, "https://")) {
			return link, ends
		}
		if err != nil {
			l.Log.Warn("the store gave no link", "error", err)
		}
	}
	if origin == "" {
		return "", time.Time{}
	}
	end := strconv.FormatInt(ends.Unix(), 10)
	signature, err := l.sign(ctx, name, end)
	if err != nil {
		l.Log.Warn("a link could not be signed", "error", err)
		return "", time.Time{}
	}
	path := (&url.URL{Path: LinksPath + name}).EscapedPath()
	return origin + path + "?e=" + end + "&s=" + signature, ends
}

// sign makes the signature of a file's name and the end of its link.
func (l *Links) sign(ctx context.Context, name, end string) (string, error) {
	key, err := l.Secret.Key(ctx, forLinks)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(authenticate(key, []byte(end+" "+name))), nil
}

// macSize is the size of a signature: 128 bits keep links short.
const macSize = 16

func authenticate(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)[:macSize]
}

// Open reads the file of a link: its bytes, their number, its type, and when the
// link ends.
func (l *Links) Open(ctx context.Context, name string, query url.Values) (r io.ReadCloser, size int64, mime string, ends time.Time, err error) {
	end := query.Get("e")
	signature, err := l.sign(ctx, name, end)
	if err != nil {
		return nil, 0, "", ends, err
	}
	unix, wrong := strconv.ParseInt(end, 10, 64)
	ends = time.Unix(unix, 0)
	switch {
	case !hmac.Equal([]byte(signature), []byte(query.Get("s"))), wrong != nil:
		return nil, 0, "", ends, ErrLinkForged
	case !time.Now().Before(ends):
		return nil, 0, "", ends, ErrLinkExpired
	}
	r, size, mime, err = openKept(ctx, l.Store, l.Fallback, name)
	return r, size, mime, ends, err
}

// openKept reads a file of the store, or of the folder that took what the store
// didn't.
func openKept(ctx context.Context, store media.Store, fallback media.Folder, name string) (io.ReadCloser, int64, string, error) {
	if fallback.Has(name) {
		return fallback.Open(ctx, name)
	}
	return store.Open(ctx, name)
}
