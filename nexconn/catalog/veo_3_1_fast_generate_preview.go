package catalog

// veo-3.1-fast-generate-preview, video.md 3.3: [client] retired 2026-04-02.
var _ = add(func() Model {
	return veoModel("veo-3.1-fast-generate-preview",
		"Veo 3.1 fast, preview: as veo-3.1-fast-generate-001.",
		veo3Takes(), veo31FastPrice(sisterList)).retires("2026-04-02", "veo-3.1-fast-generate-001").Model
})
