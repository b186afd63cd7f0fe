package catalog

// KlingVideoO1CreateRequest, video.md 5.5 [qiniu 396194574e0].
var _ = add(Model{
	ID: "kling-video-o1", Kind: Video, Wire: KlingOmni, Vendor: "Kling",
	Summary: "Clips of 5 or 10 s from text, frames, up to 7 pictures, or a video to edit or follow; makes no sound of its own.",
	Ops:     klingOmniOps(qiniuPage("396194574e0")),
	Takes: klingTakes(Takes{
		"seconds": OneOf(5, 10).OrTold(Between(3, 10)), // [qiniu]; 3-10 [vendor]
		"mode":    OneOf("std", "pro"),                 // [qiniu] common rules
	}),
	Defaults: klingDefaults("std", 5),
	Rules:    klingOmniRules(true),
	Price: sister(PerSecond,
		usd(.1739, Some("source_video", "reference_videos"), Is("mode", "pro")), usd(.1304, Some("source_video", "reference_videos")),
		usd(.1159, Is("mode", "pro")), usd(.0870),
	).upTo(klingEdited),
	TypicalSeconds: 60, Listed: true,
	Docs: qiniuPage("396194574e0"), Checked: checked,
})
