package catalog

// veo-2.0-generate-preview, video.md 3.3: [client] retired 2026-06-30.
var _ = add(veoModel("veo-2.0-generate-preview",
	"Veo 2, preview: as veo-2.0-generate-001.",
	veo2Takes(), veo20Price()).gone())
