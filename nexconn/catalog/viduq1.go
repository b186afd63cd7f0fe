package catalog

var _ = add(func() Model {
	return viduModel("viduq1",
		"1080p videos of 5 s from text (general or anime), up to 7 reference pictures, or named subjects that can speak.",
		map[Op]Operation{
			TextToVideo: viduText("q1/text-to-video", qiniuPage("417903311e0"), viduThree(),
				Takes{"style": OneOf("general", "anime")}), // q1 only [qiniu]
			Reference: viduReference("q1/reference-to-video", qiniuPage("417907439e0"), viduThree()),
			Subject:   viduSubjects("q1/reference-to-video", qiniuPage("417907829e0"), viduThree()),
		},
		viduTakes(OneOf(5), OneOf("1080p")), // [qiniu]
		price(sisterList.rates(cnySecond(.5))),
		viduSubjectRules...,
	).from(qiniuPage("417903311e0")).called("vidu-q1").able("speech").Model
})
