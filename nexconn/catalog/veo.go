package catalog

// Veo on /v1/videos/generations, video.md 3 [qiniu 423900623e0].

// veoMedia: inline or by URI, with a MIME type; at most 10 MB. [qiniu]
var (
	veoPicture = Media{Form: Base64, Class: "image", Types: []string{"image/png", "image/jpeg"}, Bytes: 10 * mib,
		HardBytes: true, HardTypes: true}
	veoVideoInput = Media{Form: Base64, Class: "video", Types: []string{"video/mp4"}, Bytes: 10 * mib,
		HardBytes: true, HardTypes: true}
)

const veoPath = "/v1/videos/generations"

// veoTakes is what every Veo takes.
func veoTakes(more Takes) Takes {
	return Takes{
		"prompt":          Any(), // required for text alone [qiniu]
		"negative_prompt": Any(),
		"aspect_ratio":    OneOf("16:9", "9:16"),  // [qiniu]
		"count":           Between(1, 4),          // [qiniu]
		"seed":            Between(0, 4294967295), // [qiniu]
	}.and(more)
}

// veo2Takes, veo3Takes: lengths by generation [qiniu]; sound and resolution are
// Veo 3's [qiniu], 4k is in a price list only [client].
func veo2Takes() Takes { return veoTakes(Takes{"seconds": Between(5, 8)}) }

func veo3Takes() Takes {
	return veoTakes(Takes{
		"seconds":    OneOf(4, 6, 8),
		"audio":      Any(),
		"resolution": OneOf("720p", "1080p").OrUnverified(OneOf("720p", "1080p", "4k")),
	})
}

// veoOps is what every Veo offers; refs is the bound on reference pictures
// where the documents name the model for them.
func veoOps(refs ...Bound) map[Op]Operation {
	docs := qiniuPage("423900623e0")
	picture := Of(veoPicture)
	edit := Takes{"source_video": Of(veoVideoInput).Required(), "first_frame": picture, "last_frame": picture}
	all := map[Op]Operation{
		TextToVideo:    at(veoPath, docs, Takes{"prompt": Any().Required()}),
		ImageToVideo:   at(veoPath, docs, Takes{"first_frame": picture.Required()}),
		FirstLastFrame: at(veoPath, docs, Takes{"first_frame": picture, "last_frame": picture.Required()}),
	}
	for _, b := range refs {
		all[Reference] = at(veoPath, docs, Takes{"reference_images": b.With(veoPicture).Required()})
		edit["reference_images"] = b.With(veoPicture)
	}
	all[EditVideo] = at(veoPath, docs, edit)
	return all
}

// veoAssets: at most 3 pictures. [qiniu]
func veoAssets() Bound { return Items(1, 3) }

func veoRules() []Rule {
	return []Rule{
		{If: when(During(Reference)), Then: when(Is("seconds", 8)), // [qiniu]
			Say: "With reference_images seconds is 8."},
		{If: when(Given("last_frame")), Then: when(Given("first_frame")), Unverified: true, // [qiniu] names last_frame with first_frame only
			Say: "last_frame goes with a first_frame."},
		{If: when(Given("source_video")), Then: when(Absent("first_frame"), Absent("last_frame"), Absent("reference_images")), Unverified: true, // [vendor, client]
			Say: "source_video goes without first_frame, last_frame and reference_images."},
	}
}

// veoDefaults: sound is off [qiniu], 8 seconds and 16:9 [vendor].
func veoDefaults() map[string]any {
	return map[string]any{"seconds": 8, "aspect_ratio": "16:9", "audio": false, "count": 1}
}

// veoModel is a Veo with its generation's facts.
func veoModel(id, summary string, takes Takes, price *Price, refs ...Bound) draft {
	return draft{Model{
		ID: id, Kind: Video, Wire: VeoVideo, Vendor: "Google", Summary: summary,
		Ops: veoOps(refs...), Takes: takes, Rules: veoRules(), Defaults: veoDefaults(),
		Price: price, TypicalSeconds: 60, Docs: qiniuPage("423900623e0"), Checked: checked,
	}}
}

// Prices by tier; that each of several videos is billed is a guess. Fast costs
// less at Google now: what a cap is held to stays the higher. (prices.tsv)
func veo31Price(list *Source) *Price {
	return price(list.rates(
		usdSecond(.60, Is("resolution", "4k"), Is("audio", true)), usdSecond(.40, Is("resolution", "4k")),
		usdSecond(.40, Is("audio", true)), usdSecond(.20)))
}

func veo31FastPrice(list *Source) *Price {
	return price(list.rates(
		usdSecond(.35, Is("resolution", "4k"), Is("audio", true)), usdSecond(.30, Is("resolution", "4k")),
		usdSecond(.15, Is("audio", true)), usdSecond(.10)))
}

func veo30Price(list *Source) *Price {
	return price(list.rates(usdSecond(.40, Is("audio", true)), usdSecond(.20)))
}

func veo30FastPrice(list *Source) *Price {
	return price(list.rates(usdSecond(.15, Is("audio", true)), usdSecond(.10)))
}

func veo20Price(list *Source) *Price { return price(list.rates(usdSecond(.50))) }
