package catalog

// kling-v2-1 as a video model: KlingV21CreateRequest, video.md 5.1 [qiniu 396127760e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-v2-1", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
		Summary: "Videos from a first frame, 5 or 10 s, with a last frame in mode pro; no text-to-video, no sound.",
		Ops: map[Op]Operation{
			ImageToVideo: at(klingVideos, qiniuPage("396127760e0"), nil),
			FirstLastFrame: at(klingVideos, qiniuPage("396127760e0"), Takes{
				"last_frame": Of(klingPicture).Required(),
			}),
		},
		Takes: klingTakes(Takes{
			"first_frame":     Of(klingPicture).Required(), // [qiniu] input_reference is required
			"negative_prompt": MaxChars(2500),              // [qiniu] common rules
			"seconds":         OneOf(5, 10),                // [qiniu]
			"mode":            OneOf("std", "pro"),         // [qiniu]
		}),
		Defaults: klingDefaults("std", 5),
		Rules: []Rule{
			{If: when(Given("last_frame")), Then: when(Is("mode", "pro"), Is("seconds", 10)), Unverified: true, // [client check]
				Say: "last_frame needs mode pro and seconds 10."},
		},
		Price:          price(sisterList.rates(cnySecond(.7, Is("mode", "pro")), cnySecond(.4))),
		TypicalSeconds: 60, Listed: true,
		Aliases: []string{"kling-2.1"},
		Docs:    qiniuPage("396127760e0"), Checked: checked,
	}
})

// kling-v2-1 as an image model: KlingV21CreateImageRequest and KlingV21EditImageRequest,
// vidu-images-files.md 4.
var _ = add(func() Model {
	return Model{
		ID: "kling-v2-1", Kind: Image, Wire: KlingImages, Vendor: "Kling",
		Summary:  "Pictures from text, from one picture, or from 2 to 4 subjects with a scene and a style.",
		Ops:      klingImageOps(ownPage("449311282e0"), qiniuPage("397002564e0"), TextToImage, ImageToImage, MultiImage),
		Takes:    klingImageTakes(nil),
		Rules:    klingImageRules(false),
		Defaults: klingImageDefaults,
		Price: price(sisterList.rates(
			per(PerImage, cny(.1), During(TextToImage)), per(PerImage, cny(.2), During(ImageToImage)), per(PerImage, cny(.4)))),
		TypicalSeconds: 10, Listed: true,
		Aliases: []string{"kling-2.1"},
		Docs:    ownPage("449311282e0"), Checked: checked,
	}
})
