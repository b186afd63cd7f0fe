package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// viduRequest is the body of every Vidu operation. There is no model in it: the
// path says which.
type viduRequest struct {
	Prompt            string `json:"prompt"`
	Seed              *int64 `json:"seed"`
	Duration          *int   `json:"duration"`
	Resolution        string `json:"resolution"`
	MovementAmplitude string `json:"movement_amplitude"`
	Watermark         bool   `json:"watermark"`
	AspectRatio       string `json:"aspect_ratio"`
	BGM               bool   `json:"bgm"`
	Style             string `json:"style"`
	Audio             *bool  `json:"audio"`
	VoiceID           string `json:"voice_id"`
	IsRec             bool   `json:"is_rec"`
	CallbackURL       string `json:"callback_url"`

	ImageURL           string        `json:"image_url"`
	StartImageURL      string        `json:"start_image_url"`
	EndImageURL        string        `json:"end_image_url"`
	ReferenceImageURLs []string      `json:"reference_image_urls"`
	ReferenceVideoURLs []string      `json:"reference_video_urls"`
	Subjects           []viduSubject `json:"subjects"`
}

type viduSubject struct {
	ID      string   `json:"id"`
	Images  []string `json:"images"`
	VoiceID string   `json:"voice_id"`
}

// viduApp is one row of the documents' list of Vidu routes.
type viduApp struct {
	model     string
	operation string // text, image, startend, reference
	longest   int    // seconds
	subjects  bool   // the reference route takes subjects too
}

// viduApps maps what follows /queue/fal-ai/vidu/ to what it is.
func viduApps(path string) (viduApp, bool) {
	app, ok := map[string]viduApp{
		"q1/text-to-video":            {model: "viduq1", operation: "text", longest: 5},
		"q1/reference-to-video":       {model: "viduq1", operation: "reference", longest: 5, subjects: true},
		"q2/text-to-video":            {model: "viduq2", operation: "text", longest: 10},
		"q2/reference-to-video":       {model: "viduq2", operation: "reference", longest: 10, subjects: true},
		"q2/image-to-video/pro":       {model: "viduq2-pro", operation: "image", longest: 10},
		"q2/start-end-to-video/pro":   {model: "viduq2-pro", operation: "startend", longest: 10},
		"q2/reference-to-video/pro":   {model: "viduq2-pro", operation: "reference", longest: 10},
		"q2/image-to-video/turbo":     {model: "viduq2-turbo", operation: "image", longest: 10},
		"q2/start-end-to-video/turbo": {model: "viduq2-turbo", operation: "startend", longest: 10},
		"q3/text-to-video/pro":        {model: "viduq3-pro", operation: "text", longest: 16},
		"q3/image-to-video/pro":       {model: "viduq3-pro", operation: "image", longest: 16},
		"q3/start-end-to-video/pro":   {model: "viduq3-pro", operation: "startend", longest: 16},
		"q3/text-to-video/turbo":      {model: "viduq3-turbo", operation: "text", longest: 16},
		"q3/image-to-video/turbo":     {model: "viduq3-turbo", operation: "image", longest: 16},
		"q3/start-end-to-video/turbo": {model: "viduq3-turbo", operation: "startend", longest: 16},
	}[path]
	return app, ok
}

