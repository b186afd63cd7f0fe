package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// veoRequest is CreateVideoGenerationRequest.
type veoRequest struct {
	Model       string        `json:"model"`
	Instances   []veoInstance `json:"instances"`
	Parameters  veoParameters `json:"parameters"`
	CallbackURL string        `json:"callback_url"`
}

// veoInstance is Instance.
type veoInstance struct {
	Prompt          string         `json:"prompt"`
	Image           *veoMedia      `json:"image"`
	LastFrame       *veoMedia      `json:"lastFrame"`
	Video           *veoMedia      `json:"video"`
	ReferenceImages []veoReference `json:"referenceImages"`
}

// veoMedia is ImageInput, LastFrameInput and VideoInput.
type veoMedia struct {
	BytesBase64Encoded string `json:"bytesBase64Encoded"`
	URI                string `json:"uri"`
	MimeType           string `json:"mimeType"`
}

// veoReference is ReferenceImage.
type veoReference struct {
	Image         *veoMedia `json:"image"`
	ReferenceType string    `json:"referenceType"`
}

// veoParameters is Parameters.
type veoParameters struct {
	AspectRatio        string `json:"aspectRatio"`
	DurationSeconds    *int   `json:"durationSeconds"`
	SampleCount        *int   `json:"sampleCount"`
	Seed               *int64 `json:"seed"`
	NegativePrompt     string `json:"negativePrompt"`
	PersonGeneration   string `json:"personGeneration"`
	GenerateAudio      bool   `json:"generateAudio"`
	Resolution         string `json:"resolution"`
	FPS                *int32 `json:"fps"`
	EnhancePrompt      bool   `json:"enhancePrompt"`
	CompressionQuality string `json:"compressionQuality"`
	ResizeMode         string `json:"resizeMode"`
}

const veoMaxMedia = 10 << 20

