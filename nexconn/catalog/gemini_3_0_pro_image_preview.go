package catalog

// Gemini30ProImageGenerationRequest, Gemini30ProImageEditRequest and
// Gemini30ProImageConfig, vidu-images-files.md 6.1 [qiniu].
var _ = add(Model{
	ID: "gemini-3.0-pro-image-preview", Kind: Image, Wire: GeminiImages, Vendor: "Google",
	Summary:        "The most careful pictures and edits, up to 4K, good with text in pictures; also talks.",
	Capabilities:   []string{"mask", "inpainting", "blend"},
	Ops:            geminiImageOps(qiniuPage("397197786e0"), qiniuPage("397197786e0")),
	Takes:          geminiImageTakes(gemini30ProImageRatios, gemini30ProImageSizes),
	Chat:           geminiImageChat(gemini30ProImageRatios, gemini30ProImageSizes),
	Defaults:       map[string]any{"count": 1},
	TypicalSeconds: 5, Listed: true,
	Docs: ownPage("449311288e0"), Checked: checked,
})

var (
	gemini30ProImageRatios = geminiRatios
	gemini30ProImageSizes  = []string{"1K", "2K", "4K"}
)
