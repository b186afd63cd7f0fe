package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// endpoint is where clients get tokens and give them back.
type endpoint struct{ grants }

// token is the endpoint that gives out tokens (RFC 6749 3.2).
func (s endpoint) token(w http.ResponseWriter, r *http.Request) {
	form, err := s.endpointForm(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var answer map[string]any
	switch form.Get("grant_type") {
	case "authorization_code":
		answer, err = s.redeem(r, form)
	case "refresh_token":
		answer, err = s.refresh(r, form)
	default:
		err = wrong("unsupported_grant_type", "grant_type has to be authorization_code or refresh_token.")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// endpointForm is the body of a request to an endpoint, each parameter once.
func (s endpoint) endpointForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || len(r.PostForm) == 0 {
		return nil, wrong("invalid_request", "The body has to be application/x-www-form-urlencoded.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 && name != "resource" {
			return nil, wrong("invalid_request", "The parameter "+quoted(name)+" is there twice.")
		}
	}
	if r.PostForm.Get("client_id") == "" {
		return nil, wrong("invalid_client", "client_id is missing; this server's clients have no secret.")
	}
	return r.PostForm, nil
}

// redeem gives tokens for a code, once. A code that comes again has leaked, and
// what it gave is taken back (RFC 6749 4.1.2).
func (s endpoint) redeem(r *http.Request, form url.Values) (map[string]any, error) {
	ctx := r.Context()
	t, err := s.read(ctx, form.Get("code"))
	if errors.Is(err, errForged) || err == nil && t.use != codeUse {
		return nil, errGrant
	}
	if err != nil {
		return nil, err
	}
	row, g, err := s.grant(ctx, t)
	if err != nil {
		return nil, err
	}
	if g.Generation > 0 {
		return nil, s.leaked(ctx, row, "a code came twice")
	}
	verifier := form.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case !s.now().Before(t.ends):
		return nil, errGrant
	case form.Get("client_id") != g.Client:
		return nil, wrong("invalid_grant", "This code is another client's.")
	case form.Get("redirect_uri") != g.Redirect:
		return nil, wrong("invalid_grant", "redirect_uri is not the one that the code was asked for with.")
	case !isVerifier(verifier):
		return nil, wrong("invalid_grant", "code_verifier has to be 43 to 128 letters, digits or -._~")
	case subtle.ConstantTimeCompare([]byte(encoding.EncodeToString(sum[:])), []byte(g.Challenge)) != 1:
		return nil, wrong("invalid_grant", "code_verifier doesn't belong to the code_challenge.")
	}
	if err := s.checkTarget(r, form, g); err != nil {
		return nil, err
	}
	return s.next(ctx, t, row, g, "a code came twice at once")
}

// isVerifier says that a text has the form of RFC 7636 4.1.
func isVerifier(text string) bool {
	return len(text) >= 43 && len(text) <= 128 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
	})
}

// refresh gives new tokens for a refresh token, once. One that comes again has
// leaked or its answer was lost, which nobody can tell apart: the sign-in ends
// (RFC 9700 4.14.2).
func (s endpoint) refresh(r *http.Request, form url.Values) (map[string]any, error) {
	ctx := r.Context()
	t, err := s.read(ctx, form.Get("refresh_token"))
	if errors.Is(err, errForged) || err == nil && t.use != refreshUse {
		return nil, errGrant
	}
	if err != nil {
		return nil, err
	}
	row, g, err := s.grant(ctx, t)
	if err != nil {
		return nil, err
	}
	switch {
	case t.generation != g.Generation:
		return nil, s.leaked(ctx, row, "a refresh token came twice")
	case !s.now().Before(t.ends):
		return nil, errGrant
	case form.Get("client_id") != g.Client:
		return nil, wrong("invalid_grant", "This refresh token is another client's.")
	}
	if err := s.checkTarget(r, form, g); err != nil {
		return nil, err
	}
	secret, err := s.secret(ctx, t, g)
	if err != nil {
		return nil, err
	}
	if !s.Gate.Holds(secret) {
		return nil, errors.Join(errGrant, s.Tokens.Delete(ctx, grantKind, row.ID))
	}
	return s.next(ctx, t, row, g, "a refresh token came twice at once")
}

// checkTarget holds a client to the resource that its sign-in is for.
func (s endpoint) checkTarget(r *http.Request, form url.Values, g grant) error {
	if !s.ours(r, form["resource"]) || g.Resource != s.resource(r) {
		return wrong("invalid_target", "This sign-in is for "+g.Resource+" alone.")
	}
	return nil
}

// revoke ends the sign-in of a token (RFC 7009). Of a token that isn't good
// there is nothing to end, and that is no error.
func (s endpoint) revoke(w http.ResponseWriter, r *http.Request) {
	form, err := s.endpointForm(w, r)
	if err == nil {
		err = s.end(r.Context(), form.Get("token"), form.Get("client_id"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}
