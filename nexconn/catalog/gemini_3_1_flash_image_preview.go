package catalog

import "slices"

// Gemini31FlashImageGenerationRequest, Gemini31FlashImageEditRequest and
// Gemini31FlashImageConfig, vidu-images-files.md 6.1 [qiniu].
var _ = add(Model{
	ID: "gemini-3.1-flash-image-preview", Kind: Image, Wire: GeminiImages, Vendor: "Google",
	Summary:        "Quick pictures and edits from 512 to 4K in fourteen shapes, very tall and very wide ones too; also talks.",
	Capabilities:   []string{"mask", "inpainting", "blend"},
	Ops:            geminiImageOps(qiniuPage("421308052e0"), qiniuPage("421308053e0")),
	Takes:          geminiImageTakes(gemini31FlashImageRatios, gemini31FlashImageSizes),
	Chat:           geminiImageChat(gemini31FlashImageRatios, gemini31FlashImageSizes),
	Defaults:       map[string]any{"count": 1},
	TypicalSeconds: 5, Listed: true,
	Docs: qiniuPage("421308052e0"), Checked: checked,
})

var (
	gemini31FlashImageRatios = append(slices.Clone(geminiRatios), "1:4", "4:1", "1:8", "8:1")
	gemini31FlashImageSizes  = []string{"512", "1K", "2K", "4K"}
)
