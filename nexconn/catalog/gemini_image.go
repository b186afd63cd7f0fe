package catalog

// Gemini's pictures, vidu-images-files.md 6: answered at once, in base64.

// geminiRatios are the ten of every model. [qiniu]
var geminiRatios = []string{"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}

// geminiDirect is what media of a direct request to Gemini may have in all.
// [nexconn] chat.md 10, vidu-images-files.md 7
const geminiDirect = 15 * mib

// geminiPicture: a URL or a data URI. No limit is stated but that of a request.
var geminiPicture = Media{Form: DataURI, Class: "image", Bytes: geminiDirect}

// geminiImageOps: image takes a string or a list [qiniu]; ten pictures is what
// a client sends at most. A mask is one of them, explained in the prompt.
func geminiImageOps(generate, edit string) map[Op]Operation {
	pictures := Items(1, 10).Unverified().With(geminiPicture).Required()
	edits := Takes{"images": pictures,
		"mask": Of(geminiPicture).WithNote("White areas of the mask may change; it goes as the last picture, and the prompt says so.")}
	return map[Op]Operation{
		TextToImage:  at("/v1/images/generations", generate, nil),
		ImageToImage: at("/v1/images/edits", edit, edits),
		MultiImage:   at("/v1/images/edits", edit, edits),
	}
}

// geminiImageTakes is image_config in our words. [qiniu] 6.1
func geminiImageTakes(ratios, sizes []string) Takes {
	return Takes{"prompt": Any().Required(), "aspect_ratio": OneOf(ratios...), "resolution": OneOf(sizes...)}
}

// geminiImageChat is the same model talked to: image_config is nested there.
func geminiImageChat(ratios, sizes []string, context, output int) *ChatFacts {
	return &ChatFacts{
		Takes: chatTakes.and(Takes{"image_config": Any().fields(Takes{
			"aspect_ratio": OneOf(ratios...), "image_size": OneOf(sizes...),
		})}),
		Reasoning:   Reasoning{Style: EffortOrBudget},
		Inputs:      []string{"image", "qfile"}, // qfile, of any Gemini model [nexconn]
		DirectBytes: geminiDirect,
		ImageConfig: true,
		Context:     context, MaxOutput: output, // market.md 6
	}
}

// geminiPictures is the tokens of a picture by resolution. An answer may hold up
// to ten, drafts of its thinking and the last one (market.md 2); its text and
// thoughts are what is left of output.
func geminiPictures(output int, tokens map[string]int) *Pictures {
	return &Pictures{Tokens: tokens, Most: 10, Text: output}
}

func (p *Price) drawing(pictures *Pictures) *Price { p.Pictures = pictures; return p }
