package catalog

// KlingV2NewCreateImageRequest, vidu-images-files.md 4.2.
var _ = add(func() Model {
	return Model{
		ID: "kling-v2-new", Kind: Image, Wire: KlingImages, Vendor: "Kling",
		Summary:        "Redraws one picture by a prompt; no text-to-image.",
		Ops:            klingImageOps(qiniuPage("397002374e0"), "", ImageToImage),
		Takes:          klingImageTakes(nil),
		Rules:          klingImageRules(false),
		Defaults:       klingImageDefaults,
		Price:          price(sisterList.rates(per(PerImage, cny(.1)).most(.028))),
		TypicalSeconds: 10, Listed: true,
		Aliases:   []string{"kling-2-new"},
		RetiredOn: "2026-09-30", Successor: "kling-v3",
		Docs: qiniuPage("397002374e0"), Checked: checked,
	}
})
