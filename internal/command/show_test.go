package command

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShowPictures(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range 200 {
		picture.Set(i, i, color.RGBA{uint8(i), uint8(i * 7), uint8(i * 13), 255})
	}
	var doc bytes.Buffer
	if err := png.Encode(&doc, picture); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, doc.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		env      map[string]string
		terminal bool
		head     string
	}{
		{"kitty", map[string]string{"TERM": "xterm-kitty"}, true, "\x1b_Ga=T,f=100,m="},
		{"iTerm2", map[string]string{"TERM_PROGRAM": "iTerm.app"}, true, "\x1b]1337;File=inline=1;size="},
		{"another", map[string]string{"TERM": "xterm"}, true, ""},
		{"a pipe", map[string]string{"TERM": "xterm-kitty"}, false, ""},
	} {
		var out, told bytes.Buffer
		env := Env{Stdout: &out, Stderr: &told, Terminal: func(any) bool { return test.terminal },
			Lookup: func(name string) (string, bool) { v, ok := test.env[name]; return v, ok }}
		if err := showPictures(env, []byte(`{"outputs":[{"path":"`+filepath.ToSlash(path)+`"}]}`)); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), test.head) || test.head == "" && out.Len() > 0 {
			t.Errorf("%s: %.60q", test.name, out.String())
		}
		if !strings.Contains(told.String(), "nexconn-mcp gallery") {
			t.Errorf("%s: %q", test.name, told.String())
		}
		if test.name == "kitty" {
			var whole strings.Builder
			for _, part := range strings.Split(out.String(), "\x1b\\") {
				_, data, _ := strings.Cut(part, ";")
				whole.WriteString(strings.TrimSpace(data))
			}
			raw, err := base64.StdEncoding.DecodeString(whole.String())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := png.Decode(bytes.NewReader(raw)); err != nil || got.Bounds().Dx() != 300 {
				t.Errorf("kitty: %v", err)
			}
		}
	}
}
