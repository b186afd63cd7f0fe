package catalog

// veo-3.0-generate-001, video.md 3.3: [client] retired 2026-06-30.
var _ = add(veoModel("veo-3.0-generate-001",
	"Veo 3: clips of 4, 6 or 8 s up to 1080p with sound if asked, from text, frames or a video.",
	veo3Takes(), veo30Price()).gone().listed())
