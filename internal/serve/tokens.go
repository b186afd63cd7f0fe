package serve

import (
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
	"time"

	"github.com/BurntSushi/toml"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
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

// readTokens reads a tokens file and finds all that is wrong with it.
func readTokens(path string) ([]token, error) {
	var file struct {
		Token []token `toml:"token"`
	}
	meta, err := toml.DecodeFile(path, &file)
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
		if t.MaxUSDPerDay < 0 {
			wrong = append(wrong, fmt.Sprintf("token %q: max_usd_per_day is negative", t.Name))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s: %s", path, strings.Join(wrong, "; "))
	}
	return file.Token, nil
}

// tokens is the authenticator of --auth tokens. A change of the file counts
// from the next request on; a file that can't be read any more changes nothing.
type tokens struct {
	path string
	log  *slog.Logger
	// check finds what else is wrong with a list that can be read.
	check func([]token) []error

	mu    sync.Mutex
	list  []token
	stamp fileStamp
}

type fileStamp struct {
	modified time.Time
	size     int64
}

func newTokens(path string, check func([]token) []error, log *slog.Logger) (*tokens, error) {
	t := &tokens{path: path, check: check, log: log}
	t.stamp = stampOf(path)
	list, err := readTokens(path)
	if err != nil {
		return nil, fmt.Errorf("--tokens-file: %w", err)
	}
	t.list = list
	return t, nil
}

func stampOf(path string) fileStamp {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{info.ModTime(), info.Size()}
}

func (t *tokens) current() []token {
	stamp := stampOf(t.path)
	t.mu.Lock()
	defer t.mu.Unlock()
	if stamp == t.stamp {
		return t.list
	}
	t.stamp = stamp
	list, err := readTokens(t.path)
	if err == nil {
		err = errors.Join(t.check(list)...)
	}
	if err != nil {
		t.log.Error("the tokens file changed and can't be used; the tokens stay as they were", "cause", err)
		return t.list
	}
	t.list = list
	t.log.Info("tokens read again", "tokens", len(list))
	return t.list
}

func (t *tokens) authenticate(r *http.Request) (jobs.Caller, *refusal) {
	secret := bearer(r)
	if secret == "" {
		return jobs.Caller{}, unauthorized("Send the token you were given: Authorization: Bearer TOKEN.", "", "")
	}
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
		return jobs.Caller{}, unauthorized("This token is not known here. Ask whoever runs the server for one.", "unknown token", "")
	}
	return jobs.Caller{
		ID: fingerprint("token", found.Name), Name: found.Name, Hosted: true,
		Toolsets: found.Toolsets, ReadOnly: found.ReadOnly, MaxUSDPerDay: found.MaxUSDPerDay,
	}, nil
}

func (t *tokens) metadata() http.HandlerFunc { return nil }
