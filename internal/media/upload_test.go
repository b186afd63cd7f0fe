package media

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func TestUploadable(t *testing.T) {
	picture, film := pngOf(t, 4, 4), clip(t)
	for _, one := range []struct {
		name, said string
		data       []byte
		want       string // empty: refused
	}{
		{"a picture", "", picture, "image/png"},
		{"a picture as curl sends it", "application/x-www-form-urlencoded", picture, "image/png"},
		{"a picture by another picture's name", "image/jpeg", picture, "image/png"},
		{"a picture as a video", "video/mp4", picture, ""},
		{"a video", "video/quicktime", film, "video/mp4"},
		{"a video as text", "text/plain", film, ""},
		{"a text", "text/markdown; charset=utf-8", []byte("# Pears"), "text/plain"},
		{"a document", "application/pdf", []byte("%PDF-1.7\n"), "application/pdf"},
		{"bare sound that says so", "audio/pcm", bytes.Repeat([]byte{0, 1, 0xfe, 0x7f}, 50), "audio/pcm"},
		{"bare sound that doesn't", "", bytes.Repeat([]byte{0, 1, 0xfe, 0x7f}, 50), ""},
		{"an archive", "image/png", append([]byte("PK\x03\x04"), make([]byte, 60)...), ""},
	} {
		mime, whole, err := Uploadable(bytes.NewReader(one.data), one.said)
		if (err == nil) != (one.want != "") || mime != one.want {
			t.Errorf("%s: %q, %v", one.name, mime, err)
			continue
		}
		if err != nil {
			if nexconn.CodeOf(err) != nexconn.InvalidArgument {
				t.Errorf("%s: %v", one.name, err)
			}
			continue
		}
		if got, err := io.ReadAll(whole); err != nil || !bytes.Equal(got, one.data) {
			t.Errorf("%s: %d bytes of %d are left: %v", one.name, len(got), len(one.data), err)
		}
	}
}

// An upload goes in as a file does; where the service fetches by itself it is a
// link, if there is one.
func TestUploadsAsInputs(t *testing.T) {
	picture, public := pngOf(t, 400, 300), ""
	in := Inputs{Upload: func(_ context.Context, id string) (Output, error) {
		if id != "mine" {
			return Output{}, nexconn.Errorf(nexconn.NotFound, "there is no such upload")
		}
		return Output{MIME: "image/png", Public: func() string { return public },
			Open: func() (io.ReadCloser, int64, error) {
				return io.NopCloser(bytes.NewReader(picture)), int64(len(picture)), nil
			}}, nil
	}}
	data, link := catalog.Media{Form: catalog.DataURI, Class: "image"}, catalog.Media{Form: catalog.URLOnly, Class: "image"}
	m, _, err := in.Take(t.Context(), "first_frame", "upload-mine", data)
	if err != nil || m.Blob == nil || m.Blob.Size != int64(len(picture)) || m.Blob.MIME != "image/png" {
		t.Fatalf("%+v %v", m, err)
	}
	if _, _, err := in.Take(t.Context(), "first_frame", "upload-other", data); nexconn.CodeOf(err) != nexconn.NotFound || !strings.Contains(err.Error(), "first_frame: ") {
		t.Errorf("another's: %v", err)
	}
	if _, _, err := in.Take(t.Context(), "source_video", "upload-mine", catalog.Media{Form: catalog.DataURI, Class: "video"}); nexconn.CodeOf(err) != nexconn.InvalidArgument {
		t.Errorf("a picture as a video: %v", err)
	}
	if _, _, err := in.Take(t.Context(), "images[0]", "upload-mine", link); nexconn.CodeOf(err) != nexconn.InvalidArgument || !strings.Contains(err.Error(), "public link") {
		t.Errorf("without a public address: %v", err)
	}
	public = "https://mcp.example.com/outputs/uploads/ann/mine.png?e=1&s=2"
	if m, _, err := in.Take(t.Context(), "images[0]", "upload-mine", link); err != nil || m.Ref != public || m.Blob != nil {
		t.Errorf("with one: %+v %v", m, err)
	}
	if m, _, err := in.Take(t.Context(), "images[0]", "upload-mine", data); err != nil || m.Blob == nil {
		t.Errorf("bytes go in as bytes all the same: %+v %v", m, err)
	}
	link.Types, link.HardTypes = []string{"image/jpeg"}, true
	if _, _, err := in.Take(t.Context(), "images[0]", "upload-mine", link); err == nil {
		t.Error("a type that the model refuses is given as a link")
	}
	for value, want := range map[string]bool{"upload-mine": true, "kling-v3:qvideo-1#0": true, "https://a.example/b:c#1": false, "": false, "kling-v3": false} {
		if IsReference(value) != want {
			t.Errorf("IsReference(%q) is not %v", value, want)
		}
	}
}
