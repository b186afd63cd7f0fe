package catalog

// KlingV2NewCreateImageRequest, vidu-images-files.md 4.2.
var _ = add(Model{
	ID: "kling-v2-new", Kind: Image, Wire: KlingImages, Vendor: "Kling",
	Summary:        "Redraws one picture by a prompt; no text-to-image.",
	Ops:            klingImageOps(qiniuPage("397002374e0"), "", ImageToImage),
	Takes:          klingImageTakes(nil),
	Rules:          klingImageRules(false),
	Defaults:       klingImageDefaults,
	TypicalSeconds: 10, Listed: true,
	Docs: qiniuPage("397002374e0"), Checked: checked,
})
