package nexconn

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// everyUnit writes each character of a text in some encoding.
func everyUnit(s, format string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&out, format, c)
	}
	return out.String()
}

func TestTheKeyIsTakenOutInEveryEncoding(t *testing.T) {
	for _, key := range []string{"sk-very-secret-0123", "a/b+c=d&e<f>g\"h'i", `back\slash\key`} {
		c := &Client{Key: Secret(key)}
		quoted, _ := json.Marshal(key)
		for name, form := range map[string]string{
			"plain":               key,
			"JSON":                strings.Trim(string(quoted), `"`),
			"JSON with \\/":       strings.ReplaceAll(strings.Trim(string(quoted), `"`), "/", `\/`),
			"JSON units":          everyUnit(key, `\u%04x`),
			"JSON units in caps":  everyUnit(key, `\u%04X`),
			"JSON in JSON":        everyUnit(key, `\\u%04x`),
			"HTML":                html.EscapeString(key),
			"HTML decimal":        everyUnit(key, "&#%d;"),
			"HTML hexadecimal":    everyUnit(key, "&#x%x;"),
			"percent":             url.QueryEscape(key),
			"percent in a path":   url.PathEscape(key),
			"percent, every byte": everyUnit(key, "%%%02X"),
			"percent, small":      everyUnit(key, "%%%02x"),
			"percent twice":       everyUnit(key, "%%25%02X"),
		} {
			got := scrubberOf(c).text("before " + form + " after " + form)
			if want := "before " + dots + " after " + dots; got != want {
				t.Errorf("%s of %s: got %q", name, key, got)
			}
		}
		const text = `what is \u0061 & 100% not the key: sk-very-secret-012`
		if got := scrubberOf(c).text(text); got != text {
			t.Errorf("got %q", got)
		}
	}
}

// Wherever a service repeats the key, nothing that is told has it.
func TestTheKeyIsInNoAnswer(t *testing.T) {
	const key = "sk-very/secret+0123"
	m := anyModel(t, "kling-v3")
	for _, form := range []string{key, `sk-very\/secret+0123`, everyUnit(key, `\u%04x`), "sk-very%2Fsecret%2B0123"} {
		told := ""
		tell := func(vs ...any) {
			for _, v := range vs {
				if e, ok := v.(*Error); ok && e != nil {
					told += fmt.Sprintf("%+v", *e)
				}
				doc, _ := json.Marshal(v)
				told += string(doc) + "\n"
			}
		}
		for _, status := range []int{200, 400, 500} {
			c := answers(status, `{"id":"q","status":"failed","error":{"message":"key `+form+` is bad","code":"`+form+`"}}`, "X-Request-Id", "r-"+key, "Retry-After", key)
			c.Key = key
			job, err := c.Submit(t.Context(), Call{Model: m, Op: "create", Method: "POST", Path: "/v1/videos"})
			tell(job, err)
			_, err = c.SendNative(t.Context(), Call{Op: "native", Method: "POST", Path: "/x"})
			tell(err)
		}
		c := streams(strings.NewReader(chunk(`{"content":"your key: `+form+`"}`) + chunk(`{"content":"and sk-very/"}`) + chunk(`{"content":"secret+0123"}`) + finish))
		c.Key = key
		answer, err := c.SendChat(t.Context(), chatCall, nil)
		tell(answer, err)
		for _, secret := range []string{key, form} {
			if strings.Contains(told, secret) {
				t.Errorf("%q is told: %s", secret, told)
			}
		}
		if !strings.Contains(told, dots) {
			t.Errorf("nothing was told of it: %s", told)
		}
	}
}

func TestRequestIDsAreBounded(t *testing.T) {
	h := http.Header{"X-Request-Id": {"a\x1b[31m" + strings.Repeat("b", 5000)}}
	scrubber{"sk-1234"}.header(h)
	if id := requestID(h); len(id) > maxRequestID+10 || strings.ContainsRune(id, 0x1b) {
		t.Errorf("got %q", id)
	}
}
