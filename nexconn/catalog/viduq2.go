package catalog

var _ = add(viduModel("viduq2",
	"Clips of 1 to 10 s from text, up to 7 reference pictures, or named subjects that can speak.",
	map[Op]Operation{
		TextToVideo: viduText("q2/text-to-video", ownPage("449311249e0"), viduFive()),
		Reference:   viduReference("q2/reference-to-video", qiniuPage("417911896e0"), viduFive()),
		Subject:     viduSubjects("q2/reference-to-video", qiniuPage("417911901e0"), viduFive()),
	},
	viduTakes(Between(1, 10), viduSharp(), viduStill), // [qiniu]
	append([]Rule{viduLongMusic}, viduSubjectRules...)...,
).from(ownPage("449311249e0")))
