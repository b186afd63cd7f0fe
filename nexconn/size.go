package nexconn

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// tall are Sora's sizes that follow from no arithmetic: resolution 1024p.
// video.md 4.1.
var tall = map[string]string{"16:9 1024p": "1792x1024", "9:16 1024p": "1024x1792"}

var (
	ratioForm      = regexp.MustCompile(`^(\d{1,3}):(\d{1,3})$`)
	resolutionForm = regexp.MustCompile(`^(\d{2,4})p$`)
)

// sizeOf is "1920x1080" for 16:9 and 1080p: resolution is the short side. Of
// half a size the model's own default is the other half; of none, nothing.
func sizeOf(m catalog.Model, aspect, resolution string) (string, error) {
	if aspect == "" && resolution == "" {
		return "", nil
	}
	if aspect == "" {
		aspect, _ = m.Defaults["aspect_ratio"].(string)
	}
	if resolution == "" {
		resolution, _ = m.Defaults["resolution"].(string)
	}
	if size, ok := tall[aspect+" "+resolution]; ok {
		return size, nil
	}
	ratio, lines := ratioForm.FindStringSubmatch(aspect), resolutionForm.FindStringSubmatch(resolution)
	if ratio == nil {
		return "", sizeError("aspect_ratio", aspect, "16:9")
	}
	if lines == nil {
		return "", sizeError("resolution", resolution, "1080p")
	}
	w, _ := strconv.ParseFloat(ratio[1], 64)
	h, _ := strconv.ParseFloat(ratio[2], 64)
	short, _ := strconv.ParseFloat(lines[1], 64)
	if w == 0 || h == 0 {
		return "", sizeError("aspect_ratio", aspect, "16:9")
	}
	scale := short / math.Min(w, h)
	return fmt.Sprintf("%dx%d", even(w*scale), even(h*scale)), nil
}

// size is sizeOf, with what is wrong with it kept for the body to tell.
func (e *encoder) size(m catalog.Model, aspect, resolution string) string {
	size, err := sizeOf(m, aspect, resolution)
	if err != nil {
		e.faults = append(e.faults, err)
	}
	return size
}

func even(f float64) int { return 2 * int(math.Round(f/2)) }

func sizeError(field, value, like string) error {
	err := Errorf(InvalidArgument, "%s %q makes no size for this model; say it like %s", field, value, like)
	err.Field = field
	return err
}

// onOff is a switch as Kling spells it: sound.
func onOff(b *bool) string { return spelled(b, "on", "off") }

// yesNo is a switch as Kling spells it elsewhere: keep_original_sound.
func yesNo(b *bool) string { return spelled(b, "yes", "no") }

func spelled(b *bool, yes, no string) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return yes
	}
	return no
}

// digits is a number as a string, nothing for none.
func digits(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
