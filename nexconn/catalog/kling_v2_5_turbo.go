package catalog

// KlingV25TurboCreateRequest, video.md 5.2 [qiniu 396145809e0].
var _ = add(func() Model {
	return Model{
		ID: "kling-v2-5-turbo", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
		Capabilities: []string{"fast", "cheap"},
		Summary:      "Cheap and quick videos from text or frames, 5 or 10 s; no sound.",
		Ops:          klingFlatOps(qiniuPage("396145809e0"), Any()),
		Takes: klingTakes(Takes{
			"negative_prompt": MaxChars(2500),      // [qiniu] common rules
			"seconds":         OneOf(5, 10),        // [qiniu]
			"mode":            OneOf("std", "pro"), // [qiniu]
		}),
		Defaults: klingDefaults("std", 5),
		Rules: []Rule{klingEnd,
			{If: when(Given("last_frame")), Then: when(Is("mode", "pro")), Unverified: true, // [client]
				Say: "last_frame needs mode pro."},
		},
		Price:          price(sisterList.rates(cnySecond(.5, Is("mode", "pro")), cnySecond(.3))),
		TypicalSeconds: 60, Listed: true,
		Aliases: []string{"kling-2.5-turbo", "kling-v2.5-turbo", "kling-2.5"},
		Docs:    qiniuPage("396145809e0"), Checked: checked,
	}
})
