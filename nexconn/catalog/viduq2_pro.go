package catalog

var _ = add(viduModel("viduq2-pro",
	"Fine clips of 1 to 10 s from a first frame, first and last frames, or up to 7 pictures and 2 videos as references.",
	map[Op]Operation{
		ImageToVideo:   viduImage("q2/image-to-video/pro", qiniuPage("417912235e0")),
		FirstLastFrame: viduFrames("q2/start-end-to-video/pro", qiniuPage("417918627e0")),
		Reference:      viduReference(viduq2ProReference, contents, viduAnyRatio(), viduAnyLength()),
		VideoReference: viduReference(viduq2ProReference, contents, viduAnyRatio(), viduAnyLength(), Takes{
			// q2-pro only [qiniu]; its limits [vendor]
			"reference_videos": Items(1, 2).Hearsay().With(viduClip).Must().Noting("One of up to 8 s, or two of up to 5 s."),
		}),
	},
	viduTakes(Between(1, 10), viduSharp(), viduStill), // [qiniu]
	viduLongMusic,
	Rule{If: when(Given("reference_videos")), Then: when(AtMost(4, "reference_images")), Told: true, // [vendor]
		Say: "With reference_videos there are at most 4 reference_images."},
).from(qiniuPage("417912235e0")))

const viduq2ProReference = "q2/reference-to-video/pro"

// viduAnyRatio: five ratios [qiniu]; fal's schema of the same id takes any, or
// auto. [vendor]
func viduAnyRatio() Bound { return viduFive().OrTold(Like(`auto|\d+:\d+`)) }

// viduAnyLength: 1 to 10 [qiniu]; fal's schema of the same id has 0 for a
// length that the model decides. [vendor]
func viduAnyLength() Takes {
	return Takes{"seconds": Between(1, 10).OrTold(Between(0, 10)).Noting("0 lets the model decide.")}
}
