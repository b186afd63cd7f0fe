package catalog

var _ = add(func() Model {
	return viduModel("viduq3-pro",
		"Fine videos of 1 to 16 s with sound by default, from text, a first frame, or first and last frames.",
		viduq3Ops("pro", qiniuPage("426890494e0")),
		viduTakes(Between(1, 16), viduSharp(), viduStill), // [qiniu]
		price(viduSeconds(.4375, .9375, 1), viduWritten()),
		viduNoMusic,
	).from(qiniuPage("426890494e0")).sounding().called("vidu-q3", "vidu-q3-pro", "viduq3").best().Model
})
