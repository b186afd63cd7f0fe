package catalog

// KlingV15CreateImageRequest, vidu-images-files.md 4.2.
var _ = add(func() Model {
	return Model{
		ID: "kling-v1-5", Kind: Image, Wire: KlingImages, Vendor: "Kling",
		Summary: "Pictures from text, or keeping the subject or the face of one picture.",
		Ops: ops(klingImageOps(qiniuPage("397001380e0"), "", TextToImage), map[Op]Operation{
			ImageToImage: at("/v1/images/generations", qiniuPage("397001380e0"), Takes{
				"images":          Items(1, 1).With(klingPicture).Required(),
				"negative_prompt": MaxChars(2500),
				// required with image [vendor]: where it is not given, subject is sent
				"image_reference": OneOf("subject", "face").WithNote("Say subject to keep the subject of the picture (sent where nothing is said), face to keep the one face in it."),
			}),
		}),
		Takes: klingImageTakes(klingFidelity),
		Rules: append([]Rule{
			{If: when(Given("human_fidelity")), Then: when(Is("image_reference", "subject")),
				Say: "human_fidelity means something with image_reference subject only."},
		}, klingImageRules(true)...),
		Defaults: klingImageDefaults,
		// Kling itself asks more: what a cap is held to. (prices.tsv)
		Price: price(sisterList.rates(
			per(PerImage, cny(.025), During(TextToImage)).most(.014),
			per(PerImage, cny(.025)).most(.028))),
		TypicalSeconds: 10, Listed: true,
		Aliases:   []string{"kling-1.5"},
		RetiredOn: "2026-09-30", Successor: "kling-v3",
		Docs: qiniuPage("397001380e0"), Checked: checked,
	}
})
