package catalog

// veo-3.1-generate-001, video.md 3.3: [client] retired 2026-11-17.
var _ = add(veoModel("veo-3.1-generate-001",
	"Veo 3.1: clips of 4, 6 or 8 s up to 1080p with sound if asked, from text, frames or a video.",
	veo3Takes(), veo31Price()).gone().listed())