// createVidu answers POST /queue/fal-ai/vidu/….
func (s *Server) createVidu(r *http.Request) (answer, error) {
	app, ok := viduApps(r.PathValue("app"))
	if !ok {
		return answer{}, refusal{status: http.StatusNotFound, message: "not found or method not allowed"}
	}
	q, err := decode[viduRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := app.check(q); err != nil {
		return answer{}, err
	}
	j := job{
		Model: app.model, Count: 1, Seconds: deref(q.Duration, 5), Ratio: or(q.AspectRatio, "16:9"),
		Resolution: or(q.Resolution, app.standard()), Seed: deref(q.Seed, 0), Audio: deref(q.Audio, false),
		Inputs: len(q.ReferenceImageURLs) + len(q.ReferenceVideoURLs) + len(q.Subjects),
	}
	for _, u := range []string{q.ImageURL, q.StartImageURL, q.EndImageURL} {
		if u != "" {
			j.Inputs++
		}
	}
	if j.Seconds == 0 { // the length is left to viduq2-pro
		j.Seconds = 4
	}
	j.Width, j.Height = videoShape(j.Ratio, j.Resolution)
	return s.submit(r, "vidu", j, steer(q.Prompt))
}

// standard is the resolution of a request that names none: q1 has but one.
func (a viduApp) standard() string {
	if a.model == "viduq1" {
		return "1080p"
	}
	return "720p"
}

func (a viduApp) check(q viduRequest) error {
	var needs error
	switch a.operation {
	case "text":
		needs = required("prompt", q.Prompt)
	case "image":
		needs = safeURL("image_url", q.ImageURL)
	case "startend":
		needs = first(safeURL("start_image_url", q.StartImageURL), safeURL("end_image_url", q.EndImageURL))
	case "reference":
		needs = first(required("prompt", q.Prompt), a.checkReferences(q))
	}
	resolutions := []string{"1080p", "720p", "560p", "540p"} // 540p by the vendor and a client
	if a.model == "viduq1" {
		resolutions = []string{"1080p"}
	}
	return first(
		needs,
		atMost("prompt", q.Prompt, 5000), // 2000 on the page, 5000 by the vendor
		a.checkDuration(q.Duration),
		oneOf("resolution", q.Resolution, resolutions...),
		oneOf("movement_amplitude", q.MovementAmplitude, "auto", "small", "medium", "large"),
		oneOf("style", q.Style, "general", "anime"),
		a.checkRatio(q.AspectRatio),
	)
}

func (a viduApp) checkDuration(d *int) error {
	if a.model == "viduq1" {
		return within("duration", d, 5, 5)
	}
	low := 1
	if a.model == "viduq2-pro" && a.operation == "reference" {
		low = 0 // automatic, by the vendor
	}
	return within("duration", d, low, a.longest)
}

func (a viduApp) checkRatio(ratio string) error {
	if a.operation == "image" || a.operation == "startend" || a.model == "viduq2-pro" {
		return nil // it follows the picture, or is free
	}
	list := []string{"16:9", "9:16", "1:1"}
	if a.model != "viduq1" {
		list = append(list, "3:4", "4:3")
	}
	return oneOf("aspect_ratio", ratio, list...)
}

func (a viduApp) checkReferences(q viduRequest) error {
	if len(q.ReferenceVideoURLs) > 0 && a.model != "viduq2-pro" {
		return bad("reference_video_urls", "reference_video_urls is only for viduq2-pro")
	}
	if len(q.Subjects) > 0 && a.subjects {
		return checkSubjects(q.Subjects)
	}
	if len(q.ReferenceImageURLs) == 0 && len(q.ReferenceVideoURLs) == 0 {
		return bad("reference_image_urls", "reference_image_urls is required")
	}
	if len(q.ReferenceImageURLs) > 7 {
		return bad("reference_image_urls", "reference_image_urls has more than 7 images")
	}
	return first(safeURLs("reference_image_urls", q.ReferenceImageURLs), safeURLs("reference_video_urls", q.ReferenceVideoURLs))
}

func checkSubjects(list []viduSubject) error {
	if len(list) > 7 {
		return bad("subjects", "subjects has more than 7 items")
	}
	var images []string
	for _, s := range list {
		if strings.TrimSpace(s.ID) == "" {
			return bad("subjects", "subjects.id is required")
		}
		if len(s.Images) < 1 || len(s.Images) > 3 {
			return bad("subjects", "a subject has 1 to 3 images")
		}
		images = slices.Concat(images, s.Images)
	}
	if len(images) > 7 {
		return bad("subjects", "subjects have more than 7 images in all")
	}
	return safeURLs("subjects.images", images)
}
