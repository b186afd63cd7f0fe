package catalog

// KlingV1CreateImageRequest, vidu-images-files.md 4.2.
var _ = add(Model{
	ID: "kling-v1", Kind: Image, Wire: KlingImages, Vendor: "Kling",
	Summary:        "Pictures from text or from one picture whose likeness can be weighed; Kling's first.",
	Ops:            klingImageOps(qiniuPage("396977229e0"), "", TextToImage, ImageToImage),
	Takes:          klingImageTakes(klingFidelity),
	Rules:          klingImageRules(true),
	Defaults:       klingImageDefaults,
	TypicalSeconds: 10, Listed: true,
	Docs: qiniuPage("396977229e0"), Checked: checked,
})
