package tools

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// preview is a small picture for the user's eyes.
type preview struct{ jpeg []byte }

// previewBytes is what all previews of a result may weigh, in base64.
const previewBytes = 96 << 10

// maxPreviews is how many outputs of a result are shown.
const maxPreviews = 4

// of are small pictures of what a job of this machine's disk made.
func (p Previews) of(ctx context.Context, row jobs.Row) []preview {
	if row.Status != nexconn.Succeeded || caller.From(ctx).HTTP || !p.wanted(ctx) {
		return nil
	}
	var pictures []string
	for _, out := range row.Outputs {
		if out.Path != "" && strings.HasPrefix(out.MIMEType, "image/") && len(pictures) < maxPreviews {
			pictures = append(pictures, out.Path)
		}
	}
	var shown []preview
	for _, path := range pictures {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		jpeg, _, _, err := media.Preview(f, base64.StdEncoding.DecodedLen(previewBytes/len(pictures)))
		f.Close()
		if err == nil {
			shown = append(shown, preview{jpeg})
		}
	}
	return shown
}

// write is the one place where a result is written: structured content, a text
// block with the same or with a few lines in its place, and previews.
func (d Deps) write(a answer) *mcp.CallToolResult {
	structured, err := nexconn.PlainJSON(a.structured)
	if err != nil {
		return d.failed("", err)
	}
	text := a.text
	if text == "" {
		text = string(structured)
	}
	result := &mcp.CallToolResult{
		Content:           []mcp.Content{mcp.NewTextContent(text)},
		StructuredContent: json.RawMessage(structured),
	}
	for _, shown := range a.previews {
		picture := mcp.NewImageContent(base64.StdEncoding.EncodeToString(shown.jpeg), "image/jpeg")
		picture.Annotations = &mcp.Annotations{Audience: []mcp.Role{mcp.RoleUser}}
		result.Content = append(result.Content, picture)
	}
	return result
}
