package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// offered lists the ids of the documents' table of contents by what they do, with
// the Veo ids that the create page and the catalogue of autumn 2026 name.
func offered(kind string) []string {
	switch kind {
	case "chat":
		return []string{
			"gemini-3.1-pro-preview", "gemini-2.5-pro", "gemini-2.5-flash",
			"openai/gpt-5", "openai/gpt-5.2", "openai/gpt-5.2-codex",
			"claude-4.5-sonnet", "claude-4.6-opus", "claude-3.7-sonnet",
			"deepseek/deepseek-v3.2-251201", "deepseek-v3",
			"doubao-seed-1.6", "qwen3-max-2026-01-23", "moonshotai/kimi-k2.5",
		}
	case "gemini image":
		return []string{"gemini-2.5-flash-image", "gemini-3.0-pro-image-preview", "gemini-3.1-flash-image-preview"}
	case "kling image":
		return []string{"kling-v1", "kling-v1-5", "kling-v2", "kling-v2-new", "kling-v2-1"}
	case "queue image":
		return []string{"kling-image-o1"}
	case "video":
		return []string{
			"sora-2", "sora-2-pro",
			"kling-v2-1", "kling-v2-5-turbo", "kling-v2-6", "kling-v3", "kling-video-o1", "kling-v3-omni",
		}
	case "veo":
		return []string{
			"veo-3.1-generate-001", "veo-3.1-fast-generate-001", "veo-3.1-generate-preview", "veo-3.1-fast-generate-preview",
			"veo-3.0-generate-001", "veo-3.0-fast-generate-001", "veo-3.0-generate-preview", "veo-3.0-fast-generate-preview",
			"veo-2.0-generate-001", "veo-2.0-generate-exp", "veo-2.0-generate-preview",
		}
	case "seedance":
		return []string{"bytedance/doubao-seedance-2-0-260128"}
	case "vidu":
		return []string{"viduq1", "viduq2", "viduq2-pro", "viduq2-turbo", "viduq3-pro", "viduq3-turbo"}
	}
	return nil
}

func kinds() []string {
	return []string{"chat", "gemini image", "kling image", "queue image", "video", "veo", "seedance", "vidu"}
}

func offers(kind, id string) bool { return slices.Contains(offered(kind), id) }

// checkModel refuses a model that a path of this kind does not serve: as one
// without a route if another path serves it, as one without a price otherwise.
// also are ids that are served besides (Options.Models).
func checkModel(also []string, id string, here ...string) error {
	if id == "" {
		return bad("model", "model is required")
	}
	for _, k := range here {
		if offers(k, id) {
			return nil
		}
	}
	for _, k := range kinds() {
		if offers(k, id) {
			return noChannels(id)
		}
	}
	if slices.Contains(also, id) {
		return nil
	}
	return unknownModel(id)
}

// checkChatModel lets an id pass that nobody lists, as a service that gains
// models every week would, unless it is plainly made up. An id that begins with
// "unrouted-" is answered as one that has a price and no route.
func checkChatModel(id string) error {
	switch {
	case strings.HasPrefix(id, "unrouted-"):
		return noChannels(id)
	case strings.Contains(id, "nope") || strings.HasPrefix(id, "unknown"):
		return unknownModel(id)
	}
	err := checkModel(nil, id, "chat", "gemini image")
	if r, ok := errors.AsType[refusal](err); ok && r.status == http.StatusServiceUnavailable {
		return nil
	}
	return err
}

type modelItem struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// listModels answers GET /v1/models, the one route that wants no key.
func (s *Server) listModels(w http.ResponseWriter, _ *http.Request) {
	var data []modelItem
	seen := map[string]bool{}
	for _, k := range kinds() {
		for _, id := range offered(k) {
			if seen[id] { // kling-v2-1 makes images and videos
				continue
			}
			seen[id] = true
			data = append(data, modelItem{id, "model", 1764547200, owner(id)})
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": data})
}

func owner(id string) string {
	if vendor, _, ok := strings.Cut(id, "/"); ok {
		return vendor
	}
	for prefix, name := range map[string]string{
		"gemini": "google", "veo": "google", "claude": "anthropic", "deepseek": "deepseek", "doubao": "bytedance",
		"qwen": "alibaba", "sora": "openai", "kling": "kuaishou", "vidu": "shengshu",
	} {
		if strings.HasPrefix(id, prefix) {
			return name
		}
	}
	return "unknown"
}
