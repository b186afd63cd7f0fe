package catalog

// KlingV2CreateImageRequest and KlingV2EditImageRequest, vidu-images-files.md 4.
var _ = add(func() Model {
	return Model{
		ID: "kling-v2", Kind: Image, Wire: KlingImages, Vendor: "Kling",
		Summary:  "Pictures from text, from one picture, or from 2 to 4 subjects with a scene and a style.",
		Ops:      klingImageOps(qiniuPage("397002020e0"), qiniuPage("397002021e0"), TextToImage, ImageToImage, MultiImage),
		Takes:    klingImageTakes(nil),
		Rules:    klingImageRules(false),
		Defaults: klingImageDefaults,
		// Kling itself asks more of a picture made from pictures. (prices.tsv)
		Price: price(sisterList.rates(
			per(PerImage, cny(.1), During(TextToImage)),
			per(PerImage, cny(.1), During(ImageToImage)).most(.028),
			per(PerImage, cny(.2)).most(.056))),
		TypicalSeconds: 10, Listed: true,
		Aliases:   []string{"kling-2"},
		RetiredOn: "2026-09-30", Successor: "kling-v3",
		Docs: qiniuPage("397002020e0"), Checked: checked,
	}
})
