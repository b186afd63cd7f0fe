package tools

import (
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"
)

// Pictures that a chat gives links to are saved like those of any other tool.
func TestChatPicturesBehindLinks(t *testing.T) {
	png, err := base64.StdEncoding.DecodeString(onePixel)
	if err != nil {
		t.Fatal(err)
	}
	var up *standIn
	up = newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/pic.png":
			w.Header().Set("Content-Type", "image/png")
			w.Write(png)
		case "/gone.png":
			w.WriteHeader(http.StatusGone)
		default:
			url := func(link string) map[string]any { return map[string]any{"image_url": map[string]any{"url": link}} }
			streams(t, map[string]any{"images": []any{url(up.URL + "/pic.png"), url(up.URL + "/gone.png"), url("data:image/png;base64,%%")}})(w, r)
		}
	})
	h := newHouse(t, up.URL, nil)
	ask := map[string]any{"model": "gemini-2.5-flash-image", "prompt": "a dot", "idempotency_key": "k"}
	links := h.call(t, t.Context(), "chat", with(ask, "save", false))
	got := h.call(t, t.Context(), "chat", ask)
	for what, r := range map[string]result{"links": links, "saved": got} {
		images, _ := r.Structured["images"].([]any)
		if r.Error != nil || len(images) != 2 {
			t.Fatalf("%s: %v %v", what, r.Structured, r.Error)
		}
		first, _ := images[0].(map[string]any)
		second, _ := images[1].(map[string]any)
		if first["url"] != up.URL+"/pic.png" || second["url"] != up.URL+"/gone.png" || second["path"] != nil {
			t.Errorf("%s: %v", what, images)
		}
		path, _ := first["path"].(string)
		if _, err := os.Stat(path); (err == nil) != (what == "saved") || !strings.Contains(r.Text, path) {
			t.Errorf("%s: at %q: %v; %s", what, path, err, r.Text)
		}
		if told := strings.Contains(strings.Join(words(r.warnings()), " "), "The link is left."); told != (what == "saved") {
			t.Errorf("%s: warnings %v", what, r.warnings())
		}
		if !strings.Contains(strings.Join(words(r.warnings()), " "), "Picture 2 came broken") {
			t.Errorf("%s: warnings %v", what, r.warnings())
		}
	}
	if n := len(up.sent()); n != 1 {
		t.Errorf("%d turns were sent", n)
	}
}

func words(list []any) (all []string) {
	for _, v := range list {
		s, _ := v.(string)
		all = append(all, s)
	}
	return all
}
