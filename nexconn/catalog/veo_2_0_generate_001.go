package catalog

// veo-2.0-generate-001, video.md 3.3: [client] retired 2026-06-30.
var _ = add(veoModel("veo-2.0-generate-001",
	"Veo 2: silent 720p clips of 5 to 8 s from text, frames or a video.",
	veo2Takes(), veo20Price()).gone().listed())
