package catalog

// veo-3.0-fast-generate-preview, video.md 3.3: [client] retired 2026-06-30.
var _ = add(veoModel("veo-3.0-fast-generate-preview",
	"Veo 3 fast, preview: as veo-3.0-fast-generate-001.",
	veo3Takes(), veo30FastPrice()).gone())
