package catalog

// Gemini25FlashImageGenerationRequest, Gemini25FlashImageEditRequest and
// Gemini25FlashImageConfig, vidu-images-files.md 6.1 [qiniu].
var _ = add(func() Model {
	return Model{
		ID: "gemini-2.5-flash-image", Kind: Image, Wire: GeminiImages, Vendor: "Google",
		Summary:      "Quick pictures and edits at 1K, blending several pictures; also talks.",
		Capabilities: []string{"mask", "inpainting", "blend"},
		Ops:          geminiImageOps(qiniuPage("397191374e0"), ownPage("449311287e0")),
		Takes:        geminiImageTakes(gemini25FlashImageRatios, gemini25FlashImageSizes),
		Chat:         geminiImageChat(gemini25FlashImageRatios, gemini25FlashImageSizes, 32768, 8192),
		Defaults:     map[string]any{"count": 1},
		Price: price(sisterList.rates(in(.3), out(30), search(.014))).
			drawing(geminiPictures(8192, map[string]int{"": 1290, "1K": 1290})), // vendor's tokens, prices.tsv
		TypicalSeconds: 5, Listed: true,
		Aliases:   []string{"nano-banana", "gemini-2.5-flash-image-preview", "google/gemini-2.5-flash-image"},
		RetiredOn: "2027-03-15", Successor: "google/gemini-3.1-flash-image",
		Recommended: true,
		Docs:        ownPage("449311285e0"), Checked: checked,
	}
})

var (
	gemini25FlashImageRatios = geminiRatios
	gemini25FlashImageSizes  = []string{"1K"}
)
