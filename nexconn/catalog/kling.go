package catalog

// Kling's models share their limits. Every create page is summed up in
// video.md 5; what Kling itself says of the same fields is in its 5.7.

const (
	klingVideos = "/v1/videos"
	mib         = 1 << 20
)

var (
	klingPicture = Media{Form: Base64, Class: "image", Types: []string{"image/jpeg", "image/png"},
		Bytes: 10 * mib, MinSide: 300, MinRatio: 1 / 2.5, MaxRatio: 2.5} // [vendor]
	klingVideoInput = Media{Form: URLOnly, Class: "video", Types: []string{"video/mp4", "video/quicktime"},
		Bytes: 200 * mib, MinSide: 720, MaxSide: 2160} // [vendor]
	klingMotionInput = Media{Form: URLOnly, Class: "video", Types: []string{"video/mp4", "video/quicktime"},
		Bytes: 100 * mib, MinSide: 340, MaxSide: 3850} // [vendor]
)

// klingTakes is what every Kling video model takes.
func klingTakes(more Takes) Takes {
	t := Takes{
		"prompt":       MaxChars(2500).Required(),    // [qiniu] common rules
		"aspect_ratio": OneOf("16:9", "9:16", "1:1"), // [qiniu] the six sizes
		"resolution":   OneOf("1080p", "720p"),       // [qiniu] the six sizes
	}
	return t.and(more)
}

// klingFlatOps is what the models of the flat form (input_reference,
// image_tail) offer. last is the bound on a last frame.
func klingFlatOps(docs string, last Bound) map[Op]Operation {
	first, last := Of(klingPicture), last.With(klingPicture)
	return map[Op]Operation{
		TextToVideo:    at(klingVideos, docs, nil),
		ImageToVideo:   at(klingVideos, docs, Takes{"first_frame": first.Required()}),
		FirstLastFrame: at(klingVideos, docs, Takes{"first_frame": first, "last_frame": last.Required()}),
	}
}

// klingBestMode is the mode of the newest models, by a client's summary of
// their pages. [qiniu via client]
func klingBestMode() Bound {
	return OneOf("std", "pro").Unverified().WithNote("A price list also names 4k.")
}

func klingDefaults(mode string, seconds int) map[string]any {
	return map[string]any{"mode": mode, "seconds": seconds, "audio": false, "aspect_ratio": "16:9", "resolution": "1080p"}
}

// klingEnd is Kling's own rule that a last frame goes with a first. [vendor]
var klingEnd = Rule{If: when(Given("last_frame")), Then: when(Given("first_frame")), Unverified: true,
	Say: "last_frame goes with a first_frame."}

// klingShots is multi_prompt. [vendor] 5.7; each field unverified.
func klingShots() Bound {
	b := Each(1, 6, Takes{
		"prompt":  MaxChars(512).Unverified().Required(),
		"seconds": AtLeast(1).Unverified().Required(),
	}).Unverified().Required()
	return b.WithNote("Up to 6 shots of at least 1 second and at most 512 characters; their seconds add up to the video's. Without seconds their sum is sent.")
}

// klingShotRules are Kling's own rules for shots. [vendor] 5.7
var klingShotRules = []Rule{
	{If: when(Given("shots")), Then: when(Cond{Arg: "shots", Field: "seconds", TotalIs: "seconds"}), Unverified: true,
		Say: "The seconds of the shots add up to seconds."},
	{If: when(Given("shots")), Then: when(Absent("prompt")), Unverified: true,
		Say: "prompt is ignored where shots are given."},
}

// klingOmniOps is what the two models with image_list and video_list offer.
// The result is the caller's to add to.
func klingOmniOps(docs string) map[Op]Operation {
	var (
		picture = Of(klingPicture)
		video   = Of(klingVideoInput)
		sound   = Any().WithNote("Keeps the sound of the given video.")
		frames  = Takes{"first_frame": picture, "last_frame": picture}
		images  = Any().With(klingPicture).WithNote("The prompt calls them <<<image_N>>>, counted from 1 in the order first_frame, last_frame, reference_images; a video is <<<video_1>>>.")
	)
	return map[Op]Operation{
		TextToVideo:    at(klingVideos, docs, nil),
		ImageToVideo:   at(klingVideos, docs, Takes{"first_frame": picture.Required()}),
		FirstLastFrame: at(klingVideos, docs, Takes{"first_frame": picture, "last_frame": picture.Required()}),
		Reference:      at(klingVideos, docs, frames.and(Takes{"reference_images": images.Required()})),
		EditVideo: at(klingVideos, docs, frames.and(Takes{
			"source_video": video.Required(), "reference_videos": video, "keep_original_sound": sound, "reference_images": images,
		})),
		VideoReference: at(klingVideos, docs, frames.and(Takes{
			"reference_videos": video.Required(), "keep_original_sound": sound, "reference_images": images,
		})),
	}
}

// klingOmniRules are the rules of the two models with lists. Where the page was
// read, counts are hard; the rest is Kling's own word. [vendor] 5.7
func klingOmniRules(read bool) []Rule {
	return []Rule{
		{Then: when(AtMost(7, "reference_images", "first_frame", "last_frame")), Unverified: !read,
			Say: "reference_images, first_frame and last_frame are at most 7 pictures together."},
		{Then: when(AtMost(1, "reference_videos", "source_video")), Unverified: !read,
			Say: "source_video and reference_videos are at most 1 video together."},
		{If: when(Some("reference_videos", "source_video")), Then: when(AtMost(4, "reference_images", "first_frame", "last_frame")), Unverified: true,
			Say: "With a video there are at most 4 pictures."},
		klingEnd,
		{If: when(Given("last_frame")), Then: when(AtMost(2, "reference_images", "first_frame", "last_frame")), Unverified: true,
			Say: "last_frame goes with at most 2 pictures in all."},
		{If: when(Given("source_video")), Then: when(Absent("first_frame"), Absent("last_frame")), Unverified: true,
			Say: "An edited video takes no first_frame or last_frame."},
		{If: when(Given("source_video")), Then: when(Absent("seconds")), Unverified: true,
			Say: "seconds is ignored where a source_video is edited: the result is as long as it."},
	}
}

// klingEdited is how long an edited video is billed for at most: base videos are
// 3 to 10 seconds. [vendor] 5.7
var klingEdited = lasting(10, Given("source_video"))
