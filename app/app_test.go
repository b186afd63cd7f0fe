package app

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden"
)

func TestThePageIsSmallAndWhole(t *testing.T) {
	if len(page) > 60_000 {
		t.Errorf("the page has %d bytes, more than 60,000", len(page))
	}
	for _, once := range []string{"<script>", "</script>", "<style>", "</style>", `name="nexconn" content=""`} {
		if n := bytes.Count(page, []byte(once)); n != 1 {
			t.Errorf("%s is there %d times, want once", once, n)
		}
	}
	if got := regexp.MustCompile(`(?:src|href)="?https?:|@import|\burl\(`).Find(page); got != nil {
		t.Errorf("the page loads something from elsewhere: %s", got)
	}
	if got := regexp.MustCompile(`\son[a-z]+="|\sstyle="|innerHTML|eval\(`).Find(page); got != nil {
		t.Errorf("the page has code that its policy forbids: %s", got)
	}
}

func TestThePageKnowsHowItIsServed(t *testing.T) {
	got := string(Page(Setup{Endpoint: "/mcp"}))
	if !strings.Contains(got, `<meta name="nexconn" content="{&#34;endpoint&#34;:&#34;/mcp&#34;}">`) {
		t.Error("the setup is not written in")
	}
	if !bytes.Equal(Page(Setup{}), page) {
		t.Error("as an MCP App the page is as it is written")
	}
}

func TestMediaComeFromNamedHostsAlone(t *testing.T) {
	policy := Policy(ResultHosts, nil)
	for _, want := range []string{"default-src 'none'", "connect-src 'self';", "media-src 'self' data: blob: https://aitoken-video.qnaigc.com https://aitoken-image.qnaigc.com;", "script-src 'sha256-", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is missing in %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy lets too much through: %s", policy)
	}
	if got := Policy(nil, []string{"https://mcp.example.com"}); !strings.Contains(got, "connect-src 'self' https://mcp.example.com;") {
		t.Errorf("a server's public address can't be asked: %s", got)
	}
	ui := Meta(ResultHosts)["ui"].(map[string]any)
	if _, is := ui["domain"]; is {
		t.Error("ui.domain is never given: hosts disagree on its form")
	}
}
