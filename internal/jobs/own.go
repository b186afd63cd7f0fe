package jobs

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
)

var qfile = regexp.MustCompile(`qfile-[A-Za-z0-9-]+`)

// checkOwnership refuses what is another caller's, wherever in a call it is named: where
// the server holds the key, the service itself would give it.
func (f *Files) checkOwnership(ctx context.Context, args map[string]any) error {
	if !caller.From(ctx).Hosted {
		return nil
	}
	if err := order.CheckReferences(args); err != nil {
		return err
	}
	said, err := json.Marshal(args)
	if err != nil {
		return err
	}
	for _, id := range qfile.FindAllString(string(said), -1) {
		if _, err := f.client(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
