package catalog

// veo-3.0-fast-generate-001, video.md 3.3: [client] retired 2026-06-30.
var _ = add(func() Model {
	return veoModel("veo-3.0-fast-generate-001",
		"Veo 3 fast: cheaper and quicker than veo-3.0-generate-001.",
		veo3Takes(), veo30FastPrice(sisterList)).listed().retires("2026-06-30", "veo-3.1-fast-generate-001").called("veo-3-fast", "veo-3.0-fast").Model
})
