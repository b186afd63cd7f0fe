package order

import (
	"fmt"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// kindWord and toolOf say what a kind is called and which tool is for it.
var (
	kindWord = map[catalog.Kind]string{catalog.Chat: "chat", catalog.Image: "images", catalog.Video: "video"}
	toolOf   = map[catalog.Kind]string{catalog.Chat: "chat", catalog.Image: "generate_image or edit_image", catalog.Video: "generate_video"}
)

// noModel says why there is no such model of a kind, and what would do instead.
func noModel(models catalog.Set, k catalog.Kind, id string) error {
	for _, other := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		if _, ok := models.Find(other, id); ok {
			return &nexconn.Error{Code: nexconn.Unsupported, Field: "model",
				Message: fmt.Sprintf("%s is for %s, not for %s", id, kindWord[other], kindWord[k]),
				Advice:  fmt.Sprintf("Use %s for it, or one of these here: %s.", toolOf[other], strings.Join(listed(models.Of(k)), ", "))}
		}
	}
	e := &nexconn.Error{Code: nexconn.UnknownModel, Field: "model", Message: fmt.Sprintf("there is no %s model %q", k, head(id, 80))}
	if models.IsOff(k, id) {
		e.Message = fmt.Sprintf("%s is switched off", id)
		e.Advice = fmt.Sprintf("The operator can enable it in the models file (NEXCONN_MODELS_FILE): [models.%q] with enabled = true. ", id)
	}
	if near := models.Nearest(k, id, 3); len(near) > 0 {
		e.Advice += fmt.Sprintf("Did you mean %s? ", strings.Join(near, ", "))
	}
	e.Advice += fmt.Sprintf("The %s models are %s.", k, strings.Join(listed(models.Of(k)), ", "))
	return e
}

// notForChat refuses models that are known and make something else.
func notForChat(models catalog.Set, id string) error {
	if models.IsOffInAll(id) {
		return &nexconn.Error{Code: nexconn.UnknownModel, Field: "model", Message: head(id, 80) + " is switched off in the models file",
			Advice: "Use another model; list_models names them."}
	}
	for _, kind := range []catalog.Kind{catalog.Image, catalog.Video} {
		if m, ok := models.Find(kind, id); ok && (kind == catalog.Image || !m.Pattern) {
			return &nexconn.Error{Code: nexconn.Unsupported, Field: "model", Message: fmt.Sprintf("%s makes %ss and does not chat", id, kind),
				Advice: fmt.Sprintf("Use %s for it.", toolOf[kind])}
		}
	}
	return nil
}

func listed(set catalog.Set) []string {
	var ids []string
	for _, m := range set {
		if m.Listed && !m.Pattern {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// ReadsNone says that a model reads no uploaded files, and which do.
func ReadsNone(models catalog.Set, model string) string {
	return fmt.Sprintf("%s reads no uploaded files; these do: %s", model, strings.Join(models.Reading("qfile"), ", "))
}
