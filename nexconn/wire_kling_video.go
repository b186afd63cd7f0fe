package nexconn

import (
	"strconv"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// klingVideo is the flat form of POST /v1/videos: KlingV21CreateRequest,
// KlingV25TurboCreateRequest, KlingV26CreateRequest and KlingV3CreateRequest.
// Each page has its part of the fields; the catalogue says which. video.md
// 5.1 to 5.4.
type klingVideo struct {
	Model          string `json:"model" arg:"model"`
	Prompt         string `json:"prompt,omitempty" arg:"prompt"`
	NegativePrompt string `json:"negative_prompt,omitempty" arg:"negative_prompt"`
	InputReference string `json:"input_reference,omitempty" arg:"first_frame"`
	ImageTail      string `json:"image_tail,omitempty" arg:"last_frame"`
	// Motion control, KlingV26CreateRequest.
	ImageURL             string `json:"image_url,omitempty" arg:"first_frame"`
	VideoURL             string `json:"video_url,omitempty" arg:"motion_video"`
	CharacterOrientation string `json:"character_orientation,omitempty" arg:"motion_orientation"`
	KeepOriginalSound    string `json:"keep_original_sound,omitempty" arg:"keep_original_sound"`
	klingShots
	klingLook
}

// klingShots is multi_shot of KlingV3CreateRequest and KlingV3OmniCreateRequest.
type klingShots struct {
	MultiShot   bool        `json:"multi_shot,omitempty" arg:"shots"`
	ShotType    string      `json:"shot_type,omitempty" arg:"shots"`
	MultiPrompt []klingShot `json:"multi_prompt,omitempty" arg:"shots"`
}

type klingShot struct {
	Index    int    `json:"index"`
	Prompt   string `json:"prompt"`
	Duration string `json:"duration"`
}

// klingLook is what both forms share.
type klingLook struct {
	Sound     string          `json:"sound,omitempty" arg:"audio"`
	Seconds   string          `json:"seconds,omitempty" arg:"seconds"`
	Mode      string          `json:"mode,omitempty" arg:"mode"`
	Size      string          `json:"size,omitempty" arg:"aspect_ratio,resolution"`
	Watermark *klingWatermark `json:"watermark_info,omitempty" arg:"watermark"`
}

type klingWatermark struct {
	Enabled bool `json:"enabled"`
}

// klingOmni is the form with lists: KlingVideoO1CreateRequest and
// KlingV3OmniCreateRequest. video.md 5.5 and 5.6.
type klingOmni struct {
	Model     string       `json:"model" arg:"model"`
	Prompt    string       `json:"prompt,omitempty" arg:"prompt"`
	ImageList []klingImage `json:"image_list,omitempty" arg:"first_frame,last_frame,reference_images"`
	VideoList []klingClip  `json:"video_list,omitempty" arg:"source_video,reference_videos"`
	klingShots
	klingLook
}

type klingImage struct {
	Image string `json:"image"`
	// Type is first_frame or end_frame; without it the picture is a reference.
	Type string `json:"type,omitempty"`
}

type klingClip struct {
	VideoURL string `json:"video_url"`
	// ReferType is base for a clip to edit, feature for one to follow.
	ReferType         string `json:"refer_type"`
	KeepOriginalSound string `json:"keep_original_sound,omitempty"`
}

// klingVideoWire is the flat form of /v1/videos.
var klingVideoWire = wire{
	name: catalog.KlingVideo, build: of(klingVideoBody), path: under("/v1/videos"),
	created: createdBy(videoAnswer), status: statusBy(videoAnswer),
}

// klingOmniWire is the form of /v1/videos with lists.
var klingOmniWire = wire{
	name: catalog.KlingOmni, build: of(klingOmniBody), path: under("/v1/videos"),
	created: createdBy(videoAnswer), status: statusBy(videoAnswer),
}

func klingVideoBody(e *encoder, m catalog.Model, op catalog.Op, r *VideoRequest) any {
	w := klingVideo{
		Model: m.WireID(), Prompt: r.Prompt, NegativePrompt: r.NegativePrompt,
		ImageTail:  e.put(r.LastFrame, catalog.Base64),
		klingShots: klingShotList(r.Shots), klingLook: e.klingLook(m, r),
	}
	first := e.put(r.FirstFrame, catalog.Base64)
	if op == catalog.MotionControl {
		w.ImageURL = first
		w.VideoURL = e.put(r.MotionVideo, catalog.URLOnly)
		w.CharacterOrientation = r.MotionOrientation
		w.KeepOriginalSound = yesNo(r.KeepOriginalSound)
	} else {
		w.InputReference = first
	}
	return w
}

func klingOmniBody(e *encoder, m catalog.Model, _ catalog.Op, r *VideoRequest) any {
	w := klingOmni{Model: m.WireID(), Prompt: r.Prompt, klingShots: klingShotList(r.Shots), klingLook: e.klingLook(m, r)}
	picture := func(p Media, kind string) {
		if !p.IsZero() {
			w.ImageList = append(w.ImageList, klingImage{e.put(p, catalog.Base64), kind})
		}
	}
	picture(r.FirstFrame, "first_frame")
	picture(r.LastFrame, "end_frame")
	for _, p := range r.ReferenceImages {
		picture(p, "")
	}
	clip := func(v Media, refer string) {
		if !v.IsZero() {
			w.VideoList = append(w.VideoList, klingClip{e.put(v, catalog.URLOnly), refer, yesNo(r.KeepOriginalSound)})
		}
	}
	clip(r.SourceVideo, "base")
	for _, v := range r.ReferenceVideos {
		clip(v, "feature")
	}
	return w
}

func (e *encoder) klingLook(m catalog.Model, r *VideoRequest) klingLook {
	look := klingLook{Sound: onOff(r.Audio), Seconds: digits(r.Seconds), Mode: r.Mode, Size: e.size(m, r.AspectRatio, r.Resolution)}
	if look.Seconds == "" {
		// The shots' seconds add up to the clip's, 5.7: said for the caller,
		// since the service's own default is 5.
		sum := 0
		for _, s := range r.Shots {
			sum += s.Seconds
		}
		if sum != 0 {
			look.Seconds = strconv.Itoa(sum)
		}
	}
	if r.Watermark != nil {
		look.Watermark = &klingWatermark{*r.Watermark}
	}
	return look
}

func klingShotList(shots []Shot) klingShots {
	if len(shots) == 0 {
		return klingShots{}
	}
	w := klingShots{MultiShot: true, ShotType: "customize"}
	for i, s := range shots {
		w.MultiPrompt = append(w.MultiPrompt, klingShot{Index: i + 1, Prompt: s.Prompt, Duration: strconv.Itoa(s.Seconds)})
	}
	return w
}
