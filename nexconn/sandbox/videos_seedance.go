package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// seedanceRequest is the body of POST /v3/contents/generations/tasks. duration is
// a number here.
type seedanceRequest struct {
	Model                 string        `json:"model"`
	Content               []contentItem `json:"content"`
	Resolution            string        `json:"resolution"`
	Ratio                 string        `json:"ratio"`
	Duration              *int          `json:"duration"`
	GenerateAudio         *bool         `json:"generate_audio"`
	Seed                  *int64        `json:"seed"`
	Watermark             bool          `json:"watermark"`
	ReturnLastFrame       bool          `json:"return_last_frame"`
	CallbackURL           string        `json:"callback_url"`
	ServiceTier           string        `json:"service_tier"`
	ExecutionExpiresAfter *int64        `json:"execution_expires_after"`
	Tools                 []toolItem    `json:"tools"`
}

// contentItem is ContentItem with ImageUrlObject, VideoUrlObject, AudioUrlObject
// and DraftTaskObject.
type contentItem struct {
	Type      string     `json:"type"`
	Role      string     `json:"role"`
	Text      string     `json:"text"`
	ImageURL  *urlObject `json:"image_url"`
	VideoURL  *urlObject `json:"video_url"`
	AudioURL  *urlObject `json:"audio_url"`
	DraftTask *struct {
		ID string `json:"id"`
	} `json:"draft_task"`
}

type urlObject struct {
	URL string `json:"url"`
}

// toolItem is ToolItem.
type toolItem struct {
	Type string `json:"type"`
}

// createSeedance answers POST /v3/contents/generations/tasks.
func (s *Server) createSeedance(r *http.Request) (answer, error) {
	q, err := decode[seedanceRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkModel(s.also, q.Model, "seedance"); err != nil {
		return answer{}, err
	}
	text, inputs, err := q.read()
	if err != nil {
		return answer{}, err
	}
	j := job{
		Face: faceArk, Model: q.Model, Count: 1, Inputs: inputs, Seconds: deref(q.Duration, 5), Keeps: day,
		Ratio: or(q.Ratio, "adaptive"), Resolution: or(q.Resolution, "720p"), Audio: deref(q.GenerateAudio, true),
		LastFrame: q.ReturnLastFrame, Seed: deref(q.Seed, -1), Expires: deref(q.ExecutionExpiresAfter, 172800),
	}
	if j.Seconds < 1 { // -1: the model decides
		j.Seconds = 5
	}
	if j.Ratio == "adaptive" {
		j.Ratio = "16:9"
	}
	st := steer(text)
	if j.Seed < 0 {
		j.Seed = int64(hash(st.text) % 100000)
	}
	j.Width, j.Height = seedanceShape(j.Ratio, j.Resolution)
	j, err = s.begin(j, st, videoID)
	if err != nil {
		return answer{}, err
	}
	return answer{body: map[string]string{"id": j.ID}, cut: st.cut}, nil
}

// read gives the words and the number of media of content, or what is wrong with it.
func (q seedanceRequest) read() (text string, inputs int, err error) {
	if len(q.Content) == 0 {
		return "", 0, bad("content", "content is required")
	}
	var words []string
	for i, c := range q.Content {
		field := fmt.Sprintf("content[%d].%s", i, c.Type)
		var media *urlObject
		switch c.Type {
		case "text":
			words = append(words, c.Text)
			continue
		case "draft_task":
			continue
		case "image_url":
			media = c.ImageURL
		case "video_url":
			media = c.VideoURL
		case "audio_url":
			media = c.AudioURL
		default:
			return "", 0, bad("content", "content[%d].type %q is not known", i, c.Type)
		}
		if media == nil || media.URL == "" {
			return "", 0, bad("content", "%s.url is required", field)
		}
		known := strings.HasPrefix(media.URL, "asset://") || strings.HasPrefix(media.URL, "qasset://")
		if err := urlOrData(field+".url", media.URL); err != nil && !known {
			return "", 0, err
		}
		inputs++
	}
	return strings.Join(words, "\n"), inputs, nil
}

// seedanceTask is GetVideoTaskResponse.
type seedanceTask struct {
	ID              string           `json:"id"`
	Model           string           `json:"model"`
	Status          string           `json:"status"`
	Error           *taskError       `json:"error"`
	Content         *seedanceContent `json:"content,omitempty"`
	Usage           *seedanceUsage   `json:"usage,omitempty"`
	CreatedAt       int64            `json:"created_at"`
	UpdatedAt       int64            `json:"updated_at"`
	Seed            int64            `json:"seed"`
	Resolution      string           `json:"resolution"`
	Ratio           string           `json:"ratio"`
	Duration        int              `json:"duration"`
	FramesPerSecond int              `json:"framespersecond"`
	GenerateAudio   bool             `json:"generate_audio"`
	ServiceTier     string           `json:"service_tier"`
	ExpiresAfter    int64            `json:"execution_expires_after"`
}

// seedanceContent is VideoTaskOutputContent.
type seedanceContent struct {
	VideoURL     string `json:"video_url"`
	LastFrameURL string `json:"last_frame_url,omitempty"`
}

// seedanceUsage is VideoTaskUsage.
type seedanceUsage struct {
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// querySeedance answers GET /v3/contents/generations/tasks/{id}.
func (s *Server) querySeedance(r *http.Request) (answer, error) {
	j, ok, err := s.find(r.PathValue("id"), faceArk)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, refusal{status: http.StatusNotFound, message: "the specified task is not found"}
	}
	t := seedanceTask{
		ID: j.ID, Model: j.Model, Status: j.stage("queued", "running", "running", "running"),
		CreatedAt: j.Made.Unix(), UpdatedAt: j.updated().Unix(), Seed: j.Seed, Resolution: j.Resolution, Ratio: j.Ratio,
		Duration: j.Seconds, FramesPerSecond: 24, GenerateAudio: j.Audio, ServiceTier: "default", ExpiresAfter: j.Expires,
	}
	switch {
	case j.failed() && j.Fate == failContent:
		t.Status = "failed"
		t.Error = &taskError{"OutputVideoSensitiveContentDetected", "the request failed because the output video may contain sensitive information"}
	case j.failed():
		t.Status = "failed"
		t.Error = &taskError{"InternalServiceError", "the service ran into an internal error"}
	case j.over():
		t.Status = "succeeded"
		t.Content = &seedanceContent{VideoURL: s.link(j, "1.mp4")}
		if j.LastFrame {
			t.Content.LastFrameURL = s.link(j, "last_frame.png")
		}
		// The one measured run fits frames = 24 x seconds + 1.
		tokens := j.Width * j.Height * (24*j.Seconds + 1) / 1024
		t.Usage = &seedanceUsage{tokens, tokens}
	}
	return answer{body: t}, nil
}

// seedanceShape is the frame of a ratio and resolution; 480p 16:9 is 864x496.
func seedanceShape(ratio, resolution string) (w, h int) {
	frames := map[string]map[string][2]int{
		"480p": {"16:9": {864, 496}, "4:3": {752, 560}, "1:1": {640, 640}, "3:4": {560, 752}, "9:16": {496, 864}, "21:9": {992, 432}},
		"720p": {"16:9": {1280, 720}, "4:3": {1112, 834}, "1:1": {960, 960}, "3:4": {834, 1112}, "9:16": {720, 1280}, "21:9": {1470, 630}},
	}
	if f, ok := frames[resolution][ratio]; ok {
		return f[0], f[1]
	}
	return videoShape(ratio, resolution)
}
