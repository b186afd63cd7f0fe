package catalog

// veo-3.1-fast-generate-001, video.md 3.3: [client].
var _ = add(veoModel("veo-3.1-fast-generate-001",
	"Veo 3.1 fast: cheaper and quicker, clips of 4, 6 or 8 s with sound if asked.",
	veo3Takes(), veo31FastPrice()).listed())
