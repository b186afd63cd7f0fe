package nexconn

import (
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func TestBodyStreamsAndShowsMedia(t *testing.T) {
	in := newEncoder()
	first, second := Inline("image/png", []byte("one")), Inline("image/jpeg", []byte("second"))
	body, err := in.body(object{
		{"b", quoted(in.put(second, catalog.Base64))}, {"a", quoted(in.put(first, catalog.DataURI))}, {"c", quoted(in.put(Link("https://ex.am/?a=1&b=2"), catalog.DataURI))},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a body can be read again
		r := body.Open()
		got, err := io.ReadAll(r)
		r.Close()
		want := `{"b":"` + base64.StdEncoding.EncodeToString([]byte("second")) + `","a":"data:image/png;base64,` +
			base64.StdEncoding.EncodeToString([]byte("one")) + `","c":"https://ex.am/?a=1&b=2"}`
		if err != nil || string(got) != want || body.Len() != int64(len(want)) {
			t.Errorf("got  %s (%d), %v\nwant %s", got, body.Len(), err, want)
		}
	}
	if got, want := string(body.Show()), `{"b":"<6 bytes>","a":"data:image/png;base64,<3 bytes>","c":"https://ex.am/?a=1&b=2"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func quoted(s string) []byte {
	doc, err := PlainJSON(s)
	if err != nil {
		panic(err)
	}
	return doc
}

func TestShowShortensMediaAndNothingElse(t *testing.T) {
	prompt := strings.Repeat("山高水长", 500)
	media := strings.Repeat("iVBORw0K", 200)
	doc, err := PlainJSON(map[string]any{"image": []string{media, "data:image/png;base64," + media}, "n": 1.50, "prompt": prompt})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"image":["` + media[:64] + `…<1600 characters>","data:image/png;base64,` + media[:42] + `…<1622 characters>"],"n":1.5,"prompt":"` + prompt + `"}`
	if got := string(RawBody(doc).Show()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
