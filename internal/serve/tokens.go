package serve

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
)

// token is one [[token]] of the tokens file: who holds it and what it allows.
type token struct {
	Name         string   `toml:"name"`
	SHA256       string   `toml:"sha256"`
	Toolsets     []string `toml:"toolsets,omitempty"`
	ReadOnly     bool     `toml:"read_only,omitempty"`
	MaxUSDPerDay float64  `toml:"max_usd_per_day,omitzero"`

	sum [sha256.Size]byte
}

// NewToken makes a caller's token and the entry for the tokens file that knows
// it by its hash. The token itself is written down nowhere.
func NewToken(name string) (secret, entryTOML string, err error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", "", fmt.Errorf("a token needs the name of its holder")
	}
	var random [32]byte
	rand.Read(random[:])
	secret = "nxm_" + base64.RawURLEncoding.EncodeToString(random[:])
	sum := sha256.Sum256([]byte(secret))
	var entry strings.Builder
	err = toml.NewEncoder(&entry).Encode(map[string][]token{"token": {{Name: name, SHA256: hex.EncodeToString(sum[:])}}})
	return secret, strings.TrimSpace(entry.String()) + "\n", err
}

func readTokens(path string) (list []token, doc []byte, err error) {
	if doc, err = os.ReadFile(path); err == nil {
		list, err = parseTokens(path, doc)
	}
	return list, doc, err
}

// parseTokens reads what a tokens file holds and finds all that is wrong with
// it.
func parseTokens(path string, doc []byte) ([]token, error) {
	var file struct {
		Token []token `toml:"token"`
	}
	meta, err := toml.Decode(string(doc), &file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var wrong []string
	for _, key := range meta.Undecoded() {
		wrong = append(wrong, fmt.Sprintf("unknown key %s", key))
	}
	names := map[string]bool{}
	for i := range file.Token {
		t := &file.Token[i]
		if t.Name == "" {
			wrong = append(wrong, fmt.Sprintf("token %d has no name", i+1))
		} else if names[t.Name] {
			wrong = append(wrong, fmt.Sprintf("token %q is there twice", t.Name))
		}
		names[t.Name] = true
		sum, err := hex.DecodeString(t.SHA256)
		if err != nil || len(sum) != sha256.Size {
			wrong = append(wrong, fmt.Sprintf("token %q: sha256 is not 64 hex digits", t.Name))
			continue
		}
		t.sum = [sha256.Size]byte(sum)
		// A NaN would compare as below every cap.
		if !(t.MaxUSDPerDay >= 0 && t.MaxUSDPerDay <= 1e9) {
			wrong = append(wrong, fmt.Sprintf("token %q: max_usd_per_day has to be an amount in USD above 0, like 2.50; left out it is no cap", t.Name))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s: %s", path, strings.Join(wrong, "; "))
	}
	return file.Token, nil
}

// tokens is the authenticator of --auth tokens. The file is read at each
// request, some microseconds, since its time and size do not tell every change:
// what was changed counts from the next request on. While the file can't be
// read or used the tokens stay as they were.
type tokens struct {
	path string
	log  *slog.Logger
	// check finds what else is wrong with a list that can be read.
	check func([]token) []error

	mu   sync.Mutex
	list []token
	// doc is what the list was made of, and rejected what no list could be made
	// of, so that each is read and told once.
	doc, rejected []byte
	unreadable    bool
}

func newTokens(path string, check func([]token) []error, log *slog.Logger) (*tokens, error) {
	t := &tokens{path: path, check: check, log: log}
	var err error
	if t.list, t.doc, err = readTokens(path); err != nil {
		return nil, fmt.Errorf("--tokens-file: %w", err)
	}
	return t, nil
}

// current is the list as the file has it now.
func (t *tokens) current() []token {
	doc, err := os.ReadFile(t.path)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil:
		if !t.unreadable {
			t.log.Error("the tokens file can't be read; the tokens stay as they were until it can", "cause", err)
		}
		t.unreadable = true
		return t.list
	case bytes.Equal(doc, t.doc):
		t.unreadable, t.rejected = false, nil
		return t.list
	case t.rejected != nil && bytes.Equal(doc, t.rejected):
		return t.list
	}
	t.unreadable = false
	list, err := parseTokens(t.path, doc)
	if err == nil {
		err = errors.Join(t.check(list)...)
	}
	if err != nil {
		t.rejected = doc
		t.log.Error("the tokens file changed and can't be used; the tokens stay as they were", "cause", err)
		return t.list
	}
	t.list, t.doc, t.rejected = list, doc, nil
	t.log.Info("tokens read again", "tokens", len(list))
	return t.list
}

func (t *tokens) authenticate(r *http.Request) (caller.Caller, *refusal) {
	secret := bearer(r)
	if secret == "" {
		return caller.Caller{}, unauthorized("Send the token you were given: Authorization: Bearer TOKEN.", "", "")
	}
	who, ok := t.holder(secret)
	if !ok {
		return who, unauthorized("This token is not known here. Ask whoever runs the server for one.", "unknown token", "")
	}
	return who, nil
}

// holder is who holds a token.
func (t *tokens) holder(secret string) (caller.Caller, bool) {
	sum := sha256.Sum256([]byte(secret))
	var found *token
	list := t.current()
	for i := range list {
		// All are compared, so that the time tells nothing.
		if subtle.ConstantTimeCompare(sum[:], list[i].sum[:]) == 1 {
			found = &list[i]
		}
	}
	if found == nil {
		return caller.Caller{}, false
	}
	return caller.Caller{
		ID: fingerprint("token", found.Name), Name: found.Name, Hosted: true,
		Toolsets: found.Toolsets, ReadOnly: found.ReadOnly, MaxUSDPerDay: found.MaxUSDPerDay,
	}, true
}

func (t *tokens) metadata() http.HandlerFunc { return nil }
