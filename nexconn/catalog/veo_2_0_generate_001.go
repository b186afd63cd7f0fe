package catalog

// veo-2.0-generate-001, video.md 3.3: [client] retired 2026-06-30.
var _ = add(func() Model {
	return veoModel("veo-2.0-generate-001",
		"Veo 2: silent 720p videos of 5 to 8 s from text, frames or a video.",
		veo2Takes(), veo20Price(sisterList)).listed().retires("2026-06-30", "veo-3.1-fast-generate-001").called("veo-2", "veo-2.0", "veo2").Model
})
