package catalog

var _ = add(Model{
	ID: "sora-2-pro", Kind: Video, Wire: SoraVideo, Vendor: "OpenAI",
	Summary:      "Finer Sora clips of 4, 8 or 12 s with sound always, up to 1792x1024; remixes its own clips.",
	Capabilities: []string{"remix", "native audio"},
	Ops: soraOps(Takes{
		// [qiniu via client] 1280x720, 1024x1792, 1792x1024; [vendor] 720x1280
		"aspect_ratio": OneOf("16:9", "9:16").Hearsay(),
		"resolution":   OneOf("720p", "1024p").Hearsay(),
	}),
	Defaults:       soraDefaults(),
	TypicalSeconds: 60,
	Retired:        true, Successor: "kling-v3-omni", // [vendor] the end of the Videos API, 2026-09-24
	Listed: true,
	Docs:   soraPage, Checked: checked,
})