// createVeo answers POST /v1/videos/generations.
func (s *Server) createVeo(r *http.Request) (answer, error) {
	q, err := decode[veoRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := q.check(s.also); err != nil {
		return answer{}, err
	}
	in, p := q.Instances[0], q.Parameters
	j := job{
		Face: faceVeo, Model: q.Model, Count: deref(p.SampleCount, 1), Seconds: deref(p.DurationSeconds, 8),
		Ratio: or(p.AspectRatio, "16:9"), Resolution: or(p.Resolution, "720p"), Audio: p.GenerateAudio,
		Inputs: len(in.ReferenceImages), Keeps: 14 * day,
	}
	for _, m := range []*veoMedia{in.Image, in.LastFrame, in.Video} {
		if m != nil {
			j.Inputs++
		}
	}
	j.Width, j.Height = videoShape(j.Ratio, j.Resolution)
	st := steer(in.Prompt)
	switch st.filtered {
	case "one":
		j.Dropped = 1
	case "all":
		j.Dropped = j.Count
	}
	j, err = s.begin(j, st, chatVideoID)
	if err != nil {
		return answer{}, err
	}
	return answer{body: map[string]string{"id": j.ID}, cut: st.cut}, nil
}

func (q veoRequest) check(also []string) error {
	if q.Model == "" {
		return bad("model", "model is empty")
	}
	// The ids change faster than the page: any that begins with veo- is taken.
	if !strings.HasPrefix(q.Model, "veo-") {
		return checkModel(also, q.Model, "veo")
	}
	if len(q.Instances) != 1 {
		return bad("instances", "instances must hold exactly one item, got %d", len(q.Instances))
	}
	in, p := q.Instances[0], q.Parameters
	old := strings.HasPrefix(q.Model, "veo-2")
	if in.Image == nil && in.LastFrame == nil && in.Video == nil && len(in.ReferenceImages) == 0 {
		if err := required("prompt", in.Prompt); err != nil {
			return err
		}
	}
	if err := first(
		in.Image.check("image", "image size > 10MB", "image/png", "image/jpeg"),
		in.LastFrame.check("lastFrame", "image size > 10MB", "image/png", "image/jpeg"),
		in.Video.check("video", "video size > 10MB", "video/mp4"),
		q.checkReferences(),
		oneOf("aspectRatio", p.AspectRatio, "16:9", "9:16"),
		within("sampleCount", p.SampleCount, 1, 4),
		within("seed", p.Seed, 0, 4294967295),
		oneOf("personGeneration", p.PersonGeneration, "dont_allow", "allow_adult"),
		oneOf("resolution", p.Resolution, "720p", "1080p", "4k"), // 4k: in the price list only
		oneOf("compressionQuality", p.CompressionQuality, "high", "medium", "low", "optimized", "lossless"),
		oneOf("resizeMode", p.ResizeMode, "pad", "crop"),
	); err != nil {
		return err
	}
	d := deref(p.DurationSeconds, 8)
	switch {
	case old && (d < 5 || d > 8):
		return bad("durationSeconds", "do not support durationSeconds not in [5, 6, 7, 8]")
	case !old && !slices.Contains([]int{4, 6, 8}, d):
		return bad("durationSeconds", "do not support durationSeconds not in [4, 6, 8]")
	case old && p.Resolution != "":
		return bad("resolution", "%s does not support resolution", q.Model)
	case old && p.ResizeMode != "":
		return bad("resizeMode", "%s does not support resizeMode", q.Model)
	case old && p.GenerateAudio:
		return bad("generateAudio", "%s does not support generateAudio", q.Model)
	}
	return nil
}

// check holds one medium to its limits; a nil medium is not there.
func (m *veoMedia) check(field, tooBig string, types ...string) error {
	if m == nil {
		return nil
	}
	if (m.BytesBase64Encoded == "") == (m.URI == "") {
		return bad(field, "%s needs bytesBase64Encoded or uri, one of them", field)
	}
	if m.URI != "" && !isURL(m.URI) {
		return bad(field, "%s.uri must be an http(s) URL", field)
	}
	if m.BytesBase64Encoded != "" {
		data, ok := decode64(m.BytesBase64Encoded)
		if !ok {
			return bad(field, "%s.bytesBase64Encoded is not base64", field)
		}
		if len(data) > veoMaxMedia {
			return refusal{status: http.StatusBadRequest, kind: "file_size_limit_exceeded", message: tooBig, param: field}
		}
	}
	return oneOf(field+".mimeType", m.MimeType, types...)
}

func (q veoRequest) checkReferences() error {
	in := q.Instances[0]
	if len(in.ReferenceImages) == 0 {
		return nil
	}
	if q.Model != "veo-2.0-generate-exp" && q.Model != "veo-3.1-generate-preview" {
		return bad("referenceImages", "%s does not support referenceImages", q.Model)
	}
	if in.Image != nil {
		return bad("referenceImages", "referenceImages and image exclude each other")
	}
	if d := q.Parameters.DurationSeconds; d != nil && *d != 8 {
		return bad("durationSeconds", "durationSeconds must be 8 with referenceImages")
	}
	assets, styles := 0, 0
	for _, ref := range in.ReferenceImages {
		switch ref.ReferenceType {
		case "asset":
			assets++
		case "style":
			styles++
		default:
			return bad("referenceImages", "referenceType must be asset or style, got %q", ref.ReferenceType)
		}
		if ref.Image == nil {
			return bad("referenceImages", "referenceImages.image is required")
		}
		if err := ref.Image.check("referenceImages.image", "image size > 10MB", "image/png", "image/jpeg"); err != nil {
			return err
		}
	}
	if assets > 3 || styles > 1 || assets > 0 && styles > 0 {
		return bad("referenceImages", "referenceImages may be up to 3 of type asset or 1 of type style")
	}
	return nil
}

// veoJob is VideoGenerationJobInfo. Its times are strings, its status words
// begin with a capital.
type veoJob struct {
	ID        string  `json:"id"`
	Model     string  `json:"model"`
	Status    string  `json:"status"`
	Message   string  `json:"message"`
	Data      veoData `json:"data"`
	CreatedAt string  `json:"created_at"`
	UpdatedAt string  `json:"updated_at"`
}

type veoData struct {
	Videos   []veoVideo `json:"videos"`
	Filtered int        `json:"raiMediaFilteredCount"`
}

type veoVideo struct {
	URL      string `json:"url"`
	MimeType string `json:"mimeType"`
}

// queryVeo answers GET /v1/videos/generations/{id}. An unknown id is a 500.
func (s *Server) queryVeo(r *http.Request) (answer, error) {
	j, ok, err := s.find(r.PathValue("id"), faceVeo)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, refusal{status: http.StatusInternalServerError, kind: "view_vertex_video_job_failed", message: "record not found"}
	}
	v := veoJob{
		ID: j.ID, Model: j.Model, Data: veoData{Videos: []veoVideo{}},
		CreatedAt: j.Made.UTC().Format(time.RFC3339), UpdatedAt: j.updated().UTC().Format(time.RFC3339),
	}
	v.Status = j.stage("Initializing", "Queued", "Running", "Running", "Running", "Uploading")
	switch {
	case j.failed() && j.Fate == failContent:
		v.Status, v.Message = "Failed", "视频生成失败：内容审核未通过"
	case j.failed():
		v.Status, v.Message = "Failed", "视频生成失败：内部错误"
	case j.over():
		v.Status, v.Message = "Completed", "视频生成完成"
		v.Data.Filtered = j.Dropped
		for n := range max(j.Count-j.Dropped, 0) {
			v.Data.Videos = append(v.Data.Videos, veoVideo{s.link(j, outName(n, "mp4")), "video/mp4"})
		}
	}
	return answer{body: v}, nil
}
