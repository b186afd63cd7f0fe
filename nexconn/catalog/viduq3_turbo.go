package catalog

var _ = add(viduModel("viduq3-turbo",
	"Quick clips of 1 to 16 s with sound unless told not to, from text, a first frame, or first and last frames.",
	viduq3Ops("turbo", qiniuPage("426455788e0")),
	viduTakes(Between(1, 16), viduSharp(), viduStill), // [qiniu]
	viduNoMusic,
).from(qiniuPage("426455788e0")).sounding())
