package catalog

var _ = add(viduModel("viduq2-turbo",
	"Quick clips of 1 to 10 s from a first frame, or first and last frames.",
	map[Op]Operation{
		ImageToVideo:   viduImage("q2/image-to-video/turbo", qiniuPage("417912235e0")),
		FirstLastFrame: viduFrames("q2/start-end-to-video/turbo", qiniuPage("417918627e0")),
	},
	viduTakes(Between(1, 10), viduSharp(), viduStill), // [qiniu]
).from(qiniuPage("417912235e0")))
