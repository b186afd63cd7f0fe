package loopback

import (
	"testing"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden"
)

func TestIs(t *testing.T) {
	for address, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "LocalHost:8080": true, "localhost.": true, "a.localhost": true,
		"127.0.0.1": true, "127.0.0.1:80": true, "127.1.2.3": true, "::1": true, "[::1]": true, "[::1]:80": true,
		"::ffff:127.0.0.1": true, "[::ffff:127.0.0.1]:443": true,
		"": false, ":8080": false, "127.evil.example": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false,
		"notlocalhost": false, "0.0.0.0": false, "128.0.0.1": false, "10.0.0.1:80": false, "[::2]:80": false, "127.1": false,
		"2130706433": false, "0x7f000001": false,
	} {
		if got := Is(address); got != want {
			t.Errorf("Is(%q) = %v", address, got)
		}
	}
	for link, want := range map[string]bool{
		"http://LOCALHOST:1/v1": true, "https://[::1]/": true, "http://127.0.0.1": true,
		"http://127.evil.example/v1": false, "https://user@127.0.0.1.nip.io": false, "localhost:80/v1": false, "%": false, "": false,
	} {
		if got := URL(link); got != want {
			t.Errorf("URL(%q) = %v", link, got)
		}
	}
}
