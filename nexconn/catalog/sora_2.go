package catalog

var _ = add(func() Model {
	return Model{
		ID: "sora-2", Kind: Video, Wire: SoraVideo, Vendor: "OpenAI",
		Summary:      "Videos of 4, 8 or 12 s with sound always, from text or one picture; remixes its own videos.",
		Capabilities: []string{"remix", "native audio"},
		Ops: soraOps(Takes{
			"aspect_ratio": OneOf("16:9", "9:16"), // [qiniu] 1280x720, 720x1280
			"resolution":   OneOf("720p"),
		}),
		Defaults:       soraDefaults(),
		Price:          price(sisterList.rates(usdSecond(.10))).upTo(soraRemixed),
		TypicalSeconds: 60,
		Aliases:        []string{"sora", "openai/sora-2"},
		RetiredOn:      "2026-07-28", Successor: "kling-v3-omni", // market.md 5
		Listed: true,
		Docs:   soraPage, Checked: checked,
	}
})
