package catalog

// Seedance 2.0 on /v3, video.md 6. The page gives the path and the sample's
// keys [nexconn 449311242e0]; every limit is the vendor's [vendor], so told.
var _ = add(Model{
	ID: "bytedance/doubao-seedance-2-0-260128", Kind: Video, Wire: Seedance, Vendor: "ByteDance",
	Summary:      "Clips of 4 to 15 s with sound, from text, frames, or up to 9 pictures, 3 videos and 3 sounds; edits and extends a video it is given.",
	Capabilities: []string{"web_search", "native audio", "extend"},
	Ops: map[Op]Operation{
		TextToVideo:    at(seedancePath, seedancePage, Takes{"prompt": Any().Must()}),
		ImageToVideo:   at(seedancePath, seedancePage, Takes{"first_frame": Of(seedancePicture).Must()}),
		FirstLastFrame: at(seedancePath, seedancePage, Takes{"first_frame": Of(seedancePicture), "last_frame": Of(seedancePicture).Must()}),
		Reference:      at(seedancePath, seedancePage, seedanceReferences),
		VideoReference: at(seedancePath, seedancePage, seedanceReferences),
		EditVideo: at(seedancePath, seedancePage, seedanceReferences.and(Takes{
			"source_video": Of(seedanceClip).Must().Noting("Goes as a reference video; say in the prompt what to change."),
		})),
	},
	Takes: Takes{
		"prompt":       Any().Noting("About 500 Chinese characters or 1000 English words at most."),
		"seconds":      OneOf(-1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15).Hearsay().Noting("-1 lets the model decide."),
		"resolution":   OneOf("480p", "720p", "1080p", "4k").Hearsay(), // 4k: a price list [client]
		"aspect_ratio": OneOf("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive").Hearsay(),
		"audio":        Any(),
		"seed":         Between(-1, 4294967295).Hearsay(),
		"watermark":    Any(),
	},
	BodyBytes: 64 * mib, // [vendor]
	Defaults:  map[string]any{"seconds": 5, "resolution": "720p", "aspect_ratio": "adaptive", "audio": true},
	Rules: []Rule{
		{If: when(Some("reference_images", "reference_videos", "reference_audios", "source_video")), Then: when(Absent("first_frame"), Absent("last_frame")), Told: true,
			Say: "first_frame and last_frame don't go with references."},
		{If: when(Given("last_frame")), Then: when(Given("first_frame")), Told: true,
			Say: "last_frame goes with a first_frame."},
		{If: when(Given("reference_audios")), Then: when(Some("reference_images", "reference_videos", "source_video")), Told: true,
			Say: "reference_audios never go alone: give a picture or a video too."},
		{If: when(Given("source_video"), AtMost(3, "reference_videos")), Then: when(AtMost(3, "reference_videos", "source_video")), Told: true,
			Say: "source_video and reference_videos are at most 3 videos together."},
	},
	Price:          seedancePrice(),
	TypicalSeconds: 100, // measured, 4 s at 480p [client]
	Listed:         true,
	Docs:           seedancePage, Checked: checked,
})

const (
	seedancePath = "/v3/contents/generations/tasks"
	seedancePage = "https://nexconn-ai-docs.apifox.cn/449311242e0"
)

var (
	seedancePicture = Media{Form: DataURI, Class: "image", Bytes: 30 * mib, MinSide: 300, MaxSide: 6000, MinRatio: .4, MaxRatio: 2.5,
		Types: []string{"image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/gif"}}
	seedanceClip  = Media{Form: URLOnly, Class: "video", Types: []string{"video/mp4", "video/quicktime"}, Bytes: 50 * mib}
	seedanceSound = Media{Form: DataURI, Class: "audio", Types: []string{"audio/wav", "audio/mpeg"}, Bytes: 15 * mib}

	seedanceReferences = Takes{
		"reference_images": Items(1, 9).Hearsay().With(seedancePicture),
		"reference_videos": Items(1, 3).Hearsay().With(seedanceClip).Noting("2 to 15 s each and 15 s in all."),
		"reference_audios": Items(1, 3).Hearsay().With(seedanceSound).Noting("2 to 15 s each and 15 s in all."),
		"first_frame":      Of(seedancePicture), "last_frame": Of(seedancePicture),
	}
)

func seedancePrice() *Price {
	video := Some("reference_videos", "source_video")
	p := sister(PerMillionOutputToken,
		usd(2.319, video, Is("resolution", "4k")), usd(4.493, video, Is("resolution", "1080p")), usd(4.058, video),
		usd(3.768, Is("resolution", "4k")), usd(7.391, Is("resolution", "1080p")), usd(6.667))
	p.Tokens = seedanceTokens
	return p
}

// seedancePixels is the area of a frame: 864x496 at 480p fits the one measured
// run; the others are the usual ones, and shapes differ by a few percent.
var seedancePixels = map[string]float64{"480p": 864 * 496, "720p": 1280 * 720, "1080p": 1920 * 1080, "4k": 3840 * 2160}

// seedanceTokens is width x height x frames / 1024 with 24 frames a second and
// one more (video.md 7). A clip whose length the model decides, and an input
// video whose length we don't know, count 15 seconds: the most it takes.
func seedanceTokens(m Model, _ Op, args map[string]any) (float64, bool) {
	resolution, _ := m.valueOf("resolution", args).(string)
	pixels, ok := seedancePixels[resolution]
	if !ok {
		pixels = seedancePixels["4k"]
	}
	seconds, _ := number(m.valueOf("seconds", args))
	if seconds < 0 {
		seconds = 15
	}
	if given(args["reference_videos"]) || given(args["source_video"]) {
		seconds += 15
	}
	return pixels * (24*seconds + 1) / 1024, true
}
