package catalog

// KlingV26CreateRequest, video.md 5.3 [qiniu via client, 404263380e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-v2-6", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
		Summary: "Videos from text or frames, 5 or 10 s, with sound if asked; motion control moves a character like another video.",
		Ops: ops(klingFlatOps(qiniuPage("404263380e0"), Any()), map[Op]Operation{
			MotionControl: at(klingVideos, qiniuPage("404263380e0"), Takes{
				"first_frame":         Of(klingPicture).Required().WithReason("It shows the character that moves."),
				"motion_video":        Of(klingMotionInput).Required().WithNote("3 to 10 s with motion_orientation image, 3 to 30 s with video."), // [vendor]
				"motion_orientation":  OneOf("image", "video").Unverified(),                                                                       // [qiniu via client]
				"keep_original_sound": Any(),
			}),
		}),
		Takes: klingTakes(Takes{
			"negative_prompt": MaxChars(2500),                   // [qiniu] common rules
			"seconds":         OneOf(5, 10).Unverified(),        // [qiniu via client]
			"mode":            OneOf("std", "pro").Unverified(), // [qiniu via client]
			"audio":           Any(),
		}),
		Defaults: klingDefaults("std", 5),
		Rules: []Rule{klingEnd,
			{If: when(Given("last_frame")), Then: when(Is("mode", "pro")), // [qiniu note/client]
				Say: "last_frame needs mode pro."},
			{If: when(Given("last_frame"), Is("audio", true)), Then: when(Is("seconds", 10)), // [qiniu note/client]
				Say: "last_frame with audio needs seconds 10."},
		},
		Price: price(sisterList.rates(
			cnySecond(.8, During(MotionControl), Is("mode", "pro")), cnySecond(.5, During(MotionControl)),
			cnySecond(1.2, Given("voice")), cnySecond(1, Is("audio", true)), cnySecond(.5),
		)).upTo(lasting(30, During(MotionControl), Is("motion_orientation", "video")), lasting(10, During(MotionControl))),
		TypicalSeconds: 60, Listed: true,
		Aliases: []string{"kling-2.6", "kling-v2.6"},
		Docs:    qiniuPage("404263380e0"), Checked: checked,
	}
})
