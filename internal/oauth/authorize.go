package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// How long a person may take to fill in the page, and a client to redeem its
// code.
const (
	formLife = 15 * time.Minute
	codeLife = 2 * time.Minute
)

// request is what a client asks for, checked. The form carries it encrypted, so
// that the replica that is sent the form needs nothing else.
type request struct {
	ClientID   string `json:"c"`
	ClientName string `json:"n"`
	Redirect   string `json:"r"`
	State      string `json:"s"`
	Challenge  string `json:"h"`
	Resource   string `json:"a"`
	// Browser is the hash of the cookie of the browser that was shown the form.
	Browser []byte `json:"b"`
	Ends    int64  `json:"e"` // Unix seconds
}

// The longest state of a client and the longest secret of a person, in bytes.
const (
	maxState  = 4 << 10
	maxSecret = 4 << 10
)

// pages are what a person sees.
type pages struct{ *Server }

// authorize shows the page to the person whom a client sends (RFC 6749 4.1.1).
func (s pages) authorize(w http.ResponseWriter, r *http.Request) {
	if !s.limits.pages.allow(s.address(r), pagesPerMinute, s.now()) {
		s.stop(w, r, tooMany)
		return
	}
	query := r.URL.Query()
	for name, values := range query {
		// RFC 6749 3.1; of two values a proxy may have checked the other one.
		if len(values) > 1 && name != "resource" {
			s.stop(w, r, wrong("invalid_request", "The parameter "+quoted(name)+" is there twice."))
			return
		}
	}
	c, err := clients(s).client(r.Context(), query.Get("client_id"))
	if err != nil {
		s.stop(w, r, err)
		return
	}
	redirect := query.Get("redirect_uri")
	if redirect == "" && len(c.redirects) == 1 {
		redirect = c.redirects[0]
	}
	// Until here nobody is sent anywhere: the address may be an attacker's.
	if !c.allows(redirect) {
		s.stop(w, r, wrong("invalid_request", "The redirect_uri "+quoted(redirect)+" is none of this client's."))
		return
	}
	asked := request{
		ClientID: c.id, ClientName: c.name, Redirect: redirect, State: query.Get("state"),
		Challenge: query.Get("code_challenge"), Resource: s.resource(r), Ends: s.now().Add(formLife).Unix(),
	}
	if f := s.badRequest(r, query); f != nil {
		s.turnAway(w, r, asked, f)
		return
	}
	s.ask(w, r, asked, "")
}

// badRequest is what is wrong with a request whose redirect address is right.
func (s pages) badRequest(r *http.Request, query url.Values) *fault {
	challenge, err := encoding.DecodeString(query.Get("code_challenge"))
	switch {
	case len(query.Get("state")) > maxState:
		return wrong("invalid_request", "state is longer than 4096 bytes.")
	case query.Get("response_type") != "code":
		return wrong("unsupported_response_type", "response_type has to be code.")
	case query.Get("response_mode") != "" && query.Get("response_mode") != "query":
		return wrong("invalid_request", "response_mode has to be query.")
	case query.Has("request") || query.Has("request_uri"):
		return wrong("request_not_supported", "Send the parameters one by one, not as a request object.")
	case query.Get("code_challenge") == "":
		return wrong("invalid_request", "code_challenge is missing: this server takes PKCE alone.")
	case query.Get("code_challenge_method") != "S256":
		return wrong("invalid_request", "code_challenge_method has to be S256.")
	case err != nil || len(challenge) != sha256.Size:
		return wrong("invalid_request", "code_challenge is not a SHA-256 in base64url without padding.")
	case !s.ours(r, query["resource"]):
		return wrong("invalid_target", "This server gives out tokens for "+s.resource(r)+" alone.")
	}
	return nil
}

// ours says that the resources a client names are this server. One that names
// none means it too.
func (s *Server) ours(r *http.Request, resources []string) bool {
	for _, named := range resources {
		named = strings.TrimRight(named, "/")
		if named != s.resource(r) && named != s.issuer(r) {
			return false
		}
	}
	return true
}

