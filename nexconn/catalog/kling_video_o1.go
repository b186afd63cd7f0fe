package catalog

// KlingVideoO1CreateRequest, video.md 5.5 [qiniu 396194574e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-video-o1", Kind: Video, Wire: KlingOmni, Vendor: "Kling",
		Summary: "Videos of 5 or 10 s from text, frames, up to 7 pictures, or a video to edit or follow; makes no sound of its own.",
		Ops:     klingOmniOps(qiniuPage("396194574e0")),
		Takes: klingTakes(Takes{
			"seconds": OneOf(5, 10).OrUnverified(Between(3, 10)), // [qiniu]; 3-10 [vendor]
			"mode":    OneOf("std", "pro"),                       // [qiniu] common rules
		}),
		Defaults: klingDefaults("std", 5),
		Rules:    klingOmniRules(true),
		Price: price(sisterList.rates(
			cnySecond(1.2, Some("source_video", "reference_videos"), Is("mode", "pro")), cnySecond(.9, Some("source_video", "reference_videos")),
			cnySecond(.8, Is("mode", "pro")), cnySecond(.6),
		)).upTo(klingEdited),
		TypicalSeconds: 60, Listed: true,
		Aliases: []string{"kling-o1"},
		Docs:    qiniuPage("396194574e0"), Checked: checked,
	}
})
