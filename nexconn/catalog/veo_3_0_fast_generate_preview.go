package catalog

// veo-3.0-fast-generate-preview, video.md 3.3: [client] retired 2026-06-30.
var _ = add(func() Model {
	return veoModel("veo-3.0-fast-generate-preview",
		"Veo 3 fast, preview: as veo-3.0-fast-generate-001.",
		veo3Takes(), veo30FastPrice(likeSister)).retires("2026-06-30", "veo-3.1-fast-generate-001").Model
})
