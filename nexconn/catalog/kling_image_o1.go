package catalog

// FalOmniImageRequest on the queue, vidu-images-files.md 5 [qiniu 411327685e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-image-o1", Kind: Image, Wire: KlingImageList, Vendor: "Kling",
		Summary:      "Pictures up to 4K from text or from up to 10 pictures that the prompt calls <<<image_1>>>, <<<image_2>>>, …; public URLs only.",
		Capabilities: []string{"multi-image", "blend"},
		Ops: map[Op]Operation{
			TextToImage:  at(klingImageQueue, qiniuPage("411327685e0"), nil),
			ImageToImage: at(klingImageQueue, qiniuPage("411327685e0"), klingImageList),
			MultiImage:   at(klingImageQueue, qiniuPage("411327685e0"), klingImageList),
		},
		Takes: Takes{
			"prompt":       MaxChars(2500).Required(),                                                // [qiniu]
			"count":        Between(1, 9),                                                            // [qiniu]
			"resolution":   OneOf("1K", "2K", "4K", "1k", "2k", "4k"),                                // [qiniu] 4K by the notebook
			"aspect_ratio": OneOf("auto", "16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9"), // [qiniu]
		},
		Defaults:       map[string]any{"count": 1, "resolution": "1K", "aspect_ratio": "auto"},
		Price:          price(sisterList.rates(per(PerImage, cny(.2)))), // 4K isn't told apart
		TypicalSeconds: 10, Listed: true,
		Aliases:     []string{"kling-o1-image", "fal-ai/kling-image/o1"},
		Recommended: true,
		Docs:        qiniuPage("411327685e0"), Checked: checked,
	}
})

const klingImageQueue = "/queue/fal-ai/kling-image/o1"

// klingImageList: at most 10 public URLs [qiniu]; sizes are [vendor].
var klingImageList = Takes{"images": Items(1, 10).Required().With(Media{
	Form: URLOnly, Class: "image", Types: []string{"image/jpeg", "image/png"}, Bytes: 10 * mib, MinSide: 300,
})}
