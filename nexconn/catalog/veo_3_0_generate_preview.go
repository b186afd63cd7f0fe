package catalog

// veo-3.0-generate-preview, video.md 3.3: [client] retired 2026-06-30.
var _ = add(veoModel("veo-3.0-generate-preview",
	"Veo 3, preview: as veo-3.0-generate-001.",
	veo3Takes(), veo30Price()).gone())
