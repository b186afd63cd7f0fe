package catalog

// Sora, video.md 4 [qiniu 412986563e0].

const soraPage = "https://apidocs.qnaigc.com/412986563e0"

// soraPicture is one picture: a URL, a data URI or base64. [qiniu]
var soraPicture = Media{Form: DataURI, Class: "image"}

// soraOps is what both Soras offer; sizes is what differs. A remix inherits
// length and size, and takes a prompt alone. [qiniu 395453399e0]
func soraOps(sizes Takes) map[Op]Operation {
	takes := Takes{
		"prompt":  MaxChars(2500).Required(), // [qiniu]
		"seconds": OneOf(4, 8, 12),           // [qiniu]
		"audio":   OneOf(true).WithReason("Sora always makes sound and has no switch for it: leave audio out, or take another model for a silent video."),
	}.and(sizes)
	return map[Op]Operation{
		TextToVideo:  at("/v1/videos", soraPage, takes),
		ImageToVideo: at("/v1/videos", soraPage, takes.and(Takes{"first_frame": Of(soraPicture).Required().WithNote("Should have the shape of the video.")})),
		Remix:        at("/v1/videos/{id}/remix", qiniuPage("395453399e0"), Takes{"prompt": Any().Required()}),
	}
}

func soraDefaults() map[string]any {
	return map[string]any{"seconds": 4, "audio": true, "aspect_ratio": "16:9", "resolution": "720p"}
}

// soraRemixed is how long a remix is billed for where the source's length is
// not at hand: the longest video.
var soraRemixed = lasting(12, During(Remix), Absent("seconds"))
