package catalog

// KlingV3CreateRequest, video.md 5.4 [qiniu via client, 421288748e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-v3", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
		Summary: "Videos of 3 to 15 s from text, frames or a list of shots, with sound if asked.",
		Ops: ops(klingFlatOps(qiniuPage("421288748e0"), Any().WithWarning(klingUnlisted)), map[Op]Operation{
			MultiShot: at(klingVideos, qiniuPage("421288748e0"), Takes{
				"prompt":      MaxChars(2500), // required but for multi_shot
				"shots":       klingShots(),
				"first_frame": Of(klingPicture),
				"last_frame":  Of(klingPicture).WithWarning(klingUnlisted),
			}),
		}),
		Takes: klingTakes(Takes{
			"negative_prompt": MaxChars(2500).WithWarning(klingUnlisted), // [qiniu] common rules; [qiniu, inconsistent]
			"seconds":         Between(3, 15).Unverified(),               // [qiniu via client]
			"mode":            klingBestMode(),
			"audio":           Any(),
			"watermark":       Any().WithWarning(klingTyped),
		}),
		Defaults: klingDefaults("pro", 5),
		Rules:    append([]Rule{klingEnd}, klingShotRules...),
		Price: price(sisterList.rates(
			cnySecond(3, Is("mode", "4k")),
			cnySecond(1.2, Is("audio", true), Is("mode", "pro")), cnySecond(.9, Is("audio", true)),
			cnySecond(.8, Is("mode", "pro")), cnySecond(.6))),
		TypicalSeconds: 60, Listed: true,
		Aliases:     []string{"kling-3", "kling-3.0", "kling-v3.0"},
		Recommended: true,
		Docs:        qiniuPage("421288748e0"), Checked: checked,
	}
})

const (
	// klingUnlisted: image_tail and negative_prompt stand in the page's table of
	// capabilities but not in its list of fields. [qiniu, inconsistent]
	klingUnlisted = "the documents' own field list leaves this out; sent anyway."
	// klingTyped: watermark_info is only typed by a client. [client]
	klingTyped = "only a client of the service names this field; sent anyway."
)
