package catalog

// KlingV3OmniCreateRequest, video.md 5.6 [qiniu via client, 420877484e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-v3-omni", Kind: Video, Wire: KlingOmni, Vendor: "Kling",
		Summary: "The most versatile Kling: videos of 3 to 15 s from text, frames, up to 7 pictures, a video to edit or follow, or shots, with sound if asked.",
		Ops: ops(klingOmniOps(qiniuPage("420877484e0")), map[Op]Operation{
			MultiShot: at(klingVideos, qiniuPage("420877484e0"), Takes{
				"prompt":              MaxChars(2500), // required unless multi_shot
				"shots":               klingShots(),
				"reference_images":    Any().With(klingPicture),
				"first_frame":         Of(klingPicture),
				"last_frame":          Of(klingPicture),
				"source_video":        Of(klingVideoInput),
				"reference_videos":    Of(klingVideoInput),
				"keep_original_sound": Any(),
			}),
		}),
		Takes: klingTakes(Takes{
			"seconds":   Between(3, 15).Unverified(), // [qiniu via client]
			"mode":      klingBestMode(),
			"audio":     Any(),
			"watermark": Any().WithWarning(klingTyped),
		}),
		Defaults: klingDefaults("pro", 5),
		Rules: append(append(klingOmniRules(false), klingShotRules...),
			Rule{If: when(Some("source_video", "reference_videos")), Then: when(Is("audio", false)), Unverified: true, // [vendor]
				Say: "With a video audio must be off."},
			Rule{If: when(Given("shots")), Then: when(Absent("first_frame"), Absent("last_frame")), Unverified: true, // [vendor]
				Say: "shots go without first_frame and last_frame here."}),
		Price: price(sisterList.rates(
			cnySecond(3, Is("mode", "4k")),
			cnySecond(1.2, Some("source_video", "reference_videos"), Is("mode", "pro")), cnySecond(.9, Some("source_video", "reference_videos")),
			cnySecond(1, Is("audio", true), Is("mode", "pro")), cnySecond(.8, Is("audio", true)),
			cnySecond(.8, Is("mode", "pro")), cnySecond(.6),
		)).upTo(klingEdited),
		TypicalSeconds: 60, Listed: true,
		Aliases:     []string{"kling-3-omni", "kling-3.0-omni", "kling-omni"},
		Recommended: true,
		Docs:        qiniuPage("420877484e0"), Checked: checked,
	}
})
