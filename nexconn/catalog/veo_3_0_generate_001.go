package catalog

// veo-3.0-generate-001, video.md 3.3: [client] retired 2026-06-30.
var _ = add(func() Model {
	return veoModel("veo-3.0-generate-001",
		"Veo 3: videos of 4, 6 or 8 s up to 1080p with sound if asked, from text, frames or a video.",
		veo3Takes(), veo30Price(sisterList)).listed().retires("2026-06-30", "veo-3.1-fast-generate-001").called("veo-3", "veo-3.0", "veo3").Model
})
