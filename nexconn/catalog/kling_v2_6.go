package catalog

// KlingV26CreateRequest, video.md 5.3 [qiniu via client, 404263380e0].
var _ = add(Model{
	ID: "kling-v2-6", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
	Summary: "Clips from text or frames, 5 or 10 s, with sound if asked; motion control moves a character like another video.",
	Ops: ops(klingFlatOps(qiniuPage("404263380e0"), Any()), map[Op]Operation{
		MotionControl: at(klingVideos, qiniuPage("404263380e0"), Takes{
			"first_frame":         Of(klingPicture).Must().Because("It shows the character that moves."),
			"motion_video":        Of(klingMove).Must().Noting("3 to 10 s with motion_orientation image, 3 to 30 s with video."), // [vendor]
			"motion_orientation":  OneOf("image", "video").Hearsay(),                                                             // [qiniu via client]
			"keep_original_sound": Any(),
		}),
	}),
	Takes: klingTakes(Takes{
		"negative_prompt": Upto(2500),                    // [qiniu] common rules
		"seconds":         OneOf(5, 10).Hearsay(),        // [qiniu via client]
		"mode":            OneOf("std", "pro").Hearsay(), // [qiniu via client]
		"audio":           Any(),
	}),
	Defaults: klingDefaults("std", 5),
	Rules: []Rule{klingEnd,
		{If: when(Given("last_frame")), Then: when(Is("mode", "pro")), // [qiniu note/client]
			Say: "last_frame needs mode pro."},
		{If: when(Given("last_frame"), Is("audio", true)), Then: when(Is("seconds", 10)), // [qiniu note/client]
			Say: "last_frame with audio needs seconds 10."},
	},
	Price: sister(PerSecond,
		usd(.1159, During(MotionControl), Is("mode", "pro")), usd(.0725, During(MotionControl)),
		usd(.1449, Is("audio", true)), usd(.0725),
	).upTo(lasting(30, During(MotionControl), Is("motion_orientation", "video")), lasting(10, During(MotionControl))),
	TypicalSeconds: 60, Listed: true,
	Docs: qiniuPage("404263380e0"), Checked: checked,
})
