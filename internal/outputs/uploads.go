package outputs

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// UploadsPath is where files are sent to, by PUT: /uploads/ADDRESS.
const UploadsPath = "/uploads/"

// UploadPrefix begins what stands for an upload in a media argument.
const UploadPrefix = "upload-"

// Uploads are files that callers over HTTP send, to be inputs of their calls.
// An address is signed and says whose it is, so that nothing is on record before
// something comes to it.
type Uploads struct {
	Links  *Links
	Tokens ledger.Tokens
	// NoStore says why nothing can be kept, empty where it can.
	NoStore string
	// MaxBytes is the largest file.
	MaxBytes int64
	// CheckKey asks the service whether a caller's own key is good: nobody else
	// gets room here.
	CheckKey func(ctx context.Context, key nexconn.Secret) error
	Log      *slog.Logger
}

const (
	// addressLife is how long an address is good, uploadLife how long what was
	// sent to it is kept.
	addressLife = 15 * time.Minute
	uploadLife  = 24 * time.Hour
	// SendingLife is how long a file may be on its way.
	SendingLife = time.Hour
	// callerBytes is what the uploads of a caller may take together.
	callerBytes = 8 << 30
	// callerUploads is how many a caller may have.
	callerUploads = 1000
	// uploadsFolder holds all uploads in the store.
	uploadsFolder = "uploads"
	// uploadKind is that of the ledger's tokens of uploads.
	uploadKind   = "upload"
	forAddresses = "upload addresses"
)

// Address is where a caller may send one file.
type Address struct {
	URL string
	// Media stands for the file in a media argument once it was sent.
	Media     string
	ExpiresAt time.Time
	MaxBytes  int64
}

// upload is what an upload's token says of it; Name is empty as long as the
// file is on its way.
type upload struct {
	Name  string `json:"name,omitempty"`
	MIME  string `json:"mime_type,omitempty"`
	Bytes int64  `json:"bytes,omitempty"`
}

// Address gives the caller an address for one file.
func (u *Uploads) Address(ctx context.Context) (Address, error) {
	c := caller.From(ctx)
	if u.NoStore != "" {
		return Address{}, &nexconn.Error{Code: nexconn.NotConfigured, Message: "uploads can't be kept: " + u.NoStore,
			Advice: "Give https links, or ask the operator to set NEXCONN_ARTIFACTS."}
	}
	if c.Key != "" {
		if err := u.CheckKey(ctx, c.Key); err != nil {
			return Address{}, err
		}
	}
	most, err := u.room(ctx, c.ID)
	if err != nil {
		return Address{}, err
	}
	t := ticket{ends: time.Now().Add(addressLife).UTC().Truncate(time.Second), caller: c.ID}
	rand.Read(t.id[:])
	address, err := u.write(ctx, t)
	if err != nil {
		return Address{}, noUploads(err)
	}
	return Address{URL: c.Origin + UploadsPath + address, Media: UploadPrefix + t.name(), ExpiresAt: t.ends, MaxBytes: most}, nil
}

// room is how large a file of a caller may be.
func (u *Uploads) room(ctx context.Context, callerID string) (int64, error) {
	list, err := u.Tokens.List(ctx, uploadKind, callerID, callerUploads)
	if err != nil {
		return 0, noUploads(err)
	}
	left := int64(callerBytes)
	for _, t := range list {
		var doc upload
		if err := json.Unmarshal(t.Doc, &doc); err != nil {
			return 0, err
		}
		left -= doc.Bytes
	}
	if left <= 0 || len(list) == callerUploads {
		return 0, &nexconn.Error{Code: nexconn.RateLimited, Message: fmt.Sprintf("this caller's uploads of the last 24 hours are %d files, and %d GiB or %d files are the most", len(list), callerBytes>>30, callerUploads),
			Advice: "Use what was uploaded, give https links, or wait until older uploads are gone."}
	}
	return min(u.MaxBytes, left), nil
}

// noUploads is the error of uploads while the ledger is away.
func noUploads(err error) error {
	return &nexconn.Error{Code: nexconn.NotConfigured, Message: "uploads need the ledger, which can't be used just now", Retryable: true, Cause: err}
}

// ticket is what an address says.
type ticket struct {
	id     [16]byte
	ends   time.Time
	caller string
}

const ticketHead = 16 + 8

func (t ticket) name() string { return addressEncoding.EncodeToString(t.id[:]) }

// addressEncoding takes one spelling of a text alone, so that a changed letter
// is always another text.
var addressEncoding = base64.RawURLEncoding.Strict()

func (u *Uploads) write(ctx context.Context, t ticket) (string, error) {
	key, err := u.Links.Secret.Key(ctx, forAddresses)
	if err != nil {
		return "", err
	}
	text := binary.BigEndian.AppendUint64(t.id[:], uint64(t.ends.Unix())) //nolint:gosec // after 1970
	text = append(text, t.caller...)
	return addressEncoding.EncodeToString(append(text, authenticate(key, text)...)), nil
}

// read is the ticket that an address is.
func (u *Uploads) read(ctx context.Context, address string) (ticket, error) {
	var t ticket
	text, err := addressEncoding.DecodeString(address)
	if err != nil || len(text) < ticketHead+macSize {
		return t, ErrAddress
	}
	key, err := u.Links.Secret.Key(ctx, forAddresses)
	if err != nil {
		return t, err
	}
	text, mac := text[:len(text)-macSize], text[len(text)-macSize:]
	if !hmac.Equal(mac, authenticate(key, text)) {
		return t, ErrAddress
	}
	copy(t.id[:], text)
	t.ends = time.Unix(int64(binary.BigEndian.Uint64(text[16:])), 0) //nolint:gosec // written above
	t.caller = string(text[ticketHead:])
	return t, nil
}

