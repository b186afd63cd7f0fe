package command

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

// Settings come through the hands of clients, which add quotes and line ends,
// and leave variables as they stand in their config files.

// bare is a value without the blanks and quotes round it.
func bare(v string) string {
	v = strings.TrimSpace(v)
	if len(v) >= 2 && strings.ContainsRune("\"'`", rune(v[0])) && v[len(v)-1] == v[0] {
		v = strings.TrimSpace(v[1 : len(v)-1])
	}
	return v
}

// variables are the forms that shells and clients fill in: ${…}, $NAME, %NAME%.
var variables = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[^}]*\}|^\$\(?[A-Za-z_]\w*|%[A-Za-z_]\w*%`)
})

// unfilled is the variable in a value that nobody filled in, empty for none. A
// secret may have any signs in it and is one only as a whole.
func unfilled(v string, secret bool) string {
	found := variables().FindString(v)
	if secret && found != v {
		return ""
	}
	return found
}

// setKey takes the key. What is none, since a client didn't fill it in or an
// example's words were left, stays to be told when a key is needed.
func setKey(s *Settings, v string) error {
	if head, rest, ok := strings.Cut(v, " "); ok && strings.EqualFold(head, "bearer") {
		v = bare(rest)
		s.notes = append(s.notes, "begins with Bearer, which is no part of the key; it was left out")
	}
	if isPlaceholder(v) {
		s.keyWords = v
		s.notes = append(s.notes, fmt.Sprintf("is %q, which the client that starts this server did not fill in: put the key itself there", v))
		return nil
	}
	s.APIKey = nexconn.Secret(v)
	return nil
}

// setBaseURL takes the service's address up to its /v1, whatever is after it.
func setBaseURL(s *Settings, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("has to be an http or https URL")
	}
	path := strings.TrimRight(u.Path, "/")
	end := len(path)
	if at := strings.Index(path+"/", "/v1/"); at >= 0 {
		end = at + len("/v1")
	}
	if end < len(path) || u.RawQuery != "" || u.Fragment != "" {
		s.notes = append(s.notes, fmt.Sprintf("has more than the address of the service; it is taken as %s://%s%s", u.Scheme, u.Host, path[:end]))
	}
	u.Path, u.RawPath, u.RawQuery, u.Fragment = path[:end], "", "", ""
	s.BaseURL = u.String()
	return nil
}

// unknownVariables are the NEXCONN_ variables that are no settings, each with
// the nearest that is one.
func unknownVariables(env Env) []string {
	if env.Environ == nil {
		return nil
	}
	known := []string{"NEXCONN_CONFIG"}
	for _, one := range AllSettings() {
		known = append(known, one.Env())
	}
	var lower, notes []string
	for _, name := range known {
		lower = append(lower, strings.ToLower(name))
	}
	for _, pair := range env.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "NEXCONN_") || strings.HasPrefix(name, "NEXCONN_TEST_") || slices.Contains(known, name) {
			continue
		}
		note := name + " is no setting and was left out"
		if near := schemas.Nearest(strings.ToLower(name), lower); near != "" {
			note += "; did you mean " + strings.ToUpper(near) + "?"
		}
		notes = append(notes, note)
	}
	slices.Sort(notes)
	return notes
}
