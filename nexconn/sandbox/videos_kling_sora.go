package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// createVideoRequest is the body of POST /v1/videos: the fields of the Sora page
// and of KlingV21…KlingV3OmniCreateRequest together. seconds is a string.
type createVideoRequest struct {
	Model          string `json:"model"`
	Prompt         string `json:"prompt"`
	NegativePrompt string `json:"negative_prompt"`
	InputReference string `json:"input_reference"`
	ImageTail      string `json:"image_tail"`
	Seconds        string `json:"seconds"`
	Size           string `json:"size"`
	Mode           string `json:"mode"`
	Sound          string `json:"sound"`
	// Motion control, KlingV26CreateRequest.
	ImageURL             string `json:"image_url"`
	VideoURL             string `json:"video_url"`
	CharacterOrientation string `json:"character_orientation"`
	KeepOriginalSound    string `json:"keep_original_sound"`
	// KlingV3CreateRequest and KlingV3OmniCreateRequest.
	MultiShot   bool          `json:"multi_shot"`
	ShotType    string        `json:"shot_type"`
	MultiPrompt []promptShot  `json:"multi_prompt"`
	ImageList   []listedImage `json:"image_list"`
	VideoList   []listedVideo `json:"video_list"`
}

type promptShot struct {
	Index    int    `json:"index"`
	Prompt   string `json:"prompt"`
	Duration string `json:"duration"`
}

type listedImage struct {
	Image string `json:"image"`
	Type  string `json:"type"`
}

type listedVideo struct {
	VideoURL          string `json:"video_url"`
	ReferType         string `json:"refer_type"`
	KeepOriginalSound string `json:"keep_original_sound"`
}

// text is all that a request says in words.
func (q createVideoRequest) text() string {
	words := []string{q.Prompt}
	for _, shot := range q.MultiPrompt {
		words = append(words, shot.Prompt)
	}
	return strings.TrimSpace(strings.Join(words, "\n"))
}

func (q createVideoRequest) inputs() int {
	n := len(q.ImageList) + len(q.VideoList)
	for _, one := range []string{q.InputReference, q.ImageTail, q.ImageURL, q.VideoURL} {
		if one != "" {
			n++
		}
	}
	return n
}

func isSora(model string) bool { return strings.HasPrefix(model, "sora-") }

// shapedLikeV26 tells the kling-v2-6 kind, whose status answer has more fields
// (KlingV26VideoStatusResponse). Client code names v2-7 to v2-9 as the same shape.
func shapedLikeV26(model string) bool {
	return slices.Contains([]string{"kling-v2-6", "kling-v2-7", "kling-v2-8", "kling-v2-9"}, model)
}

// createVideo answers POST /v1/videos.
func (s *Server) createVideo(r *http.Request) (answer, error) {
	q, err := decode[createVideoRequest](r)
	if err != nil {
		return answer{}, err
	}
	if !shapedLikeV26(q.Model) {
		if err := checkModel(s.also, q.Model, "video"); err != nil {
			return answer{}, err
		}
	}
	if err := q.check(); err != nil {
		return answer{}, err
	}
	j := job{Face: faceVideo, Model: q.Model, Count: 1, Inputs: q.inputs(), Size: q.Size, Mode: q.Mode, Audio: q.Sound == "on", Keeps: 30 * day}
	seconds := or(q.Seconds, "5")
	if isSora(q.Model) {
		seconds, j.Size, j.Keeps = or(q.Seconds, "4"), or(q.Size, "1280x720"), week
	} else {
		j.Size = or(q.Size, "1920x1080")
		standard := "std"
		if strings.HasPrefix(q.Model, "kling-v3") {
			standard = "pro"
		}
		j.Mode = or(q.Mode, standard)
	}
	j.Seconds, _ = strconv.Atoi(seconds)
	j.Width, j.Height, _ = parseSize(j.Size)
	st := steer(q.text())
	j, err = s.begin(j, st, videoID)
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.videoAnswer(j, false), cut: st.cut}, nil
}

// check holds a request against its model's page. The rules of kling-v2-6, v3 and
// v3-omni came second hand and are not held against anybody.
func (q createVideoRequest) check() error {
	seconds, err := strconv.Atoi(or(q.Seconds, "5"))
	if err != nil || seconds < 1 {
		return bad("seconds", "seconds must be a whole number as a string, got %q", q.Seconds)
	}
	prompt := required("prompt", q.Prompt)
	if q.Model == "kling-v3" || q.Model == "kling-v3-omni" {
		prompt = q.checkShots()
	}
	if shapedLikeV26(q.Model) && q.VideoURL != "" {
		prompt = nil // motion control: the movement says what happens
	}
	common := first(prompt, atMost("prompt", q.Prompt, 2500), atMost("negative_prompt", q.NegativePrompt, 2500), q.checkMedia())
	if common != nil {
		return common
	}
	switch {
	case q.Model == "sora-2":
		return first(oneOf("seconds", q.Seconds, "4", "8", "12"), oneOf("size", q.Size, "720x1280", "1280x720"))
	case isSora(q.Model): // the sizes of sora-2-pro came second hand
		if _, _, ok := parseSize(or(q.Size, "1280x720")); !ok {
			return bad("size", "size must be WIDTHxHEIGHT, got %q", q.Size)
		}
		return oneOf("seconds", q.Seconds, "4", "8", "12")
	}
	return first(
		oneOf("size", q.Size, "1920x1080", "1080x1920", "1280x720", "720x1280", "1080x1080", "720x720"),
		q.checkKling(seconds),
	)
}

