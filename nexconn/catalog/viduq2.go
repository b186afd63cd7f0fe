package catalog

var _ = add(func() Model {
	return viduModel("viduq2",
		"Videos of 1 to 10 s from text, up to 7 reference pictures, or named subjects that can speak.",
		map[Op]Operation{
			TextToVideo: viduText("q2/text-to-video", ownPage("449311249e0"), viduFive()),
			Reference:   viduReference("q2/reference-to-video", qiniuPage("417911896e0"), viduFive()),
			Subject:     viduSubjects("q2/reference-to-video", qiniuPage("417911901e0"), viduFive()),
		},
		viduTakes(Between(1, 10), viduSharp(), viduStill), // [qiniu]
		price(
			viduSteps(During(TextToVideo), [3]float64{.3125, .46875, .625}, [3]float64{.0625, .15625, .3125}),
			viduSteps(During(Reference, Subject), [3]float64{.46875, .78125, 2.34375}, [3]float64{.15625, .15625, .3125}),
			viduAdded()),
		append([]Rule{viduLongMusic}, viduSubjectRules...)...,
	).from(ownPage("449311249e0")).called("vidu-q2").able("speech").Model
})
