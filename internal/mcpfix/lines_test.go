package mcpfix

import (
	"bufio"
	"io"
	"strings"
	"testing"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden" // go test ./... -update
)

func TestNextLineSkipsWhatIsTooLong(t *testing.T) {
	huge := io.LimitReader(zeros{}, maxLine+10)
	r := bufio.NewReader(io.MultiReader(huge, strings.NewReader("\nnext\n")))
	if l := nextLine(r); !l.tooLong || l.text != nil {
		t.Errorf("a line of %d bytes was kept", len(l.text))
	}
	if l := nextLine(r); l.tooLong || string(l.text) != "next\n" {
		t.Errorf("then got %q", l.text)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
