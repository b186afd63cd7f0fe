package media

import (
	"io"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Uploadable tells what somebody sends is, by its content, and gives back a
// reader of all of it. Refused is what no argument of any tool takes, and what
// is not of the type that its sender names.
func Uploadable(r io.Reader, said string) (mime string, whole io.Reader, err error) {
	k, whole, err := sniffReader(r)
	if err != nil {
		return "", nil, err
	}
	if k.class == "" && (source{said: said}).isPCM() {
		k = kind{mime: "audio/pcm", class: classAudio} // its bytes tell nothing
	}
	said, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(said)), ";")
	switch claimed := classOf(said); {
	case k.class == "":
		return "", nil, nexconn.Errorf(nexconn.InvalidArgument, "the file is %s by its content, and only pictures, clips, sound, documents and texts are taken", k.mime)
	case claimed != "" && claimed != k.class:
		return "", nil, nexconn.Errorf(nexconn.InvalidArgument, "the file is %s by its content and not %s", k.mime, said)
	}
	return k.mime, whole, nil
}
