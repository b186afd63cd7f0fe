package order

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// unnamed warns of references that the prompt has to name and never does, with
// the exact token to use. The prompts of all shots count as one.
func (o *Order) unnamed() {
	switch r := o.Request.(type) {
	case *nexconn.ImageRequest:
		if o.Model.Wire == catalog.KlingImageList {
			o.unnamedTokens(r.Prompt, "images", "image", 0, len(r.Images))
		}
	case *nexconn.VideoRequest:
		prompts := []string{r.Prompt}
		for _, shot := range r.Shots {
			prompts = append(prompts, shot.Prompt)
		}
		prompt := strings.Join(prompts, "\n")
		if o.Model.Wire == catalog.KlingOmni {
			frames := 0
			for _, name := range []string{"first_frame", "last_frame"} {
				if o.Given[name] != nil {
					frames++
				}
			}
			o.unnamedTokens(prompt, "reference_images", "image", frames, len(r.ReferenceImages))
			o.unnamedTokens(prompt, "reference_videos", "video", 0, len(r.ReferenceVideos))
		}
		for i, s := range r.Subjects {
			named := regexp.MustCompile(`@` + regexp.QuoteMeta(s.ID) + `(?:[^\pL\pN_]|$)`)
			if s.ID != "" && !named.MatchString(prompt) {
				o.Warnings = append(o.Warnings, fmt.Sprintf("The prompt never names subjects[%d]; call it @%s there, or it may be left out of the video.", i, s.ID))
			}
		}
	}
}

// unnamedTokens warns of inputs of an argument that no <<<word_N>>> names. They
// count from 1, after those that stand before them.
func (o *Order) unnamedTokens(prompt, argument, word string, before, n int) {
	for i := range n {
		token := fmt.Sprintf("<<<%s_%d>>>", word, before+i+1)
		if !strings.Contains(prompt, token) {
			o.Warnings = append(o.Warnings, fmt.Sprintf("The prompt never names %s[%d]; call it %s there, or it may have little effect.", argument, i, token))
		}
	}
}
