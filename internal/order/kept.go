package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// CheckReferences refuses references to what a vendor or the service keeps
// under the server's key, in the body of a native request, in extra and in
// messages: nothing on record tells whose it is, and the vendor would give it to
// every caller of the server. Files of the service (qfile-…) are on record and
// are checked elsewhere. Given are the arguments of a call.
func CheckReferences(given map[string]any) error {
	for _, arg := range []string{"body", "extra", "messages"} {
		if place := referenceIn(given[arg]); place != nil {
			slices.Reverse(place)
			return &nexconn.Error{Code: nexconn.Forbidden, Field: arg,
				Message: fmt.Sprintf("%s names something that is kept under this server's key, and the server can't tell whose it is", head(arg+strings.Join(place, ""), 200)),
				Advice:  "Leave it out and send the content itself: the earlier turns, the item without its id, the file's bytes or link. Nothing was sent."}
		}
	}
	return nil
}

// references are the fields by which vendors' protocols name what they keep
// under a key, in lower case and without signs. The page of the service is
// 449311200e0 (conversation); the others are the vendors' own: OpenAI Responses
// and Chat Completions, Anthropic Messages, Gemini generateContent.
var references = []string{
	// OpenAI: what was said and made before, stored prompts, files, containers.
	"previousresponseid", "responseid", "conversation", "conversationid", "threadid", "assistantid", "itemid", "approvalrequestid",
	"promptid", "fileid", "fileids", "vectorstoreid", "vectorstoreids", "container", "containerid", "skillid",
	// Gemini: cached contents, file search stores, corpora and data stores.
	"cachedcontent", "filesearchstorenames", "ragcorpus", "ragcorpora", "ragfileids", "datastore", "previousinteractionid",
}

// ownData are the fields whose values are the caller's own: schemas and the
// data of tools. What they hold is read by no vendor as a reference.
var ownData = []string{"args", "arguments", "response", "parameters", "parametersjsonschema", "inputschema", "schema", "jsonschema",
	"responseschema", "responsejsonschema", "metadata"}

// plainName is a field's name without letter case and signs: vendors' decoders
// and relays take previousResponseId for previous_response_id.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// referenceIn is the place of the first reference in a value, innermost part
// first, nil for none. A place is only put together where there is one: a body
// may have a million members.
func referenceIn(v any) (place []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if place := referenceAt(v, name); place != nil {
				return append(place, "."+name)
			}
		}
	case []any:
		for i, item := range v {
			if place := referenceIn(item); place != nil {
				return append(place, fmt.Sprintf("[%d]", i))
			}
		}
	}
	return nil
}

// referenceAt is referenceIn of one field of an object.
func referenceAt(fields map[string]any, name string) (place []string) {
	v := fields[name]
	switch plain := plainName(name); {
	case slices.Contains(references, plain) && names(v):
		return []string{""}
	case plain == "prompt" || plain == "audio": // a stored prompt; the audio of an earlier answer
		if named, ok := v.(map[string]any); ok && names(valueOf(named, "id")) {
			return []string{".id"}
		}
	case plain == "fileuri":
		if link, _ := v.(string); keptFile(link) {
			return []string{""}
		}
	case slices.Contains(ownData, plain):
		return nil
	case plain == "input":
		if items, ok := v.([]any); ok {
			if place := itemIn(items); place != nil {
				return place
			}
		} else if valueOf(fields, "type") == "tool_use" {
			return nil // the arguments of a tool call
		}
	}
	return referenceIn(v)
}

// itemIn is the place of the first item of an input that is named by its id: an
// item_reference, whose type may be left out, or an item that the vendor looks
// up by the id it has.
func itemIn(items []any) []string {
	for i, v := range items {
		if item, ok := v.(map[string]any); ok && names(valueOf(item, "id")) {
			return []string{".id", fmt.Sprintf("[%d]", i)}
		}
	}
	return nil
}

// valueOf is a field's value, whatever the letter case of its name.
func valueOf(fields map[string]any, name string) any {
	for key, v := range fields {
		if strings.EqualFold(key, name) && v != nil && v != "" {
			return v
		}
	}
	return nil
}

// keptFile says that a link of Gemini's fileData is a file that is kept under a
// key, and not one on the web.
func keptFile(link string) bool {
	link = strings.ToLower(strings.TrimSpace(link))
	return strings.Contains(link, "generativelanguage.googleapis.com") || strings.HasPrefix(link, "files/")
}

// names says that a value is an id of what is kept, or holds one. An id of the
// service's own files is none.
func names(v any) bool {
	switch v := v.(type) {
	case string:
		return v != "" && !strings.HasPrefix(v, "qfile-")
	case float64:
		return true
	case map[string]any:
		return names(valueOf(v, "id"))
	case []any:
		return slices.ContainsFunc(v, names)
	}
	return false
}
