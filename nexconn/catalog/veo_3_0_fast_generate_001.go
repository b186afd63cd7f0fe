package catalog

// veo-3.0-fast-generate-001, video.md 3.3: [client] retired 2026-06-30.
var _ = add(veoModel("veo-3.0-fast-generate-001",
	"Veo 3 fast: cheaper and quicker than veo-3.0-generate-001.",
	veo3Takes(), veo30FastPrice()).gone().listed())
