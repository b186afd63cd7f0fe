package catalog

// The fal-style Veo 3.1, video.md 3.4. The service's table of contents has the
// schemas (Veo31ImageToVideoInput, Veo31FirstLastFrameToVideoInput) but no page
// for the endpoints, so these are off until the models file enables them.

// veoQueuePicture: an https URL; base64 is taken and fails later. [client]
var veoQueuePicture = Media{Form: URLOnly, Class: "image", Bytes: 8 * mib}

func veoQueue(id, summary string, price *Price) Model {
	base := "/queue/" + id
	picture := Of(veoQueuePicture).Required()
	return Model{
		ID: id, Kind: Video, Wire: VeoQueue, Vendor: "Google", Summary: summary, Off: true,
		Ops: map[Op]Operation{
			TextToVideo:    at(base, contents, nil),
			ImageToVideo:   at(base+"/image-to-video", contents, Takes{"first_frame": picture}),
			FirstLastFrame: at(base+"/first-last-frame-to-video", contents, Takes{"first_frame": picture, "last_frame": picture}),
		},
		// [vendor fal, client]
		Takes: Takes{
			"prompt":          Any().Required(),
			"negative_prompt": Any(),
			"aspect_ratio":    OneOf("auto", "16:9", "9:16").Unverified(),
			"seconds":         OneOf(4, 6, 8).Unverified(),
			"resolution":      OneOf("720p", "1080p", "4k").Unverified(),
			"audio":           Any(),
			"seed":            Any(),
		},
		Defaults:       map[string]any{"seconds": 8, "audio": true, "resolution": "720p", "aspect_ratio": "auto"},
		Price:          price,
		TypicalSeconds: 60, Docs: contents, Checked: checked,
	}
}
