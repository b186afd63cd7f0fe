package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// maxText is the most text that goes into a chat as an attachment.
const maxText = 1 << 20

// inline checks bytes against what the model takes and makes media of them. A
// picture that is too large, or of a type the model doesn't read, is made over;
// whatever else exceeds an enforced limit is refused.
func (in Inputs) inline(ctx context.Context, a ask, src source) (nexconn.Media, []string, error) {
	if err := a.wantsLink(src.name, src); err != nil {
		return nexconn.Media{}, nil, err
	}
	if src.size == 0 {
		return a.refuse("%s: %s is empty (0 bytes)", a.arg, src.name)
	}
	r, err := src.open()
	if err != nil {
		return a.refuse("%s: %w", a.arg, err)
	}
	k, _, err := sniffReader(r)
	r.Close()
	if err != nil {
		return a.refuse("%s: %s can't be read: %w", a.arg, src.name, err)
	}
	if a.chat && k.class == "" && src.isPCM() {
		k = kind{mime: "audio/pcm", ext: ".pcm", class: classAudio}
	}
	if a.chat && k.class == classText {
		return a.text(src)
	}
	if k.class == "" || k.class == classText || (a.want.Class != "" && k.class != a.want.Class) {
		wanted := a.want.Class
		if wanted == "" {
			wanted = "image, video, audio file or document"
		}
		return a.refuse("%s takes %s, and %s is %s by its content", a.arg, article(wanted), src.name, k.mime)
	}
	if k.class == classImage && a.want.Form != catalog.URLOnly {
		return in.image(ctx, a, src, k)
	}
	warnings, err := a.limits(src, k)
	if err != nil {
		return nexconn.Media{}, nil, err
	}
	if a.want.Form == catalog.URLOnly {
		return nexconn.Link(src.link()), warnings, nil // fetched as it is
	}
	return blob(src, k.mime), warnings, nil
}

func blob(src source, mime string) nexconn.Media {
	return nexconn.Media{Blob: &nexconn.Blob{MIME: mime, Size: src.size, Name: src.file, Open: src.open}}
}

// limits holds what can't be made over to the model's types and bytes.
func (a ask) limits(src source, k kind) ([]string, error) {
	var warnings []string
	if len(a.want.Types) > 0 && !k.isOf(a.want.Types) {
		said := fmt.Sprintf("%s: %s is %s, the model takes %s", a.arg, src.name, k.mime, strings.Join(a.want.Types, ", "))
		if a.want.HardTypes {
			return nil, a.fault(nexconn.InvalidArgument, "%s", said)
		}
		warnings = append(warnings, said)
	}
	if a.want.Bytes > 0 && src.size > a.want.Bytes {
		said := fmt.Sprintf("%s: %s has %s, the model takes up to %s", a.arg, src.name, size(src.size), size(a.want.Bytes))
		if a.want.HardBytes {
			return nil, a.fault(nexconn.InvalidArgument, "%s", said)
		}
		warnings = append(warnings, said)
	}
	return warnings, nil
}

