package catalog

// veo-3.1-fast-generate-001, video.md 3.3: [client].
var _ = add(func() Model {
	return veoModel("veo-3.1-fast-generate-001",
		"Veo 3.1 fast: cheaper and quicker, videos of 4, 6 or 8 s with sound if asked.",
		veo3Takes(), veo31FastPrice(sisterList)).listed().best().able("fast").called("veo-3.1-fast", "veo3.1-fast", "google/veo-3.1-fast").Model
})
