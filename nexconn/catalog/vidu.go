package catalog

// Vidu on the queue, vidu-images-files.md 3. The path is the model; there is
// no model field.

const viduQueue = "/queue/fal-ai/vidu/"

var (
	// viduPicture: [qiniu:copy][vendor], unverified.
	viduPicture = Media{Form: DataURI, Class: "image", Types: []string{"image/png", "image/jpeg", "image/webp"},
		Bytes: 50 * mib, MinSide: 128, MinRatio: .25, MaxRatio: 4}
	// viduVideoInput: [vendor].
	viduVideoInput = Media{Form: URLOnly, Class: "video", Types: []string{"video/mp4", "video/quicktime", "video/x-msvideo"},
		Bytes: 100 * mib, MinSide: 128, MinRatio: .25, MaxRatio: 4}
)

// viduTakes is common to all operations, 3.3.
func viduTakes(seconds, resolution Bound, more ...Takes) Takes {
	return Takes{
		"prompt":     MaxChars(2000).OrUnverified(MaxChars(5000)), // [qiniu]; 5000 [vendor]
		"seed":       Any().WithNote("0 is random."),
		"seconds":    seconds,
		"resolution": resolution,
		"movement":   OneOf("auto", "small", "medium", "large"), // [qiniu]
		"watermark":  Any(),
	}.and(more...)
}

// viduStill says that q2 and q3 take movement to no effect. [vendor]
var viduStill = Takes{"movement": OneOf("auto", "small", "medium", "large").
	WithWarning("the vendor says that movement has no effect on this model.")}

// viduSharp is the resolutions of q2 and q3: the notebooks' [qiniu], with 540p
// for what the others call 560p. 3.4
func viduSharp() Bound {
	return OneOf("1080p", "720p", "560p").OrUnverified(OneOf("1080p", "720p", "560p", "540p"))
}

// The ratios, 3.2 [qiniu].
func viduThree() Bound { return OneOf("16:9", "9:16", "1:1") }
func viduFive() Bound  { return OneOf("16:9", "9:16", "1:1", "3:4", "4:3") }

// viduText is text-to-video on a path.
func viduText(path, docs string, ratios Bound, more ...Takes) Operation {
	return at(viduQueue+path, docs, Takes{"prompt": viduPrompt(), "aspect_ratio": ratios, "music": Any()}.and(more...))
}

func viduPrompt() Bound { return MaxChars(2000).OrUnverified(MaxChars(5000)).Required() }

// viduImage is image-to-video on a path.
func viduImage(path, docs string, more ...Takes) Operation {
	return at(viduQueue+path, docs, Takes{"first_frame": Of(viduPicture).Required(), "audio": Any()}.and(more...))
}

// viduFrames is first and last frame to video on a path; both are required.
func viduFrames(path, docs string, more ...Takes) Operation {
	return at(viduQueue+path, docs, Takes{
		"first_frame": Of(viduPicture).Required().WithNote("First and last frame differ in pixels by a quarter at most."), // [vendor]
		"last_frame":  Of(viduPicture).Required(),
	}.and(more...))
}

// viduReference is reference-to-video without subjects on a path.
func viduReference(path, docs string, ratios Bound, more ...Takes) Operation {
	return at(viduQueue+path, docs, Takes{
		"prompt":           viduPrompt(),
		"reference_images": Items(1, 7).With(viduPicture).Required(), // [qiniu]
		"aspect_ratio":     ratios, "music": Any(),
	}.and(more...))
}

// viduSubjects is reference-to-video with subjects, on the same path. [qiniu]
func viduSubjects(path, docs string, ratios Bound) Operation {
	return at(viduQueue+path, docs, Takes{
		"prompt": viduPrompt().WithNote("Calls a subject @id."),
		"subjects": Each(1, 7, Takes{
			"id": Any().Required(), "images": Items(1, 3).With(viduPicture).Required(), "voice_id": Any(),
		}).Required().With(viduPicture),
		"reference_images": Items(1, 7).With(viduPicture).WithWarning("a copy of the documents says that reference_images and subjects exclude each other."), // [qiniu:copy]
		"aspect_ratio":     ratios, "music": Any(),
		"audio": Any().WithNote("Speaks what the prompt has in quotes."),
	})
}

// viduSubjectRules: 1 to 7 pictures over all subjects [qiniu]; speech drowns
// the music [vendor].
var viduSubjectRules = []Rule{
	{If: when(Given("subjects")), Then: when(Cond{Arg: "subjects", Field: "images", TotalMax: 7}),
		Say: "The subjects have at most 7 pictures together."},
	{If: when(Given("subjects"), Is("audio", true)), Then: when(Absent("music")), Unverified: true,
		Say: "music has no effect where subjects speak (audio)."},
}

// viduLongMusic: bgm is ignored on q2 at 9 or 10 seconds. [vendor]
var viduLongMusic = Rule{If: when(Given("music"), Is("seconds", 9, 10)), Then: when(Absent("music")), Unverified: true,
	Say: "music is ignored at 9 and 10 seconds."}

// viduNoMusic: bgm is ignored on all q3. [vendor]
var viduNoMusic = Rule{If: when(Given("music")), Then: when(Absent("music")), Unverified: true,
	Say: "music is ignored by this model."}

// viduTypical is the shortest of the four published runs.
const viduTypical = 210

// viduModel is a Vidu.
func viduModel(id, summary string, all map[Op]Operation, takes Takes, price *Price, rules ...Rule) draft {
	return draft{Model{
		ID: id, Kind: Video, Wire: Vidu, Vendor: "Vidu", Summary: summary, Ops: all, Takes: takes, Rules: rules, Price: price,
		Defaults: map[string]any{"seconds": 5, "aspect_ratio": "16:9", "audio": false}, TypicalSeconds: viduTypical,
		BodyBytes: 20 * mib, // [qiniu:copy][vendor]
		Listed:    true, Docs: contents, Checked: checked,
	}}
}

// viduq3Ops is the operations of q3 in one of its speeds; audio is on by
// default in all of them. [vendor]
func viduq3Ops(speed, docs string) map[Op]Operation {
	sound := Takes{"audio": Any()}
	return map[Op]Operation{
		TextToVideo:    viduText("q3/text-to-video/"+speed, docs, viduFive(), sound),
		ImageToVideo:   viduImage("q3/image-to-video/"+speed, docs),
		FirstLastFrame: viduFrames("q3/start-end-to-video/"+speed, docs, sound),
	}
}
