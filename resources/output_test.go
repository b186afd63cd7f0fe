package resources

import (
	"encoding/base64"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/app"
)

func TestAnOutputIsReadInParts(t *testing.T) {
	c, task := reader(t)
	read := func(uri string) (mcp.BlobResourceContents, error) {
		got, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: uri}})
		if err != nil {
			return mcp.BlobResourceContents{}, err
		}
		return got.Contents[0].(mcp.BlobResourceContents), nil
	}
	at := "nexconn://outputs/" + task + "/0"
	for query, want := range map[string]string{"?bytes=0-2": "# w", "?bytes=2-4": "who", "?bytes=99999-100000": ""} {
		got, err := read(at + query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if data, _ := base64.StdEncoding.DecodeString(got.Blob); string(data) != want {
			t.Errorf("%s is %q, want %q", query, data, want)
		}
	}
	for _, query := range []string{"?bytes=", "?bytes=3-1", "?bytes=-1-2", "?bytes=a-b", "?other=1"} {
		if got, err := read(at + query); err == nil {
			t.Errorf("%s is %v, want a fault", query, got)
		}
	}
}

func TestTheGalleryIsAResource(t *testing.T) {
	c, _ := reader(t)
	got, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: app.URI}})
	if err != nil {
		t.Fatal(err)
	}
	page := got.Contents[0].(mcp.TextResourceContents)
	if page.MIMEType != app.MIMEType || page.Meta["ui"] == nil || page.Meta["openai/widgetCSP"] == nil {
		t.Errorf("the gallery is %s with %v", page.MIMEType, page.Meta)
	}
}
