package catalog

// veo-3.1-generate-preview, video.md 3.3: [client] retired 2026-04-02; references [qiniu].
var _ = add(func() Model {
	return veoModel("veo-3.1-generate-preview",
		"Veo 3.1, preview: as veo-3.1-generate-001, with up to 3 reference pictures.",
		veo3Takes(), veo31Price(sisterList), veoAssets()).retires("2026-04-02", "veo-3.1-fast-generate-001").Model
})
