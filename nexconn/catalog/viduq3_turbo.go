package catalog

var _ = add(func() Model {
	return viduModel("viduq3-turbo",
		"Quick videos of 1 to 16 s with sound by default, from text, a first frame, or first and last frames.",
		viduq3Ops("turbo", qiniuPage("426455788e0")),
		viduTakes(Between(1, 16), viduSharp(), viduStill), // [qiniu]
		price(viduSeconds(.25, .375, .5), viduWritten()),
		viduNoMusic,
	).from(qiniuPage("426455788e0")).sounding().called("vidu-q3-turbo").able("fast", "cheap").Model
})
