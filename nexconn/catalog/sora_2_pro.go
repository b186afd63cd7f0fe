package catalog

var _ = add(func() Model {
	return Model{
		ID: "sora-2-pro", Kind: Video, Wire: SoraVideo, Vendor: "OpenAI",
		Summary:      "Finer Sora videos of 4, 8 or 12 s with sound always, up to 1792x1024; remixes its own videos.",
		Capabilities: []string{"remix", "native audio"},
		Ops: soraOps(Takes{
			// [qiniu via client] 1280x720, 1024x1792, 1792x1024; [vendor] 720x1280
			"aspect_ratio": OneOf("16:9", "9:16").Unverified(),
			"resolution":   OneOf("720p", "1024p").Unverified(),
		}),
		Defaults: soraDefaults(),
		// Not in the sister's list; the vendor's two rates. (prices.tsv)
		Price: price(
			(&Source{Certainty: ByVendor, Date: "2025-10", Name: "vendor's list (docs.litellm.ai, release notes of October 2025)"}).
				rates(usdSecond(.50, Is("resolution", "1024p"))),
			(&Source{Certainty: ByVendor, Date: "2026-10", Name: "vendor's list (developers.openai.com, page of sora-2)"}).rates(usdSecond(.30)),
		).upTo(soraRemixed),
		TypicalSeconds: 60,
		Aliases:        []string{"sora-pro", "openai/sora-2-pro"},
		RetiredOn:      "2026-09-24", Successor: "kling-v3-omni", // [vendor] the end of the Videos API
		Listed: true,
		Docs:   soraPage, Checked: checked,
	}
})
