package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
)

// client is a program that asks for tokens: what a registration or its metadata
// document says of it. All of it is the client's own word.
type client struct {
	id        string
	name      string
	redirects []string
}

// clients are who may ask.
type clients struct{ *Server }

// clientPrefix begins the ids that registration gives out. The rest is what was
// registered, signed: there is nothing to store, and no replica that doesn't
// know it.
const clientPrefix = "nxc_"

// registered is what an id says.
type registered struct {
	Name      string   `json:"n,omitempty"`
	Redirects []string `json:"r"`
	At        int64    `json:"t"` // Unix seconds
}

// Bounds of what a client may say of itself.
const (
	maxRedirects     = 10
	maxRedirectBytes = 2 << 10 // of all of them
	maxName          = 60      // letters
)

// metadata is what is read of RFC 7591 2, in a registration and in a client's
// own document.
type metadata struct {
	ClientID      string   `json:"client_id"`
	ClientSecret  string   `json:"client_secret"`
	Name          string   `json:"client_name"`
	Redirects     []string `json:"redirect_uris"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
}

// register is the endpoint of RFC 7591: any program may have an id, which gives
// it nothing until a person signs in for it.
func (s clients) register(w http.ResponseWriter, r *http.Request) {
	if !s.limits.registrations.allow(s.address(r), registrationsPerMinute, s.now()) {
		s.fail(w, r, tooMany)
		return
	}
	var m metadata
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(&m); err != nil {
		s.fail(w, r, wrong("invalid_client_metadata", "The body has to be a JSON object of client metadata (RFC 7591)."))
		return
	}
	if err := m.check(); err != nil {
		s.fail(w, r, err)
		return
	}
	c := registered{Name: cleanName(m.Name), Redirects: m.Redirects, At: s.now().Unix()}
	id, err := s.clientID(r.Context(), c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := map[string]any{
		"client_id": id, "client_id_issued_at": c.At, "redirect_uris": c.Redirects,
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
		"token_endpoint_auth_method": "none", "scope": scope,
	}
	if c.Name != "" {
		answer["client_name"] = c.Name
	}
	writeJSON(w, http.StatusCreated, answer)
}

// check finds what of a client's metadata can't be. That it would like to have
// a secret doesn't count: it is told that it has none.
func (m metadata) check() error {
	if len(m.Redirects) == 0 || len(m.Redirects) > maxRedirects {
		return wrong("invalid_redirect_uri", "redirect_uris has to have 1 to 10 addresses.")
	}
	bytes := 0
	for _, redirect := range m.Redirects {
		bytes += len(redirect)
		if why := badRedirect(redirect); why != "" {
			return wrong("invalid_redirect_uri", "The redirect address "+quoted(redirect)+" "+why+".")
		}
	}
	if bytes > maxRedirectBytes {
		return wrong("invalid_redirect_uri", "The redirect addresses are longer than 2048 bytes in all.")
	}
	if len(m.GrantTypes) > 0 && !slices.Contains(m.GrantTypes, "authorization_code") {
		return wrong("invalid_client_metadata", "grant_types has to have authorization_code.")
	}
	if len(m.ResponseTypes) > 0 && !slices.Contains(m.ResponseTypes, "code") {
		return wrong("invalid_client_metadata", "response_types has to have code.")
	}
	return nil
}

// noApps are schemes of browsers and operating systems, some of which do more
// than open something.
var noApps = []string{"about", "blob", "chrome", "data", "file", "filesystem", "ftp", "intent", "javascript", "mailto", "search",
	"search-ms", "shell", "sms", "ssh", "tel", "vbscript", "view-source", "ws", "wss"}

// badRedirect is what is wrong with a redirect address, empty if nothing: https,
// http on the person's own machine, or a scheme of an app's own (RFC 8252 7).
func badRedirect(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return "is not an absolute URL of ASCII letters"
	case strings.Contains(address, "#"):
		return "has a fragment"
	case u.User != nil:
		return "has a user name"
	}
	switch {
	case u.Scheme == "https":
		if u.Hostname() == "" {
			return "has no host"
		}
	case u.Scheme == "http":
		if !loopback.Is(u.Host) {
			return "is not https; http is for this machine alone"
		}
	case slices.Contains(noApps, u.Scheme) || strings.HasPrefix(u.Scheme, "ms-"):
		return "has a scheme that leads to no app that signs in"
	}
	return ""
}

// allows says whether a client may have its answer sent to an address: one of
// its own, letter by letter. On the person's own machine the port may be any,
// because a program there takes what is free (RFC 8252 7.3).
func (c client) allows(address string) bool {
	if badRedirect(address) != "" {
		return false
	}
	return slices.ContainsFunc(c.redirects, func(own string) bool {
		return own == address || withoutPort(own) == withoutPort(address)
	})
}

// withoutPort is an address without its port where it is http on this machine.
func withoutPort(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || !loopback.Is(u.Host) {
		return address
	}
	rest, _ := strings.CutPrefix(address, "http://"+u.Host)
	return "http://" + strings.TrimSuffix(u.Host, ":"+u.Port()) + rest
}

func (s clients) clientID(ctx context.Context, c registered) (string, error) {
	key, err := s.Secret.Key(ctx, forClients)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return clientPrefix + encoding.EncodeToString(sign(key, text)), nil
}

// client finds the client of an id: one that was registered here, or one that
// has its metadata under the id.
func (s clients) client(ctx context.Context, id string) (client, error) {
	switch {
	case id == "":
		return client{}, wrong("invalid_client", "client_id is missing.")
	case strings.HasPrefix(id, "https://"):
		return s.document(ctx, id)
	}
	rest, ok := strings.CutPrefix(id, clientPrefix)
	signed, err := encoding.DecodeString(rest)
	if !ok || err != nil {
		return client{}, errUnknownClient
	}
	key, err := s.Secret.Key(ctx, forClients)
	if err != nil {
		return client{}, err
	}
	text, err := verify(key, signed)
	if err != nil {
		return client{}, errUnknownClient
	}
	var c registered
	if err := json.Unmarshal(text, &c); err != nil {
		return client{}, err
	}
	return client{id: id, name: c.Name, redirects: c.Redirects}, nil
}

var errUnknownClient = wrong("invalid_client", "This client_id was not given out by this server. Register again.")

// cleanName is a client's name as a page can show it: one line, no letters that
// turn the text around or that nobody sees, not too long.
func cleanName(name string) string {
	if !utf8.ValidString(name) {
		return ""
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if letters := []rune(name); len(letters) > maxName {
		name = string(letters[:maxName]) + "…"
	}
	return name
}

// quoted is a text of a stranger's in a sentence.
func quoted(text string) string {
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return `"` + strings.ToValidUTF8(text, "?") + `"`
}
