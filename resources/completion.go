package resources

import (
	"context"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Completion completes the ids of resource templates.
type Completion struct {
	Jobs   *jobs.Service
	Models func() catalog.Set
}

// maxValues is what a completion may hold by the specification.
const maxValues = 100

// CompleteResourceArgument is the ids that go on from what is typed, none for
// what no template has.
func (c Completion) CompleteResourceArgument(ctx context.Context, uri string, arg mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	var all []string
	// What follows the path is no part of the template's name.
	switch strings.TrimSuffix(uri, bytesOf) + " " + arg.Name {
	case modelTemplate + " id":
		seen := map[string]bool{}
		for _, m := range c.Models() {
			if !m.Pattern && !m.Off && !seen[m.ID] {
				seen[m.ID] = true
				all = append(all, m.ID)
			}
		}
	case taskTemplate + " id", outputPath + " task_id":
		rows, _, _, err := c.Jobs.List(ctx, jobs.Filter{Limit: maxValues})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			all = append(all, row.TaskID())
		}
	case guideTemplate + " topic":
		all = topics()
	}
	return matching(all, arg.Value), nil
}

// matching is the values that begin with what is typed, then those that hold it.
func matching(all []string, typed string) *mcp.Completion {
	typed = strings.ToLower(typed)
	var begin, hold []string
	for _, v := range all {
		switch low := strings.ToLower(v); {
		case strings.HasPrefix(low, typed):
			begin = append(begin, v)
		case strings.Contains(low, typed):
			hold = append(hold, v)
		}
	}
	values := append(begin, hold...)
	c := &mcp.Completion{Values: []string{}, Total: len(values), HasMore: len(values) > maxValues}
	c.Values = append(c.Values, values[:min(len(values), maxValues)]...)
	return c
}