func (q createVideoRequest) checkShots() error {
	if !q.MultiShot {
		return required("prompt", q.Prompt)
	}
	if len(q.MultiPrompt) == 0 && q.Prompt == "" {
		return bad("multi_prompt", "multi_prompt is required with multi_shot")
	}
	for _, shot := range q.MultiPrompt {
		if _, err := strconv.Atoi(shot.Duration); err != nil {
			return bad("multi_prompt", "multi_prompt.duration must be a whole number as a string, got %q", shot.Duration)
		}
		if shot.Prompt == "" {
			return bad("multi_prompt", "multi_prompt.prompt is required")
		}
	}
	return nil
}

func (q createVideoRequest) checkKling(seconds int) error {
	modes := []string{"std", "pro"}
	if strings.HasPrefix(q.Model, "kling-v3") {
		modes = append(modes, "4k") // only in the price list
	}
	if err := oneOf("mode", q.Mode, modes...); err != nil {
		return err
	}
	switch {
	case q.Model == "kling-v2-1":
		if q.InputReference == "" {
			return bad("input_reference", "input_reference is required: kling-v2-1 has no text to video")
		}
		return oneOf("seconds", q.Seconds, "5", "10")
	case q.Model == "kling-v2-5-turbo":
		return oneOf("seconds", q.Seconds, "5", "10")
	case q.Model == "kling-video-o1":
		if seconds < 3 || seconds > 10 { // 5 and 10 on the page, 3 to 10 by the vendor
			return bad("seconds", "seconds must be 5 or 10, got %q", q.Seconds)
		}
	case shapedLikeV26(q.Model):
		if q.VideoURL != "" && q.ImageURL == "" {
			return bad("image_url", "image_url is required with video_url")
		}
	}
	return nil
}

func (q createVideoRequest) checkMedia() error {
	for _, in := range []struct{ field, value string }{
		{"input_reference", q.InputReference}, {"image_tail", q.ImageTail}, {"image_url", q.ImageURL},
	} {
		if in.value == "" {
			continue
		}
		if err := urlOrBase64(in.field, in.value); err != nil {
			return err
		}
	}
	if q.VideoURL != "" && !isURL(q.VideoURL) {
		return bad("video_url", "video_url must be an http(s) URL")
	}
	if len(q.ImageList) > 7 {
		return bad("image_list", "image_list has more than 7 images")
	}
	if len(q.VideoList) > 1 {
		return bad("video_list", "video_list has more than 1 video")
	}
	for _, i := range q.ImageList {
		if err := first(required("image_list.image", i.Image), urlOrBase64("image_list.image", i.Image),
			oneOf("image_list.type", i.Type, "first_frame", "end_frame")); err != nil {
			return err
		}
	}
	for _, v := range q.VideoList {
		if !isURL(v.VideoURL) {
			return bad("video_list.video_url", "video_list.video_url must be an http(s) URL")
		}
		if err := first(oneOf("video_list.refer_type", v.ReferType, "base", "feature"),
			oneOf("video_list.keep_original_sound", v.KeepOriginalSound, "yes", "no")); err != nil {
			return err
		}
	}
	return nil
}

// queryVideo answers GET /v1/videos/{id}.
func (s *Server) queryVideo(r *http.Request) (answer, error) {
	j, ok, err := s.find(r.PathValue("id"), faceVideo)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, noVideo()
	}
	return answer{body: s.videoAnswer(j, true)}, nil
}

func noVideo() error {
	return refusal{status: http.StatusNotFound, code: "not_found", message: "the video task does not exist"}
}

// remixVideo answers POST /v1/videos/{id}/remix: Sora only, a finished source,
// whose length and size the new task inherits.
func (s *Server) remixVideo(r *http.Request) (answer, error) {
	q, err := decode[struct {
		Prompt string `json:"prompt"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	source, ok, err := s.find(r.PathValue("id"), faceVideo)
	switch {
	case err != nil:
		return answer{}, err
	case !ok:
		return answer{}, noVideo()
	case !isSora(source.Model):
		return answer{}, bad("", "remix is not offered for %s", source.Model)
	case !source.succeeded():
		return answer{}, bad("", "the source video is not completed")
	}
	if err := first(required("prompt", q.Prompt), atMost("prompt", q.Prompt, 2500)); err != nil {
		return answer{}, err
	}
	st := steer(q.Prompt)
	j := source
	j.RemixOf, j.Inputs = source.ID, 1
	j, err = s.begin(j, st, videoID)
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.videoAnswer(j, false), cut: st.cut}, nil
}