// image passes a picture on as it is where it fits, and makes it over where it
// doesn't.
func (in Inputs) image(ctx context.Context, a ask, src source, k kind) (nexconn.Media, []string, error) {
	codec, readable := codecs(k.mime)
	if !readable {
		warnings, err := a.limits(src, k)
		if err != nil {
			if e, ok := errors.AsType[*nexconn.Error](err); ok {
				e.Advice = "Convert it to JPEG or PNG first."
			}
			return nexconn.Media{}, nil, err
		}
		return blob(src, k.mime), warnings, nil
	}
	r, err := src.open()
	if err != nil {
		return a.refuse("%s: %w", a.arg, err)
	}
	cfg, err := codec.config(r)
	r.Close()
	if err != nil || cfg.Width <= 0 || cfg.Height <= 0 {
		return a.refuse("%s: %s is damaged: it begins as %s and can't be read on", a.arg, src.name, k.mime)
	}
	if whole, err := intact(src, k.mime); err != nil {
		return a.refuse("%s: %w", a.arg, err)
	} else if !whole {
		return a.refuse("%s: %s is damaged: it is %s that ends early", a.arg, src.name, k.mime)
	}
	warnings := shape(a.arg, src.name, cfg.Width, cfg.Height, a.want)
	over := a.want.MaxSide > 0 && max(cfg.Width, cfg.Height) > a.want.MaxSide
	heavy := a.want.Bytes > 0 && src.size > a.want.Bytes
	foreign := len(a.want.Types) > 0 && !k.isOf(a.want.Types)
	if !over && !heavy && !foreign {
		return blob(src, k.mime), warnings, nil
	}
	if animated(src, k.mime) {
		e := a.fault(nexconn.InvalidArgument, "%s: %s is an animated WebP, which the model doesn't take and which can't be made over here", a.arg, src.name)
		e.Advice = "Save one frame of it as PNG or JPEG first."
		return nexconn.Media{}, nil, e
	}
	pixels, ok := cost(cfg)
	if !ok {
		return a.refuse("%s: %s has %d×%d pixels, too many to scale down here (up to %d million are)", a.arg, src.name, cfg.Width, cfg.Height, MaxPixels/1_000_000)
	}
	made, err := in.makeOver(ctx, src, codec, pixels, a.want, k)
	if ctx.Err() != nil {
		return nexconn.Media{}, nil, a.fault(nexconn.Cancelled, "%s: stopped while waiting to scale %s", a.arg, src.name)
	}
	if err != nil {
		return a.refuse("%s: %s could not be made to fit: %w", a.arg, src.name, err)
	}
	said := fmt.Sprintf("%s: %s was changed from %d×%d %s (%s) to %d×%d %s (%s)", a.arg, src.name,
		cfg.Width, cfg.Height, k.mime, size(src.size), made.width, made.height, made.mime, size(int64(len(made.data))))
	if made.flattened {
		said += "; what was transparent is white"
	}
	m := nexconn.Inline(made.mime, made.data)
	m.Blob.Name = src.file
	return m, append(warnings, said), nil
}

// shape warns of sides and ratios that scaling down doesn't mend. The catalogue
// marks none of them as enforced.
func shape(arg, name string, width, height int, want catalog.Media) []string {
	var warnings []string
	if want.MinSide > 0 && min(width, height) < want.MinSide {
		warnings = append(warnings, fmt.Sprintf("%s: %s has %d×%d pixels, the model asks for %d on each side at least", arg, name, width, height, want.MinSide))
	}
	ratio := float64(width) / float64(height)
	if (want.MinRatio > 0 && ratio < want.MinRatio) || (want.MaxRatio > 0 && ratio > want.MaxRatio) {
		warnings = append(warnings, fmt.Sprintf("%s: %s is %.2f times as wide as high, the model asks for %.2f to %.2f", arg, name, ratio, want.MinRatio, want.MaxRatio))
	}
	return warnings
}

// text reads a text-like attachment as UTF-8.
func (a ask) text(src source) (nexconn.Media, []string, error) {
	if src.size > maxText {
		return a.refuse("%s: the text %s has %s, up to %s go into a chat", a.arg, src.name, size(src.size), size(maxText))
	}
	r, err := src.open()
	if err != nil {
		return a.refuse("%s: %w", a.arg, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxText))
	if err != nil {
		return a.refuse("%s: %s can't be read: %w", a.arg, src.name, err)
	}
	plain, guessed, err := decodeText(data)
	if err != nil && bytes.IndexByte(data, 0) < 0 {
		e := a.fault(nexconn.InvalidArgument, "%s: %s is a text, but %w", a.arg, src.name, err)
		e.Advice = "Save it as UTF-8 and send it again."
		return nexconn.Media{}, nil, e
	}
	if err != nil || bytes.IndexByte(plain, 0) >= 0 {
		return a.refuse("%s: %s is neither text nor a type that is known", a.arg, src.name)
	}
	var warnings []string
	if guessed != "" {
		warnings = append(warnings, fmt.Sprintf("%s: %s is not UTF-8 and was read as %s; if characters are wrong, save it as UTF-8.", a.arg, src.name, guessed))
	}
	m := nexconn.Inline("text/plain", plain)
	m.Blob.Name = src.file
	return m, warnings, nil
}
