package catalog

// KlingV3OmniCreateRequest, video.md 5.6 [qiniu via client, 420877484e0].
var _ = add(Model{
	ID: "kling-v3-omni", Kind: Video, Wire: KlingOmni, Vendor: "Kling",
	Summary: "The widest Kling: clips of 3 to 15 s from text, frames, up to 7 pictures, a video to edit or follow, or shots, with sound if asked.",
	Ops: ops(klingOmniOps(qiniuPage("420877484e0")), map[Op]Operation{
		MultiShot: at(klingVideos, qiniuPage("420877484e0"), Takes{
			"prompt":              Upto(2500), // required unless multi_shot
			"shots":               klingShots(),
			"reference_images":    Any().With(klingPicture),
			"first_frame":         Of(klingPicture),
			"last_frame":          Of(klingPicture),
			"source_video":        Of(klingClip),
			"reference_videos":    Of(klingClip),
			"keep_original_sound": Any(),
		}),
	}),
	Takes: klingTakes(Takes{
		"seconds":   Between(3, 15).Hearsay(), // [qiniu via client]
		"mode":      klingBestMode(),
		"audio":     Any(),
		"watermark": Any().Doubting(klingTyped),
	}),
	Defaults: klingDefaults("pro", 5),
	Rules: append(append(klingOmniRules(false), klingShotRules...),
		Rule{If: when(Some("source_video", "reference_videos")), Then: when(Is("audio", false)), Told: true, // [vendor]
			Say: "With a video audio must be off."},
		Rule{If: when(Given("shots")), Then: when(Absent("first_frame"), Absent("last_frame")), Told: true, // [vendor]
			Say: "shots go without first_frame and last_frame here."}),
	Price: sister(PerSecond,
		usd(.4348, Is("mode", "4k")),
		usd(.1739, Some("source_video", "reference_videos"), Is("mode", "pro")), usd(.1304, Some("source_video", "reference_videos")),
		usd(.1449, Is("audio", true), Is("mode", "pro")), usd(.1159, Is("audio", true)),
		usd(.1159, Is("mode", "pro")), usd(.0870),
	).upTo(klingEdited),
	TypicalSeconds: 60, Listed: true,
	Docs: qiniuPage("420877484e0"), Checked: checked,
})
