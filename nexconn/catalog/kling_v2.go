package catalog

// KlingV2CreateImageRequest and KlingV2EditImageRequest, vidu-images-files.md 4.
var _ = add(Model{
	ID: "kling-v2", Kind: Image, Wire: KlingImages, Vendor: "Kling",
	Summary:        "Pictures from text, from one picture, or from 2 to 4 subjects with a scene and a style.",
	Ops:            klingImageOps(qiniuPage("397002020e0"), qiniuPage("397002021e0"), TextToImage, ImageToImage, MultiImage),
	Takes:          klingImageTakes(nil),
	Rules:          klingImageRules(false),
	Defaults:       klingImageDefaults,
	TypicalSeconds: 10, Listed: true,
	Docs: qiniuPage("397002020e0"), Checked: checked,
})
