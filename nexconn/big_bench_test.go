package nexconn

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// BenchmarkLargeNativeBody builds a native request of 16 MiB.
func BenchmarkLargeNativeBody(b *testing.B) {
	var members strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&members, `,"m%07d":"1234"`, i)
	}
	for name, body := range map[string]string{
		"a million members": "{" + members.String()[1:] + "}",
		"a picture":         `{"a":"` + strings.Repeat("abcd", 4<<20) + `"}`,
		"9,000 levels":      `{"a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				call, err := Build(catalog.Free("m"), catalog.Turn, &NativeRequest{Protocol: BypassAnthropic, Model: "m", Body: []byte(body)})
				if err != nil {
					b.Fatal(err)
				}
				call.Body.Show()
			}
		})
	}
}
