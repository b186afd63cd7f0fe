package catalog

// veo-2.0-generate-exp, video.md 3.3: [client] retired 2026-06-30; references [qiniu].
var _ = add(func() Model {
	return veoModel("veo-2.0-generate-exp",
		"Veo 2, experimental: as veo-2.0-generate-001, with up to 3 reference pictures.",
		veo2Takes(), veo20Price(likeSister), veoAssets()).retires("2026-06-30", "veo-3.1-fast-generate-001").Model
})
