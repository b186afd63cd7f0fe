package catalog

// KlingV15CreateImageRequest, vidu-images-files.md 4.2.
var _ = add(Model{
	ID: "kling-v1-5", Kind: Image, Wire: KlingImages, Vendor: "Kling",
	Summary: "Pictures from text, or keeping the subject or the face of one picture.",
	Ops: ops(klingImageOps(qiniuPage("397001380e0"), "", TextToImage), map[Op]Operation{
		ImageToImage: at("/v1/images/generations", qiniuPage("397001380e0"), Takes{
			"images":          Items(1, 1).With(klingPicture).Must(),
			"negative_prompt": Upto(2500),
			// required with image [vendor]: a missing field is refused whoever says so
			"image_reference": OneOf("subject", "face").Must().Noting("Say subject to keep the figure, face to keep the looks of the one face in the picture."),
		}),
	}),
	Takes: klingImageTakes(klingFidelity),
	Rules: append([]Rule{
		{If: when(Given("human_fidelity")), Then: when(Is("image_reference", "subject")),
			Say: "human_fidelity means something with image_reference subject only."},
	}, klingImageRules(true)...),
	Defaults:       klingImageDefaults,
	TypicalSeconds: 10, Listed: true,
	Docs: qiniuPage("397001380e0"), Checked: checked,
})