// Errors of an address, which the route tells with a status of its own.
var (
	// ErrAddress says that an address is none, ErrAddressExpired and
	// ErrAddressUsed that it is none any more.
	ErrAddress        = errors.New("this is no upload address of this server")
	ErrAddressExpired = errors.New("this upload address has expired: it is good for 15 minutes")
	ErrAddressUsed    = errors.New("this upload address was used: it is good once")
	// ErrTooLarge says that a file is larger than an address takes.
	ErrTooLarge = errors.New("the file is too large")
)

// Sending is a file on its way to an address, which is nobody else's any more.
type Sending struct {
	// Caller is whose address it is, and Most how large the file may be.
	Caller string
	Most   int64

	uploads *Uploads
	token   ledger.Token
}

// Begin takes an address for one file. End it with Keep or Cancel.
func (u *Uploads) Begin(ctx context.Context, address string) (*Sending, error) {
	t, err := u.read(ctx, address)
	if err != nil {
		return nil, err
	}
	if !time.Now().Before(t.ends) {
		return nil, ErrAddressExpired
	}
	most, err := u.room(ctx, t.caller)
	if err != nil {
		return nil, err
	}
	token, err := u.Tokens.Issue(ctx, ledger.Token{ID: t.name(), Kind: uploadKind, Caller: t.caller, Doc: []byte("{}"), EndsAt: time.Now().Add(SendingLife)})
	if errors.Is(err, ledger.ErrExists) {
		return nil, ErrAddressUsed
	}
	if err != nil {
		return nil, err
	}
	return &Sending{Caller: t.caller, Most: most, uploads: u, token: token}, nil
}

// Cancel gives the address back, of which nothing came.
func (s *Sending) Cancel(ctx context.Context) {
	if err := s.uploads.Tokens.Delete(context.WithoutCancel(ctx), uploadKind, s.token.ID); err != nil {
		s.uploads.Log.Warn("an upload address stays used, though nothing came to it", "error", err)
	}
}

// Upload is a file that was kept.
type Upload struct {
	Media     string    `json:"media"`
	MIME      string    `json:"mime_type"`
	Bytes     int64     `json:"bytes"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Keep puts the file into the store, after a look at what it is: said is the
// type that its sender names. What can't be kept leaves nothing behind, and the
// address is good again.
func (s *Sending) Keep(ctx context.Context, from io.Reader, said string) (kept Upload, err error) {
	defer func() {
		if err != nil {
			s.Cancel(ctx)
		}
	}()
	kind, whole, err := media.Uploadable(&atMost{from: from, left: s.Most}, said)
	if err != nil {
		return kept, err
	}
	store := s.uploads.Links.Store
	saved, err := store.Put(ctx, path.Join(uploadsFolder, s.Caller, s.token.ID), whole, kind)
	if err != nil {
		return kept, err
	}
	doc, err := json.Marshal(upload{Name: saved.Name, MIME: saved.MIME, Bytes: saved.Bytes})
	if err != nil {
		return kept, err
	}
	s.token.Doc, s.token.EndsAt = doc, time.Now().Add(uploadLife)
	if _, err = s.uploads.Tokens.Update(context.WithoutCancel(ctx), s.token); err != nil {
		if left := store.Remove(context.WithoutCancel(ctx), saved.Name); left != nil {
			s.uploads.Log.Warn("an upload that is not on record could not be removed", "error", left)
		}
		return kept, err
	}
	return Upload{Media: UploadPrefix + s.token.ID, MIME: saved.MIME, Bytes: saved.Bytes, ExpiresAt: s.token.EndsAt.UTC().Truncate(time.Second)}, nil
}

// atMost reads so many bytes and refuses more.
type atMost struct {
	from io.Reader
	left int64
}

func (a *atMost) Read(p []byte) (int, error) {
	n, err := a.from.Read(p[:min(int64(len(p)), a.left+1)])
	if a.left -= int64(n); a.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// Source is an upload of the caller as an input, by what stands behind upload-.
func (u *Uploads) Source(ctx context.Context, id string) (media.Output, error) {
	none := &nexconn.Error{Code: nexconn.NotFound, Message: "there is no such upload, or not any more: each is kept for a day",
		Advice: "Call upload_file with local: true and send the file again."}
	t, err := u.Tokens.Get(ctx, uploadKind, id)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && t.Caller != caller.From(ctx).ID {
		return media.Output{}, none
	}
	if err != nil {
		return media.Output{}, noUploads(err)
	}
	var doc upload
	if err := json.Unmarshal(t.Doc, &doc); err != nil {
		return media.Output{}, err
	}
	if doc.Name == "" {
		none.Message = "this upload has not come in whole yet"
		none.Advice = "PUT the file to its upload_url first."
		return media.Output{}, none
	}
	kept := context.WithoutCancel(ctx) // it is read when it is sent, which the caller needn't wait for
	return media.Output{
		MIME: doc.MIME,
		Open: func() (io.ReadCloser, int64, error) {
			r, size, _, err := u.Links.Store.Open(kept, doc.Name)
			return r, size, err
		},
		Public: func() string { return u.Links.Public(ctx, doc.Name) },
	}, nil
}

// Sweep removes the files of uploads whose day is over, an hour later: the
// service may have been given a link at the end of it.
func (u *Uploads) Sweep(ctx context.Context) (int, error) {
	return u.Links.Store.Sweep(ctx, uploadsFolder, uploadLife+fetchTime)
}
