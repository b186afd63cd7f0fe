package catalog

// veo-3.1-generate-001, video.md 3.3: [client] retired 2026-11-17.
var _ = add(func() Model {
	return veoModel("veo-3.1-generate-001",
		"Veo 3.1: videos of 4, 6 or 8 s up to 1080p with sound if asked, from text, frames or a video.",
		veo3Takes(), veo31Price(sisterList)).listed().retires("2026-11-17", "veo-3.1-fast-generate-001").called("veo-3.1", "veo3.1", "google/veo-3.1").Model
})
