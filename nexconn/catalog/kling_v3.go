package catalog

// KlingV3CreateRequest, video.md 5.4 [qiniu via client, 421288748e0].
var _ = add(Model{
	ID: "kling-v3", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
	Summary: "Clips of 3 to 15 s from text, frames or a list of shots, with sound if asked.",
	Ops: ops(klingFlatOps(qiniuPage("421288748e0"), Any().Doubting(klingUnlisted)), map[Op]Operation{
		MultiShot: at(klingVideos, qiniuPage("421288748e0"), Takes{
			"prompt":      Upto(2500), // required but for multi_shot
			"shots":       klingShots(),
			"first_frame": Of(klingPicture),
			"last_frame":  Of(klingPicture).Doubting(klingUnlisted),
		}),
	}),
	Takes: klingTakes(Takes{
		"negative_prompt": Upto(2500).Doubting(klingUnlisted), // [qiniu] common rules; [qiniu, inconsistent]
		"seconds":         Between(3, 15).Hearsay(),           // [qiniu via client]
		"mode":            klingBestMode(),
		"audio":           Any(),
		"watermark":       Any().Doubting(klingTyped),
	}),
	Defaults: klingDefaults("pro", 5),
	Rules:    append([]Rule{klingEnd}, klingShotRules...),
	Price: sister(PerSecond,
		usd(.4348, Is("mode", "4k")),
		usd(.1739, Is("audio", true), Is("mode", "pro")), usd(.1304, Is("audio", true)),
		usd(.1159, Is("mode", "pro")), usd(.0870)),
	TypicalSeconds: 60, Listed: true,
	Docs: qiniuPage("421288748e0"), Checked: checked,
})

const (
	// klingUnlisted: image_tail and negative_prompt stand in the page's table of
	// capabilities but not in its list of fields. [qiniu, inconsistent]
	klingUnlisted = "the documents' own field list leaves this out; sent all the same."
	// klingTyped: watermark_info is only typed by a client. [client]
	klingTyped = "only a client of the service names this field; sent all the same."
)
