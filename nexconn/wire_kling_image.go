package nexconn

import "github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"

// klingPicture is POST /v1/images/generations: KlingV1CreateImageRequest,
// KlingV15CreateImageRequest, KlingV2CreateImageRequest,
// KlingV2NewCreateImageRequest and KlingV21CreateImageRequest.
// vidu-images-files.md 4.2.
type klingPicture struct {
	Model          string   `json:"model" arg:"model"`
	Prompt         string   `json:"prompt" arg:"prompt"`
	NegativePrompt string   `json:"negative_prompt,omitempty" arg:"negative_prompt"`
	Image          string   `json:"image,omitempty" arg:"images"`
	ImageReference string   `json:"image_reference,omitempty" arg:"image_reference"`
	ImageFidelity  *float64 `json:"image_fidelity,omitempty" arg:"image_fidelity"`
	HumanFidelity  *float64 `json:"human_fidelity,omitempty" arg:"human_fidelity"`
	N              int      `json:"n,omitempty" arg:"count"`
	AspectRatio    string   `json:"aspect_ratio,omitempty" arg:"aspect_ratio"`
}

// klingSubjects is POST /v1/images/edits: KlingV2EditImageRequest and
// KlingV21EditImageRequest. vidu-images-files.md 4.3.
type klingSubjects struct {
	Model  string `json:"model" arg:"model"`
	Prompt string `json:"prompt" arg:"prompt"`
	// Image is required and empty where subjects are given.
	Image            string         `json:"image" arg:"images"`
	SubjectImageList []klingSubject `json:"subject_image_list" arg:"images"`
	SceneImage       string         `json:"scene_image,omitempty" arg:"scene_image"`
	StyleImage       string         `json:"style_image,omitempty" arg:"style_image"`
	N                int            `json:"n,omitempty" arg:"count"`
	AspectRatio      string         `json:"aspect_ratio,omitempty" arg:"aspect_ratio"`
}

type klingSubject struct {
	SubjectImage string `json:"subject_image"`
}

// klingImageList is FalOmniImageRequest of kling-image-o1 on the queue. The
// path is the model. vidu-images-files.md 5.
type klingImageList struct {
	Prompt      string   `json:"prompt" arg:"prompt"`
	ImageURLs   []string `json:"image_urls,omitempty" arg:"images"`
	Resolution  string   `json:"resolution,omitempty" arg:"resolution"`
	NumImages   int      `json:"num_images,omitempty" arg:"count"`
	AspectRatio string   `json:"aspect_ratio,omitempty" arg:"aspect_ratio"`
}

// klingImageWire is /v1/images, asked after at /v1/images/tasks.
var klingImageWire = wire{
	name: catalog.KlingImages, build: of(klingImageBody), path: under("/v1/images/tasks"),
	created: createdBy(klingImageAnswer), status: statusBy(klingImageAnswer),
}

func klingImageBody(e *encoder, m catalog.Model, op catalog.Op, r *ImageRequest) any {
	if op == catalog.MultiImage {
		w := klingSubjects{
			Model: m.WireID(), Prompt: r.Prompt, N: r.Count, AspectRatio: r.AspectRatio,
			SceneImage: e.put(r.SceneImage, catalog.Base64), StyleImage: e.put(r.StyleImage, catalog.Base64),
		}
		for _, p := range r.Images {
			w.SubjectImageList = append(w.SubjectImageList, klingSubject{e.put(p, catalog.Base64)})
		}
		return w
	}
	w := klingPicture{
		Model: m.WireID(), Prompt: r.Prompt, NegativePrompt: r.NegativePrompt, ImageReference: r.ImageReference,
		ImageFidelity: r.ImageFidelity, HumanFidelity: r.HumanFidelity, N: r.Count, AspectRatio: r.AspectRatio,
	}
	if len(r.Images) > 0 {
		w.Image = e.put(r.Images[0], catalog.Base64)
		if _, takes := m.TakesFor(op)["image_reference"]; takes && w.ImageReference == "" {
			// Required with an image where a model has it. vidu-images-files.md 4.2.
			w.ImageReference = "subject"
			e.warn("image_reference wasn't given; subject is sent. Say face to keep the face in the picture instead.")
		}
	}
	return w
}

// klingImageQueueWire is the queue's form for pictures.
var klingImageQueueWire = wire{
	name: catalog.KlingImageList, build: of(klingImageListBody), path: queueStatusPath,
	created: createdBy(queueCreated), status: queueAnswer,
}

func klingImageListBody(e *encoder, _ catalog.Model, _ catalog.Op, r *ImageRequest) any {
	return klingImageList{
		Prompt: r.Prompt, ImageURLs: e.putAll(r.Images, catalog.URLOnly), Resolution: r.Resolution,
		NumImages: r.Count, AspectRatio: r.AspectRatio,
	}
}
