package sandbox

import (
	"encoding/json"
	"net/http"
)

// imageRequest is the body of POST /v1/images/generations and /v1/images/edits:
// the KlingV1…KlingV21CreateImageRequest and EditImageRequest, and the Gemini
// GenerationRequest and EditRequest. The model says which of them it is.
type imageRequest struct {
	Model          string `json:"model"`
	Prompt         string `json:"prompt"`
	NegativePrompt string `json:"negative_prompt"`
	// Image is a string; Gemini takes an array of strings too.
	Image json.RawMessage `json:"image"`

	N                *int           `json:"n"`
	AspectRatio      string         `json:"aspect_ratio"`
	ImageReference   string         `json:"image_reference"`
	ImageFidelity    *float64       `json:"image_fidelity"`
	HumanFidelity    *float64       `json:"human_fidelity"`
	SubjectImageList []subjectImage `json:"subject_image_list"`
	SceneImage       string         `json:"scene_image"`
	StyleImage       string         `json:"style_image"`

	ImageConfig *imageConfig `json:"image_config"`
	Temperature *float64     `json:"temperature"`
	TopP        *float64     `json:"top_p"`
	TopK        *int         `json:"top_k"`
}

type subjectImage struct {
	SubjectImage string `json:"subject_image"`
}

// generateImage answers POST /v1/images/generations.
func (s *Server) generateImage(r *http.Request) (answer, error) {
	q, err := decode[imageRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkModel(s.also, q.Model, "kling image", "gemini image"); err != nil {
		return answer{}, err
	}
	if offers("gemini image", q.Model) {
		return s.geminiImage(q, nil)
	}
	image, err := q.oneImage()
	if err != nil {
		return answer{}, err
	}
	if q.Model == "kling-v2-new" && image == "" {
		return answer{}, bad("image", "image is required: kling-v2-new has no text to image")
	}
	inputs := 0
	if image != "" {
		inputs = 1
	}
	return s.klingImage(q, inputs)
}

// editImage answers POST /v1/images/edits.
func (s *Server) editImage(r *http.Request) (answer, error) {
	q, err := decode[imageRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkModel(s.also, q.Model, "kling image", "gemini image"); err != nil {
		return answer{}, err
	}
	if offers("gemini image", q.Model) {
		images, err := q.images()
		if err != nil {
			return answer{}, err
		}
		return s.geminiImage(q, images)
	}
	if q.Model != "kling-v2" && q.Model != "kling-v2-1" {
		return answer{}, bad("model", "%s does not support multiple images: kling-v2 and kling-v2-1 do", q.Model)
	}
	if _, err := q.oneImage(); err != nil {
		return answer{}, err
	}
	// 2 to 4 by the page; one is taken too, as the vendor does.
	n := len(q.SubjectImageList)
	if n < 1 || n > 4 {
		return answer{}, bad("subject_image_list", "subject_image_list must hold 2 to 4 images, got %d", n)
	}
	for _, one := range q.SubjectImageList {
		if err := first(required("subject_image_list.subject_image", one.SubjectImage),
			urlOrBase64("subject_image_list.subject_image", one.SubjectImage)); err != nil {
			return answer{}, err
		}
	}
	for _, extra := range []struct{ field, value string }{{"scene_image", q.SceneImage}, {"style_image", q.StyleImage}} {
		if extra.value == "" {
			continue
		}
		if err := urlOrBase64(extra.field, extra.value); err != nil {
			return answer{}, err
		}
		n++
	}
	return s.klingImage(q, n)
}

// oneImage is Kling's image field: one string, "" for none.
func (q imageRequest) oneImage() (string, error) {
	var image string
	if len(q.Image) > 0 && json.Unmarshal(q.Image, &image) != nil {
		return "", bad("image", "image must be a string")
	}
	if image == "" {
		return "", nil
	}
	return image, urlOrBase64("image", image)
}

// klingImage records an image job; the answer is its id alone.
func (s *Server) klingImage(q imageRequest, inputs int) (answer, error) {
	if err := first(
		required("prompt", q.Prompt),
		atMost("prompt", q.Prompt, 2500),
		atMost("negative_prompt", q.NegativePrompt, 2500),
		oneOf("aspect_ratio", q.AspectRatio, "16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9"),
	); err != nil {
		return answer{}, err
	}
	n := deref(q.N, 1)
	if n < 1 {
		return answer{}, bad("n", "n must be at least 1")
	}
	st := steer(q.Prompt)
	j := job{Face: faceImages, Model: q.Model, Count: min(n, 10), Inputs: inputs, Keeps: week}
	j.Width, j.Height = shape(or(q.AspectRatio, "16:9"), 1024)
	j, err := s.begin(j, st, imageID)
	if err != nil {
		return answer{}, err
	}
	return answer{body: map[string]string{"task_id": j.ID}, cut: st.cut}, nil
}

// imageTask is KlingImageTaskStatusResponse.
type imageTask struct {
	TaskID        string      `json:"task_id"`
	Created       int64       `json:"created"`
	Status        string      `json:"status"`
	StatusMessage string      `json:"status_message"`
	Data          []imageItem `json:"data,omitempty"`
	Quantity      int         `json:"quantity,omitempty"`
}

type imageItem struct {
	Index int    `json:"index"`
	URL   string `json:"url"`
}

// queryImage answers GET /v1/images/tasks/{id}. The word of success is "succeed".
func (s *Server) queryImage(r *http.Request) (answer, error) {
	j, ok, err := s.find(r.PathValue("id"), faceImages)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, refusal{status: http.StatusNotFound, code: "not_found", message: "the image task does not exist"}
	}
	t := imageTask{TaskID: j.ID, Created: j.Made.Unix(), Status: "processing"}
	switch {
	case j.failed() && j.Fate == failContent:
		t.Status, t.StatusMessage = "failed", "the prompt did not pass content moderation"
	case j.failed():
		t.Status, t.StatusMessage = "failed", "the provider could not draw the image"
	case j.over():
		t.Status, t.Quantity = "succeed", j.Count
		for n := range j.Count {
			t.Data = append(t.Data, imageItem{n, s.link(j, outName(n, "png"))})
		}
	}
	return answer{body: t}, nil
}
