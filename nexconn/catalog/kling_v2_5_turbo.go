package catalog

// KlingV25TurboCreateRequest, video.md 5.2 [qiniu 396145809e0].
var _ = add(Model{
	ID: "kling-v2-5-turbo", Kind: Video, Wire: KlingVideo, Vendor: "Kling",
	Summary: "Cheap and quick clips from text or frames, 5 or 10 s; no sound.",
	Ops:     klingFlatOps(qiniuPage("396145809e0"), Any()),
	Takes: klingTakes(Takes{
		"negative_prompt": Upto(2500),          // [qiniu] common rules
		"seconds":         OneOf(5, 10),        // [qiniu]
		"mode":            OneOf("std", "pro"), // [qiniu]
	}),
	Defaults: klingDefaults("std", 5),
	Rules: []Rule{klingEnd,
		{If: when(Given("last_frame")), Then: when(Is("mode", "pro")), Told: true, // [client]
			Say: "last_frame needs mode pro."},
	},
	Price:          sister(PerSecond, usd(.0725, Is("mode", "pro")), usd(.0435)),
	TypicalSeconds: 60, Listed: true,
	Docs: qiniuPage("396145809e0"), Checked: checked,
})
