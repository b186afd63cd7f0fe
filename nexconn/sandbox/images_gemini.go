package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// imageConfig is Gemini25Flash-, Gemini30Pro- and Gemini31FlashImageConfig.
type imageConfig struct {
	AspectRatio string `json:"aspect_ratio"`
	ImageSize   string `json:"image_size"`
}

// check holds a config to what its model draws.
func (c *imageConfig) check(model string) error {
	if c == nil {
		return nil
	}
	ratios := []string{"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}
	sizes := []string{"1K"}
	switch {
	case strings.HasPrefix(model, "gemini-3.0-pro"):
		sizes = []string{"1K", "2K", "4K"}
	case strings.HasPrefix(model, "gemini-3.1-flash"):
		sizes = []string{"512", "1K", "2K", "4K"}
		ratios = append(ratios, "1:4", "4:1", "1:8", "8:1")
	}
	return first(
		oneOf("image_config.aspect_ratio", c.AspectRatio, ratios...),
		oneOf("image_config.image_size", c.ImageSize, sizes...),
	)
}

// frame is the size of a picture of that config.
func (c *imageConfig) frame() (w, h int) {
	if c == nil {
		return 1024, 1024
	}
	return shape(or(c.AspectRatio, "1:1"), side(or(c.ImageSize, "1K")))
}

// geminiImage answers at once with base64. n is not in the schema and is ignored.
func (s *Server) geminiImage(q imageRequest, images []string) (answer, error) {
	if err := first(
		required("prompt", q.Prompt),
		q.ImageConfig.check(q.Model),
		within("temperature", q.Temperature, 0, 2),
		within("top_p", q.TopP, 0, 1),
	); err != nil {
		return answer{}, err
	}
	if q.TopK != nil && *q.TopK < 1 {
		return answer{}, bad("top_k", "top_k must be at least 1")
	}
	st := steer(q.Prompt)
	if err := st.refuseSync(); err != nil {
		return answer{}, err
	}
	w, h := q.ImageConfig.frame()
	data, err := picture{prompt: st.text, model: q.Model, width: w, height: h, inputs: len(images)}.png()
	if err != nil {
		return answer{}, err
	}
	in, out := tokens(st.text), imageTokens
	return answer{wait: or(st.slow, s.scaled(600*time.Millisecond)), cut: st.cut, body: geminiImages{
		Created: time.Now().Unix(), OutputFormat: "png", Data: []geminiPicture{{data}},
		Usage: geminiImageUsage{
			Total: in + out, Input: in, Output: out, Requests: 1,
			InputDetails:  map[string]int{"text_tokens": in, "image_tokens": 0},
			OutputDetails: map[string]int{"image_tokens": out, "reasoning_tokens": 0, "text_tokens": 0},
		},
	}}, nil
}

// geminiImages is ImageGenerationResponse. Its pictures are bytes, never links.
type geminiImages struct {
	Created      int64            `json:"created"`
	Data         []geminiPicture  `json:"data"`
	OutputFormat string           `json:"output_format"`
	Usage        geminiImageUsage `json:"usage"`
}

type geminiPicture struct {
	B64 []byte `json:"b64_json"`
}

type geminiImageUsage struct {
	Total         int            `json:"total_tokens"`
	Input         int            `json:"input_tokens"`
	Output        int            `json:"output_tokens"`
	Requests      int            `json:"req_count"`
	InputDetails  map[string]int `json:"input_tokens_details"`
	OutputDetails map[string]int `json:"output_tokens_details"`
}

// images is Gemini's image field: a string or an array of them, at least one.
func (q imageRequest) images() ([]string, error) {
	var list []string
	if len(q.Image) > 0 && q.Image[0] == '[' {
		if json.Unmarshal(q.Image, &list) != nil {
			return nil, bad("image", "image must be a string or an array of strings")
		}
	} else if len(q.Image) > 0 {
		var one string
		if json.Unmarshal(q.Image, &one) != nil {
			return nil, bad("image", "image must be a string or an array of strings")
		}
		list = []string{one}
	}
	if len(list) == 0 || slices.Contains(list, "") {
		return nil, bad("image", "image is required")
	}
	for _, i := range list {
		if err := urlOrData("image", i); err != nil {
			return nil, err
		}
	}
	return list, nil
}
