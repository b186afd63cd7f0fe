package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

var qfile = regexp.MustCompile(`qfile-[A-Za-z0-9-]+`)

// own refuses what is another caller's, wherever in a call it is named: where
// the server holds the key, the service itself would give it.
func (s *Service) own(ctx context.Context, args map[string]any) error {
	if !CallerFrom(ctx).Hosted {
		return nil
	}
	if err := kept(args); err != nil {
		return err
	}
	said, err := json.Marshal(args)
	if err != nil {
		return err
	}
	for _, id := range qfile.FindAllString(string(said), -1) {
		if _, err := s.fileClient(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// memories are the fields by which vendors' protocols go on from what the
// service keeps under a key: conversation of the page 449311200e0,
// previous_response_id and its like as the vendors have them.
var memories = []string{"conversation", "previous_response_id", "cachedContent", "cached_content", "container"}

// kept refuses to go on from a conversation that the service keeps: nothing on
// record tells whose it is.
func kept(args map[string]any) error {
	for _, part := range []string{"body", "extra"} {
		fields, _ := args[part].(map[string]any)
		for _, name := range memories {
			if !names(fields[name]) {
				continue
			}
			return &nexconn.Error{Code: nexconn.Forbidden, Field: part,
				Message: fmt.Sprintf("%s in %s names something that the service keeps under this server's key, and the server can't tell whose it is", name, part),
				Advice:  "Leave it out and send the earlier turns themselves. Nothing was sent."}
		}
		items, _ := fields["input"].([]any)
		for _, one := range items {
			if item, _ := one.(map[string]any); item["type"] == "item_reference" {
				return &nexconn.Error{Code: nexconn.Forbidden, Field: part,
					Message: "an item_reference names something that the service keeps under this server's key, and the server can't tell whose it is",
					Advice:  "Send the item itself. Nothing was sent."}
			}
		}
	}
	return nil
}

// names says that a value is an id, or holds one.
func names(v any) bool {
	switch v := v.(type) {
	case string:
		return v != ""
	case map[string]any:
		return names(v["id"])
	}
	return false
}
