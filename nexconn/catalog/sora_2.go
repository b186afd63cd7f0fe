package catalog

var _ = add(Model{
	ID: "sora-2", Kind: Video, Wire: SoraVideo, Vendor: "OpenAI",
	Summary:      "Clips of 4, 8 or 12 s with sound always, from text or one picture; remixes its own clips.",
	Capabilities: []string{"remix", "native audio"},
	Ops: soraOps(Takes{
		"aspect_ratio": OneOf("16:9", "9:16"), // [qiniu] 1280x720, 720x1280
		"resolution":   OneOf("720p"),
	}),
	Defaults:       soraDefaults(),
	Price:          sister(PerSecond, usd(.10)).upTo(soraRemixed),
	TypicalSeconds: 60,
	Retired:        true, Successor: "kling-v3-omni", // [client] since 2026-07-28
	Listed: true,
	Docs:   soraPage, Checked: checked,
})
