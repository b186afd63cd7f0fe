package command

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// shownBytes is what a picture in the terminal may weigh.
const shownBytes = 256 << 10

// draw writes a JPEG in the way of one kind of terminal.
type draw func(w io.Writer, picture []byte) error

// drawing is how the terminal of this environment shows pictures, nil where it
// is not known to.
func drawing(env Env) draw {
	program := env.get("TERM_PROGRAM")
	switch {
	case env.get("KITTY_WINDOW_ID") != "", env.get("TERM") == "xterm-kitty", program == "ghostty":
		return drawKitty
	case program == "iTerm.app", program == "WezTerm", env.get("LC_TERMINAL") == "iTerm2":
		return drawITerm
	}
	return nil
}

// drawITerm is iTerm2's inline image: https://iterm2.com/documentation-images.html.
func drawITerm(w io.Writer, picture []byte) error {
	_, err := w.Write(fmt.Appendf(nil, "\x1b]1337;File=inline=1;size=%d:%s\a\n", len(picture), base64.StdEncoding.EncodeToString(picture)))
	return err
}

// drawKitty is kitty's graphics protocol, which takes PNG in chunks:
// https://sw.kovidgoyal.net/kitty/graphics-protocol.
func drawKitty(w io.Writer, picture []byte) error {
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return err
	}
	var doc bytes.Buffer
	if err := png.Encode(&doc, img); err != nil {
		return err
	}
	const chunk = 4096
	rest := base64.StdEncoding.EncodeToString(doc.Bytes())
	var out []byte
	for head := "a=T,f=100,"; rest != ""; head = "" {
		n, more := min(chunk, len(rest)), 0
		if n < len(rest) {
			more = 1
		}
		out = fmt.Appendf(out, "\x1b_G%sm=%d;%s\x1b\\", head, more, rest[:n])
		rest = rest[n:]
	}
	_, err = w.Write(append(out, '\n'))
	return err
}

// showPictures draws the saved pictures of a result where the terminal can, and
// says where else they can be seen.
func showPictures(env Env, structured []byte) error {
	var result struct {
		Outputs []toldOutput `json:"outputs"`
		Images  []toldOutput `json:"images"`
	}
	// A result of another shape has no pictures.
	_ = json.Unmarshal(structured, &result)
	all := append(result.Outputs, result.Images...)
	if len(all) == 0 {
		return nil
	}
	how := drawing(env)
	if env.Terminal == nil || !env.Terminal(env.Stdout) {
		how = nil
	}
	for _, o := range all {
		if how == nil || o.Path == "" {
			continue
		}
		f, err := os.Open(o.Path)
		if err != nil {
			return err
		}
		picture, _, _, err := media.Preview(f, shownBytes)
		f.Close()
		if err != nil {
			continue // no picture, such as a clip
		}
		if err := how(env.Stdout, picture); err != nil {
			return err
		}
	}
	if how == nil {
		return say(env.Stderr, "This terminal is not known to show pictures. To see them in the browser: nexconn-mcp gallery\n")
	}
	return say(env.Stderr, "To see everything in the browser: nexconn-mcp gallery\n")
}