// decide is what the person answered.
func (s pages) decide(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if !s.sameOrigin(r) {
		s.stop(w, r, wrong("access_denied", "This form was sent by another page. Begin again in the program that you want to connect."))
		return
	}
	if err := r.ParseForm(); err != nil {
		s.stop(w, r, wrong("invalid_request", "The form can't be read."))
		return
	}
	asked, err := s.readForm(r)
	if err != nil {
		s.stop(w, r, err)
		return
	}
	if r.PostForm.Get("answer") != "allow" {
		s.back(w, r, asked, url.Values{"error": {"access_denied"}, "error_description": {"The person said no."}})
		return
	}
	if !s.limits.signIns.allow(s.address(r), signInsPerMinute, s.now()) {
		w.Header().Set("Retry-After", "60")
		s.ask(w, r, asked, "Too many tries. Wait a minute.")
		return
	}
	// People copy what a configuration has.
	secret := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(r.PostForm.Get("secret")), "Bearer "))
	if len(secret) > maxSecret {
		s.ask(w, r, asked, "This is too long for a token or a key.")
		return
	}
	who, err := s.Gate.SignIn(r.Context(), secret)
	if refused, ok := errors.AsType[*Refusal](err); ok {
		s.ask(w, r, asked, refused.Message)
		return
	}
	if err != nil {
		s.stop(w, r, err)
		return
	}
	code, err := grants(s).begin(r.Context(), asked, who.ID, secret)
	if err != nil {
		s.stop(w, r, err)
		return
	}
	s.Log.InfoContext(r.Context(), "signed in", "caller", who.ID, "redirect", hostOf(asked.Redirect))
	s.back(w, r, asked, url.Values{"code": {code}})
}

// The cookie says that the browser that sends the form is the one that was
// shown it. It says nothing of who sits before it.
// Behind TLS its name keeps hosts beside this one from setting it.
func (s pages) cookieName(r *http.Request) string {
	if strings.HasPrefix(s.issuer(r), "https:") {
		return "__Host-nexconn_sign_in"
	}
	return "nexconn_sign_in"
}

func (s pages) cookie(w http.ResponseWriter, r *http.Request) (value string) {
	name := s.cookieName(r)
	if c, err := r.Cookie(name); err == nil && len(c.Value) == 43 {
		return c.Value
	}
	var fresh [32]byte
	rand.Read(fresh[:])
	value = encoding.EncodeToString(fresh[:])
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(formLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(name, "__Host-"),
	})
	return value
}

// sameOrigin says that a form comes from a page of this server, as far as the
// browser tells.
func (s pages) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	u, err := url.Parse(s.issuer(r))
	return origin == "" || err == nil && strings.EqualFold(origin, u.Scheme+"://"+u.Host)
}

// form is a request as the page carries it.
func (s pages) form(ctx context.Context, asked request) (string, error) {
	key, err := s.Secret.Key(ctx, forForms)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return "", err
	}
	sealed, err := seal(key, text, nil)
	return encoding.EncodeToString(sealed), err
}

func (s pages) readForm(r *http.Request) (request, error) {
	var asked request
	forged := wrong("invalid_request", "This form is not one of this server's, or of another browser. Begin again in the program that you want to connect.")
	sealed, err := encoding.DecodeString(r.PostForm.Get("request"))
	if err != nil {
		return asked, forged
	}
	key, err := s.Secret.Key(r.Context(), forForms)
	if err != nil {
		return asked, err
	}
	text, err := unseal(key, sealed, nil)
	if err != nil {
		return asked, forged
	}
	if err := json.Unmarshal(text, &asked); err != nil {
		return asked, err
	}
	cookie, err := r.Cookie(s.cookieName(r))
	if err != nil || string(asked.Browser) != string(hashed(cookie.Value)) {
		return asked, forged
	}
	if s.now().Unix() > asked.Ends {
		return asked, wrong("invalid_request", "This page is too old. Begin again in the program that you want to connect.")
	}
	return asked, nil
}

func hashed(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// back sends the person back to the client with its answer.
func (s pages) back(w http.ResponseWriter, r *http.Request, asked request, answer url.Values) {
	to := s.answerURL(r, asked, answer)
	w.Header().Set("Refresh", "0; url="+to)
	title := "Connected"
	if answer.Has("error") {
		title = "Not connected"
	}
	s.show(w, r, http.StatusOK, "<h1>"+title+"</h1>\n<p>You are being sent back. If nothing happens:</p>\n"+backHTML(asked, to))
}

// turnAway tells a person that their client asked for something that can't be.
// They are not sent on by themselves: anybody can register an address, and a
// link to this server would lead wherever they like (RFC 9700 4.11.2).
func (s pages) turnAway(w http.ResponseWriter, r *http.Request, asked request, f *fault) {
	to := s.answerURL(r, asked, url.Values{"error": {f.code}, "error_description": {f.text}})
	s.show(w, r, http.StatusBadRequest, problemHTML(f.text)+backHTML(asked, to))
}

// answerURL is where a client expects an answer. badRedirect found nothing
// against its address.
func (s pages) answerURL(r *http.Request, asked request, answer url.Values) string {
	if asked.State != "" {
		answer.Set("state", asked.State)
	}
	answer.Set("iss", s.issuer(r))
	// Letter by letter what was registered, and no fragment in it.
	mark := "?"
	if strings.Contains(asked.Redirect, "?") {
		mark = "&"
	}
	return asked.Redirect + mark + answer.Encode()
}
