package catalog

var _ = add(func() Model {
	return viduModel("viduq2-turbo",
		"Quick videos of 1 to 10 s from a first frame, or first and last frames.",
		map[Op]Operation{
			ImageToVideo:   viduImage("q2/image-to-video/turbo", qiniuPage("417912235e0")),
			FirstLastFrame: viduFrames("q2/start-end-to-video/turbo", qiniuPage("417918627e0")),
		},
		viduTakes(Between(1, 10), viduSharp(), viduStill), // [qiniu]
		price(viduSteps(During(ImageToVideo, FirstLastFrame), [3]float64{.1875, .25, 1.09375}, [3]float64{.0625, .3125, .3125}), viduAdded()),
	).from(qiniuPage("417912235e0")).called("vidu-q2-turbo").able("fast", "cheap").Model
})
