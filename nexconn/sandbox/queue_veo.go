package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// falVeoRequest is Veo31ImageToVideoInput and Veo31FirstLastFrameToVideoInput.
// duration is a string such as "8s".
type falVeoRequest struct {
	Prompt         string `json:"prompt"`
	ImageURL       string `json:"image_url"`
	FirstFrameURL  string `json:"first_frame_url"`
	LastFrameURL   string `json:"last_frame_url"`
	AspectRatio    string `json:"aspect_ratio"`
	Duration       string `json:"duration"`
	Resolution     string `json:"resolution"`
	GenerateAudio  *bool  `json:"generate_audio"`
	NegativePrompt string `json:"negative_prompt"`
	Seed           *int64 `json:"seed"`
	AutoFix        bool   `json:"auto_fix"`
}

// createFalVeo answers POST /queue/fal-ai/veo3.1 and what lies under it. All its
// limits are fal's own, so only what is missing is refused.
func (s *Server) createFalVeo(r *http.Request) (answer, error) {
	app := strings.TrimPrefix(strings.TrimPrefix(r.PathValue("app"), "fast"), "/")
	if !slices.Contains([]string{"", "image-to-video", "first-last-frame-to-video"}, app) {
		return answer{}, refusal{status: http.StatusNotFound, message: "not found or method not allowed"}
	}
	q, err := decode[falVeoRequest](r)
	if err != nil {
		return answer{}, err
	}
	var frames []string
	faults := []error{required("prompt", q.Prompt)}
	switch app {
	case "image-to-video":
		frames = []string{q.ImageURL}
		faults = append(faults, safeURL("image_url", q.ImageURL))
	case "first-last-frame-to-video":
		frames = []string{q.FirstFrameURL, q.LastFrameURL}
		faults = append(faults, safeURL("first_frame_url", q.FirstFrameURL), safeURL("last_frame_url", q.LastFrameURL))
	}
	if err := first(faults...); err != nil {
		return answer{}, err
	}
	j := job{
		Model: "fal-ai/veo3.1", Count: 1, Inputs: len(frames), Seconds: 8, Audio: deref(q.GenerateAudio, true),
		Ratio: or(q.AspectRatio, "auto"), Resolution: or(q.Resolution, "720p"), Seed: deref(q.Seed, 0),
	}
	var n int
	if number(strings.TrimSuffix(q.Duration, "s"), 1, 60, &n) {
		j.Seconds = n
	}
	j.Width, j.Height = videoShape(j.Ratio, j.Resolution)
	st := steer(q.Prompt)
	if slices.ContainsFunc(frames, func(f string) bool { return strings.HasPrefix(f, "data:") }) && st.fate == "" {
		st.fate = failOther // base64 is taken at create and fails later
	}
	return s.submit(r, "veo3.1", j, st)
}
