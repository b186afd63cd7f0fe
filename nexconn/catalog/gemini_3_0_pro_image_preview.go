package catalog

// Gemini30ProImageGenerationRequest, Gemini30ProImageEditRequest and
// Gemini30ProImageConfig, vidu-images-files.md 6.1 [qiniu].
var _ = add(func() Model {
	return Model{
		ID: "gemini-3.0-pro-image-preview", Kind: Image, Wire: GeminiImages, Vendor: "Google",
		Summary:      "The most careful pictures and edits, up to 4K, good with text in pictures; also talks.",
		Capabilities: []string{"mask", "inpainting", "blend"},
		Ops:          geminiImageOps(qiniuPage("397197786e0"), qiniuPage("397197786e0")),
		Takes:        geminiImageTakes(gemini30ProImageRatios, gemini30ProImageSizes),
		Chat:         geminiImageChat(gemini30ProImageRatios, gemini30ProImageSizes, 32768, 8192),
		Defaults:     map[string]any{"count": 1},
		Price: price(sisterList.rates(in(2), out(12), per(PerPictureToken, 120), search(.014))).
			drawing(geminiPictures(8192, map[string]int{"": 1120, "1K": 1120, "2K": 1120, "4K": 2000})), // vendor's tokens, prices.tsv
		TypicalSeconds: 5, Listed: true,
		Aliases:   []string{"nano-banana-pro", "gemini-3-pro-image-preview"},
		RetiredOn: "2026-06-25", Successor: "google/gemini-3-pro-image",
		Docs: ownPage("449311288e0"), Checked: checked,
	}
})

var (
	gemini30ProImageRatios = geminiRatios
	gemini30ProImageSizes  = []string{"1K", "2K", "4K"}
)
