package catalog

var _ = add(func() Model {
	return viduModel("viduq2-pro",
		"Fine videos of 1 to 10 s from a first frame, first and last frames, or up to 7 pictures and 2 videos as references.",
		map[Op]Operation{
			ImageToVideo:   viduImage("q2/image-to-video/pro", qiniuPage("417912235e0")),
			FirstLastFrame: viduFrames("q2/start-end-to-video/pro", qiniuPage("417918627e0")),
			Reference:      viduReference(viduq2ProReference, contents, viduAnyRatio(), viduAnyLength()),
			VideoReference: viduReference(viduq2ProReference, contents, viduAnyRatio(), viduAnyLength(), Takes{
				// q2-pro only [qiniu]; its limits [vendor]
				"reference_videos": Items(1, 2).Unverified().With(viduVideoInput).Required().WithNote("One of up to 8 s, or two of up to 5 s."),
			}),
		},
		viduTakes(Between(1, 10), viduSharp(), viduStill), // [qiniu]
		price(
			viduSteps(During(ImageToVideo, FirstLastFrame), [3]float64{.25, .46875, 1.71875}, [3]float64{.15625, .3125, .46875}),
			// What further seconds cost here isn't known: each as the first. (market.md 2)
			viduSteps(During(Reference, VideoReference), [3]float64{.625, .9375, 2.65625}, [3]float64{.625, .9375, 2.65625}),
			viduAdded(),
		).upTo(lasting(10, Is("seconds", 0))),
		viduLongMusic,
		Rule{If: when(Given("reference_videos")), Then: when(AtMost(4, "reference_images")), Unverified: true, // [vendor]
			Say: "With reference_videos there are at most 4 reference_images."},
	).from(qiniuPage("417912235e0")).called("vidu-q2-pro").Model
})

const viduq2ProReference = "q2/reference-to-video/pro"

// viduAnyRatio: five ratios [qiniu]; fal's schema of the same id takes any, or
// auto. [vendor]
func viduAnyRatio() Bound { return viduFive().OrUnverified(Like(`auto|\d+:\d+`)) }

// viduAnyLength: 1 to 10 [qiniu]; fal's schema of the same id has 0 for a
// length that the model decides. [vendor]
func viduAnyLength() Takes {
	return Takes{"seconds": Between(1, 10).OrUnverified(Between(0, 10)).WithNote("0 lets the model decide.")}
}
