package catalog

// Gemini25FlashImageGenerationRequest, Gemini25FlashImageEditRequest and
// Gemini25FlashImageConfig, vidu-images-files.md 6.1 [qiniu].
var _ = add(Model{
	ID: "gemini-2.5-flash-image", Kind: Image, Wire: GeminiImages, Vendor: "Google",
	Summary:        "Quick pictures and edits at 1K, blending several pictures; also talks.",
	Capabilities:   []string{"mask", "inpainting", "blend"},
	Ops:            geminiImageOps(qiniuPage("397191374e0"), ownPage("449311287e0")),
	Takes:          geminiImageTakes(gemini25FlashImageRatios, gemini25FlashImageSizes),
	Chat:           geminiImageChat(gemini25FlashImageRatios, gemini25FlashImageSizes),
	Defaults:       map[string]any{"count": 1},
	TypicalSeconds: 5, Listed: true,
	Docs: ownPage("449311285e0"), Checked: checked,
})

var (
	gemini25FlashImageRatios = geminiRatios
	gemini25FlashImageSizes  = []string{"1K"}
)
