package sandbox

import (
	"net/http"
	"strings"
)

// klingImageO1Request is FalOmniImageRequest.
type klingImageO1Request struct {
	Prompt      string   `json:"prompt"`
	ImageURLs   []string `json:"image_urls"`
	Resolution  string   `json:"resolution"`
	NumImages   *int     `json:"num_images"`
	AspectRatio string   `json:"aspect_ratio"`
	CallbackURL string   `json:"callback_url"`
}

// createKlingImageO1 answers POST /queue/fal-ai/kling-image/o1.
func (s *Server) createKlingImageO1(r *http.Request) (answer, error) {
	q, err := decode[klingImageO1Request](r)
	if err != nil {
		return answer{}, err
	}
	size := strings.ToUpper(q.Resolution) // lower case is taken
	if err := first(
		required("prompt", q.Prompt),
		atMost("prompt", q.Prompt, 2500),
		oneOf("resolution", size, "1K", "2K", "4K"),
		within("num_images", q.NumImages, 1, 9),
		oneOf("aspect_ratio", q.AspectRatio, "auto", "16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9"),
		safeURLs("image_urls", q.ImageURLs),
	); err != nil {
		return answer{}, err
	}
	if len(q.ImageURLs) > 10 {
		return answer{}, bad("image_urls", "image_urls has more than 10 images")
	}
	j := job{Model: "kling-image-o1", Count: deref(q.NumImages, 1), Inputs: len(q.ImageURLs)}
	j.Width, j.Height = shape(or(q.AspectRatio, "1:1"), side(or(size, "1K")))
	return s.submit(r, "kling-image", j, steer(q.Prompt))
}

// side is the edge of a square image of a size word.
func side(size string) int {
	switch size {
	case "512":
		return 512
	case "2K":
		return 2048
	case "4K":
		return 4096
	}
	return 1024
}
