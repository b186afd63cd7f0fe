package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Bounds of a client's metadata document.
const (
	maxDocument     = 64 << 10 // bytes
	documentTimeout = 5 * time.Second
	documentKept    = 10 * time.Minute
	maxDocuments    = 256 // that are kept
	maxDocumentURL  = 1 << 10
)

// documents keeps the clients whose documents were read lately.
type documents struct {
	mu   sync.Mutex
	kept map[string]keptDocument
}

type keptDocument struct {
	client client
	until  time.Time
}

func (d *documents) get(id string, now time.Time) (client, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k, ok := d.kept[id]
	return k.client, ok && now.Before(k.until)
}

func (d *documents) put(c client, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= maxDocuments {
		d.kept = map[string]keptDocument{}
	}
	d.kept[c.id] = keptDocument{c, now.Add(documentKept)}
}

// document reads the client that has its metadata under its id
// (draft-ietf-oauth-client-id-metadata-document).
func (s clients) document(ctx context.Context, id string) (client, error) {
	if why := badDocumentURL(id); why != "" {
		return client{}, wrong("invalid_client", "The client_id "+quoted(id)+" "+why+".")
	}
	if c, ok := s.cache.get(id, s.now()); ok {
		return c, nil
	}
	u, err := url.Parse(id)
	if err != nil {
		return client{}, err
	}
	// Whoever writes an address into a link makes this server ask there.
	if !s.limits.fetches.allow(u.Host, fetchesPerMinute, s.now()) {
		return client{}, tooMany
	}
	text, err := s.fetch(ctx, id)
	if err != nil {
		// The cause may tell of our network, which is nobody's business.
		s.Log.InfoContext(ctx, "the metadata document of a client can't be read", "client", id, "cause", err)
		return client{}, wrong("invalid_client", "The document under the client_id "+quoted(id)+" can't be read: it has to be JSON of at most 64 KiB at a public address, without redirects, within 5 seconds.")
	}
	var m metadata
	if err := json.Unmarshal(text, &m); err != nil {
		return client{}, wrong("invalid_client", "The document under the client_id "+quoted(id)+" is not client metadata in JSON.")
	}
	switch {
	case m.ClientID != id:
		return client{}, wrong("invalid_client", "The document under the client_id "+quoted(id)+" says that it is that of "+quoted(m.ClientID)+".")
	case m.ClientSecret != "" || strings.HasPrefix(m.AuthMethod, "client_secret"):
		return client{}, wrong("invalid_client", "A client with a metadata document can't have a secret.")
	}
	if err := m.check(); err != nil {
		f, _ := errors.AsType[*fault](err)
		return client{}, wrong("invalid_client", "The document under the client_id "+quoted(id)+": "+f.text)
	}
	c := client{id: id, name: cleanName(m.Name), redirects: m.Redirects}
	s.cache.put(c, s.now())
	return c, nil
}

// badDocumentURL is what keeps an id from being the address of a document.
func badDocumentURL(id string) string {
	u, err := url.Parse(id)
	switch {
	case err != nil || u.Hostname() == "" || len(id) > maxDocumentURL:
		return "is not an https URL"
	case u.User != nil || strings.Contains(id, "#"):
		return "has a user name or a fragment"
	case u.Path == "" || u.Path == "/":
		return "has no path; a client's document has one"
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == "." || part == ".." {
			return "has . or .. in its path"
		}
	}
	return ""
}

func (s clients) fetch(ctx context.Context, id string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, cmp.Or(s.patience, documentTimeout))
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, id, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	// A document stands for its own address alone.
	once := *s.Documents
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := once.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, errors.New(answer.Status)
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, errors.New("its type is not JSON: " + kind)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err == nil && len(text) > maxDocument {
		err = errors.New("it is too large")
	}
	return text, err
}
