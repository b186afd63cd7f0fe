package catalog

// veo-2.0-generate-preview, video.md 3.3: [client] retired 2026-06-30.
var _ = add(func() Model {
	return veoModel("veo-2.0-generate-preview",
		"Veo 2, preview: as veo-2.0-generate-001.",
		veo2Takes(), veo20Price(likeSister)).retires("2026-06-30", "veo-3.1-fast-generate-001").Model
})
