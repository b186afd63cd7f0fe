package catalog

// Seedance 2.0 on /v3, video.md 6. The page gives the path and the sample's
// keys [nexconn 449311242e0]; every limit is the vendor's [vendor], so unverified.
var _ = add(func() Model {
	return Model{
		ID: "bytedance/doubao-seedance-2-0-260128", Kind: Video, Wire: Seedance, Vendor: "ByteDance",
		Summary:      "Videos of 4 to 15 s with sound, from text, frames, or up to 9 pictures, 3 videos and 3 sounds; edits and extends a video it is given.",
		Capabilities: []string{"web_search", "native audio", "extend"},
		Ops: map[Op]Operation{
			TextToVideo:    at(seedancePath, seedancePage, Takes{"prompt": Any().Required()}),
			ImageToVideo:   at(seedancePath, seedancePage, Takes{"first_frame": Of(seedancePicture).Required()}),
			FirstLastFrame: at(seedancePath, seedancePage, Takes{"first_frame": Of(seedancePicture), "last_frame": Of(seedancePicture).Required()}),
			Reference:      at(seedancePath, seedancePage, seedanceReferences),
			VideoReference: at(seedancePath, seedancePage, seedanceReferences),
			EditVideo: at(seedancePath, seedancePage, seedanceReferences.and(Takes{
				"source_video": Of(seedanceVideoInput).Required().WithNote("Goes as a reference video; say in the prompt what to change."),
			})),
		},
		Takes: Takes{
			"prompt":       Any().WithNote("About 500 Chinese characters or 1000 English words at most."),
			"seconds":      OneOf(-1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15).Unverified().WithNote("-1 lets the model decide."),
			"resolution":   OneOf("480p", "720p", "1080p", "4k").Unverified(), // 4k: a price list [client]
			"aspect_ratio": OneOf("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive").Unverified(),
			"audio":        Any(),
			"seed":         Between(-1, 4294967295).Unverified(),
			"watermark":    Any(),
		},
		BodyBytes: 64 * mib, // [vendor]
		Defaults:  map[string]any{"seconds": 5, "resolution": "720p", "aspect_ratio": "adaptive", "audio": true},
		Rules: []Rule{
			{If: when(Some("reference_images", "reference_videos", "reference_audios", "source_video")), Then: when(Absent("first_frame"), Absent("last_frame")), Unverified: true,
				Say: "first_frame and last_frame don't go with references."},
			{If: when(Given("last_frame")), Then: when(Given("first_frame")), Unverified: true,
				Say: "last_frame goes with a first_frame."},
			{If: when(Given("reference_audios")), Then: when(Some("reference_images", "reference_videos", "source_video")), Unverified: true,
				Say: "reference_audios never go alone: give a picture or a video too."},
			{If: when(Given("source_video"), AtMost(3, "reference_videos")), Then: when(AtMost(3, "reference_videos", "source_video")), Unverified: true,
				Say: "source_video and reference_videos are at most 3 videos together."},
		},
		Price:          seedancePrice(),
		TypicalSeconds: 100, // measured, 4 s at 480p [client]
		Listed:         true,
		Aliases:        []string{"seedance", "seedance-2", "seedance-2.0", "doubao-seedance-2-0", "doubao-seedance-2-0-260128"},
		Recommended:    true,
		Docs:           seedancePage, Checked: checked,
	}
})

const (
	seedancePath = "/v3/contents/generations/tasks"
	seedancePage = "https://nexconn-ai-docs.apifox.cn/449311242e0"
)

var (
	seedancePicture = Media{Form: DataURI, Class: "image", Bytes: 30 * mib, MinSide: 300, MaxSide: 6000, MinRatio: .4, MaxRatio: 2.5,
		Types: []string{"image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/gif"}}
	seedanceVideoInput = Media{Form: URLOnly, Class: "video", Types: []string{"video/mp4", "video/quicktime"}, Bytes: 50 * mib}
	seedanceAudioInput = Media{Form: DataURI, Class: "audio", Types: []string{"audio/wav", "audio/mpeg"}, Bytes: 15 * mib}

	seedanceReferences = Takes{
		"reference_images": Items(1, 9).Unverified().With(seedancePicture),
		"reference_videos": Items(1, 3).Unverified().With(seedanceVideoInput).WithNote("2 to 15 s each and 15 s in all."),
		"reference_audios": Items(1, 3).Unverified().With(seedanceAudioInput).WithNote("2 to 15 s each and 15 s in all."),
		"first_frame":      Of(seedancePicture), "last_frame": Of(seedancePicture),
	}
)

func seedancePrice() *Price {
	video := Some("reference_videos", "source_video")
	rate := func(yuan float64, conds ...Cond) Rate { return per(PerOutputToken, cny(yuan), conds...) }
	p := price(sisterList.rates(
		rate(16, video, Is("resolution", "4k")), rate(31, video, Is("resolution", "1080p")), rate(28, video),
		rate(26, Is("resolution", "4k")), rate(51, Is("resolution", "1080p")), rate(46)))
	p.VideoTokens = seedanceTokens
	return p.upTo(lasting(15, Is("seconds", -1)))
}

// seedancePixels is the area of a frame: 864x496 at 480p fits the one measured
// run; the others are the usual ones.
var seedancePixels = map[string]float64{"480p": 864 * 496, "720p": 1280 * 720, "1080p": 1920 * 1080, "4k": 3840 * 2160}

// seedanceShape is by how much a frame of another shape is larger at most: 834 x
// 1112 at 720p, 2206 x 946 at 1080p.
const seedanceShape = 1.0065

// seedanceTokens is width x height x frames / 1024 with 24 frames a second and
// one more (video.md 7). Input videos, whose length we don't know, count 15
// seconds: the most it takes.
func seedanceTokens(m Model, args map[string]any) (likely, most float64) {
	resolution, _ := valueOf(m, "resolution", args).(string)
	pixels, ok := seedancePixels[resolution]
	if !ok {
		pixels = seedancePixels["4k"]
	}
	seconds, _ := number(args["seconds"])
	if given(args["reference_videos"]) || given(args["source_video"]) {
		seconds += 15
	}
	likely = pixels * (24*seconds + 1) / 1024
	return likely, likely * seedanceShape
}
