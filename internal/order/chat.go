package order

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// chat is an order of one turn. An id that the catalogue lacks is passed
// through.
func (o *Order) chat(models catalog.Set, in Input, id string) {
	m, ok := models.ForChat(id)
	if !ok {
		if err := notForChat(models, id); err != nil && !o.refused.Has("model") {
			o.Faults.AddErr("model", err)
		}
		o.unlisted(models, id)
		m = catalog.Free(id)
	}
	o.listed = ok
	o.use(m, catalog.Turn)
	o.check(models, in)
	o.decode(in)
	if r, ok := o.Request.(*nexconn.ChatRequest); ok {
		if o.Prompt = r.Prompt; o.Prompt == "" {
			o.Prompt = lastMessage(r.Messages)
		}
	}
	o.Basis = Basis(o.Given)
}

// unlisted warns that an id goes through unknown, and names the nearest ones.
func (o *Order) unlisted(models catalog.Set, id string) {
	if id == "" {
		return
	}
	warning := fmt.Sprintf("%s is not in the catalogue and is sent as it is: its limits and its price are not known.", head(id, 80))
	if near := models.Nearest(catalog.Chat, id, 3); len(near) > 0 {
		warning += " The nearest known ids are " + strings.Join(near, ", ") + "."
	}
	o.Warnings = append(o.Warnings, warning)
}

// lastMessage is the text of the last message that has one.
func lastMessage(messages []nexconn.Message) string {
	for _, m := range slices.Backward(messages) {
		var text string
		if json.Unmarshal(m.Fields["content"], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// native is an order in a vendor's own protocol; the body is as the caller
// wrote it.
func (o *Order) native(models catalog.Set, in Input, id string) {
	m, ok := models.ForChat(id)
	if !ok {
		m = catalog.Free(id)
		o.unlisted(models, id)
		if models.IsOffInAll(id) {
			o.Faults.AddErr("model", notForChat(models, id))
		}
	}
	o.Model, o.Op, o.listed = m, catalog.Turn, ok
	o.Hash = hash(o.Tool, m.ID, o.Given)
	o.Prompt = lastText(o.Given["body"], 64)
	o.decode(in)
	o.Basis = Basis(o.Given)
}

// lastText is the last thing said in a vendor's own request, as far as it can
// be told without knowing the vendor: the text that stands last in it, at most
// so many levels deep.
func lastText(v any, levels int) string {
	if levels == 0 {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, item := range slices.Backward(v) {
			if text := lastText(item, levels-1); text != "" {
				return text
			}
		}
	case map[string]any:
		for _, key := range []string{"messages", "contents", "input", "content", "parts", "text"} {
			if text := lastText(v[key], levels-1); text != "" {
				return text
			}
		}
	}
	return ""
}

// remix is an order of a finished video, changed; its source is looked up
// before it is sent.
func (o *Order) remix(models catalog.Set, in Input) {
	taskID, _ := in.Given["task_id"].(string)
	prompt, _ := in.Given["prompt"].(string)
	if taskID == "" {
		return
	}
	m, _, err := nexconn.FindTask(models, nexconn.TaskID(taskID))
	if err != nil {
		o.Faults.AddErr("task_id", err)
		return
	}
	o.Kind = m.Kind
	wrong, warnings := m.Check(models, catalog.Remix, map[string]any{"prompt": prompt})
	o.Faults.addCheck(wrong)
	o.Warnings = append(o.Warnings, warnings...)
	o.Model, o.Op, o.Prompt = m, catalog.Remix, prompt
	o.Hash = hash(o.Tool, m.ID, o.Given)
	o.decode(in)
}

// Uploads refuses uploaded files to a model of the catalogue that reads none.
func (o *Order) Uploads(models catalog.Set, arg, ref string) {
	if o.listed && models.Lacks(o.Model.ID, "qfile") && len(ref) > 6 && ref[:6] == "qfile-" {
		o.Faults.Add(nexconn.Unsupported, arg, arg+": "+ReadsNone(models, o.Model.ID))
	}
}
