package catalog

// KlingV1CreateImageRequest, vidu-images-files.md 4.2.
var _ = add(func() Model {
	return Model{
		ID: "kling-v1", Kind: Image, Wire: KlingImages, Vendor: "Kling",
		Summary:        "Pictures from text or from one picture whose likeness can be weighed; The first Kling image model.",
		Ops:            klingImageOps(qiniuPage("396977229e0"), "", TextToImage, ImageToImage),
		Takes:          klingImageTakes(klingFidelity),
		Rules:          klingImageRules(true),
		Defaults:       klingImageDefaults,
		Price:          price(sisterList.rates(per(PerImage, cny(.025)))),
		TypicalSeconds: 10, Listed: true,
		Aliases:   []string{"kling-1"},
		RetiredOn: "2026-09-30", Successor: "kling-v3",
		Docs: qiniuPage("396977229e0"), Checked: checked,
	}
})
