package catalog

import "slices"

// Gemini31FlashImageGenerationRequest, Gemini31FlashImageEditRequest and
// Gemini31FlashImageConfig, vidu-images-files.md 6.1 [qiniu].
var _ = add(func() Model {
	return Model{
		ID: "gemini-3.1-flash-image-preview", Kind: Image, Wire: GeminiImages, Vendor: "Google",
		Summary:      "Quick pictures and edits from 512 to 4K in fourteen shapes, very tall and very wide ones too; also talks.",
		Capabilities: []string{"mask", "inpainting", "blend"},
		Ops:          geminiImageOps(qiniuPage("421308052e0"), qiniuPage("421308053e0")),
		Takes:        geminiImageTakes(gemini31FlashImageRatios, gemini31FlashImageSizes),
		Chat:         geminiImageChat(gemini31FlashImageRatios, gemini31FlashImageSizes, 131072, 32768),
		Defaults:     map[string]any{"count": 1},
		Price: price(sisterList.rates(in(.5), out(3), per(PerPictureToken, 60), search(.014))).
			drawing(geminiPictures(32768, map[string]int{"": 1120, "512": 747, "1K": 1120, "2K": 1680, "4K": 2520})), // vendor's tokens, prices.tsv
		TypicalSeconds: 5, Listed: true,
		Aliases:   []string{"nano-banana-2", "google/gemini-3.1-flash-image-preview"},
		RetiredOn: "2026-06-25", Successor: "google/gemini-3.1-flash-image",
		Docs: qiniuPage("421308052e0"), Checked: checked,
	}
})

var (
	gemini31FlashImageRatios = append(slices.Clone(geminiRatios), "1:4", "4:1", "1:8", "8:1")
	gemini31FlashImageSizes  = []string{"512", "1K", "2K", "4K"}
)
