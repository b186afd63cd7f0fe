package catalog

// Kling's pictures on /v1/images, vidu-images-files.md 4. What its table 4.2
// leaves unmarked carries the mark of the section, [nexconn]; table 4.3 is
// another party's copy of the page, [qiniu:copy], but where marked.

// klingImageOps is the operations that the table of contents names for a
// model; edits is the page of its second endpoint, where it has one.
func klingImageOps(docs, edits string, offered ...Op) map[Op]Operation {
	all := map[Op]Operation{
		TextToImage: at("/v1/images/generations", docs, Takes{
			"negative_prompt": MaxChars(2500),
		}),
		ImageToImage: at("/v1/images/generations", docs, Takes{
			"images":          Items(1, 1).With(klingPicture).Required(),
			"negative_prompt": MaxChars(2500),
		}),
		MultiImage: at("/v1/images/edits", edits, Takes{
			"prompt": MaxChars(2500).Unverified().Required(),
			// [qiniu] 2 to 4; Kling itself also takes 1, which is let pass
			"images":      Items(2, 4).OrUnverified(Items(1, 4)).With(klingPicture).Required(),
			"scene_image": Of(klingPicture),
			"style_image": Of(klingPicture),
		}),
	}
	mine := map[Op]Operation{}
	for _, op := range offered {
		mine[op] = all[op]
	}
	return mine
}

func klingImageTakes(more Takes) Takes {
	return Takes{
		"prompt": MaxChars(2500).Required(),
		"count":  Between(1, 10).Unverified(), // [qiniu:copy]
		// [qiniu] the first five, [vendor] the rest
		"aspect_ratio": OneOf("16:9", "9:16", "1:1", "4:3", "3:4").
			OrUnverified(OneOf("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9")),
	}.and(more)
}

// klingFidelity is v1's and v1-5's.
var klingFidelity = Takes{
	"image_fidelity": Between(0, 1),
	"human_fidelity": Between(0, 1).WithNote("Means something with image_reference subject only."),
}

// klingImageRules: stated for v1 and v1-5, by the vendor for all.
func klingImageRules(stated bool) []Rule {
	return []Rule{{If: when(Given("images")), Then: when(Absent("negative_prompt")), Unverified: !stated,
		Say: "negative_prompt does not go with a picture."}}
}

var klingImageDefaults = map[string]any{"count": 1, "aspect_ratio": "16:9"}
