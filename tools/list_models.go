package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type listModelsArgs struct {
	Kind       string `json:"kind,omitempty"`
	Capability string `json:"capability,omitempty"`
	Model      string `json:"model,omitempty"`
	Live       bool   `json:"live,omitempty"`
}

func listModels(d Deps) Tool {
	return build(d, define{
		name: "list_models", title: "List models", readOnly: true,
		description: "Lists models and what they can do. With model: every limit and price of that one.",
		in:          schemas.Input[listModelsArgs]("list_models", schemas.Options{}),
		out:         schemas.Output[catalog.List](),
	}, func(ctx context.Context, in listModelsArgs, c *call) (answer, error) {
		list := catalog.List{Models: []catalog.Entry{}}
		today := listing{}
		if in.Live {
			today, list.Warnings = d.today(ctx)
		}
		found, err := d.pick(in)
		newer := d.newer(in, today)
		if err != nil && len(newer) == 0 {
			return answer{}, err
		}
		for _, m := range found {
			e := m.Entry(in.Model != "")
			if today.ids != nil {
				here := today.ids[m.WireID()] || slices.ContainsFunc(m.Aliases, func(alias string) bool { return today.ids[alias] })
				e.Live = &here
			}
			list.Models = append(list.Models, e)
		}
		list.Models = append(list.Models, newer...)
		if list.Count = len(list.Models); list.Count == 0 {
			list.Warnings = append(list.Warnings, fmt.Sprintf("Nothing in the catalogue is said to do %q. Words it knows: operations (%s), arguments of the tools, and features such as sound, 4k, vision, reasoning, anime.",
				in.Capability, strings.Join(d.operations(), ", ")))
		}
		return answer{structured: list}, nil
	})
}

// listing is what the service says today: the ids that it lists, nil where it
// doesn't say, and its market list.
type listing struct {
	ids    map[string]bool
	market catalog.Market
}

// today asks the service for both of its lists.
func (d Deps) today(ctx context.Context) (l listing, warnings []string) {
	ids, err := d.Jobs.Account().Models(ctx)
	if err != nil {
		warnings = append(warnings, "What the service lists today could not be read: "+err.Error())
	} else {
		l.ids = map[string]bool{}
	}
	for _, id := range ids {
		l.ids[id] = true
	}
	if d.Market == nil {
		return l, warnings
	}
	if l.market, err = d.Market(ctx); err != nil {
		warnings = append(warnings, "The service's market list, with prices and days of retirement, could not be read; the catalogue's stand: "+err.Error())
	}
	return l, warnings
}

// newer are the models of the service's list that the catalogue lacks.
func (d Deps) newer(in listModelsArgs, l listing) (entries []catalog.Entry) {
	if in.Capability != "" {
		return nil
	}
	for _, o := range d.Models().Unlisted(l.market) {
		e := o.Entry()
		if (in.Kind == "" || e.Kind == in.Kind) && (in.Model == "" || strings.EqualFold(e.ID, in.Model)) {
			entries = append(entries, e)
		}
	}
	return entries
}

// operations are the words of every operation on offer.
func (d Deps) operations() []string {
	var all []string
	for _, m := range d.Models() {
		all = append(all, m.OpNames()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d Deps) pick(in listModelsArgs) (catalog.Set, error) {
	var found catalog.Set
	models := d.Models()
	for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		if in.Kind != "" && in.Kind != string(kind) {
			continue
		}
		of := models.Of(kind)
		if in.Model != "" {
			if m, ok := models.Find(kind, in.Model); ok {
				found = append(found, m)
			}
			continue
		}
		if in.Capability != "" {
			of = of.With(in.Capability, kind)
		}
		for _, m := range of {
			if !m.Pattern {
				found = append(found, m)
			}
		}
	}
	if in.Model != "" && len(found) == 0 {
		for _, m := range models {
			if in.Kind != "" && m.ID == in.Model && !m.Off {
				return nil, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "kind",
					Message: in.Model + " is not of kind " + in.Kind + " but of " + string(m.Kind), Advice: "Leave kind out where model is given."}
			}
		}
		e := &nexconn.Error{Code: nexconn.UnknownModel, Field: "model", Message: "the catalogue has no model \"" + in.Model + "\""}
		var near []string
		for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
			near = append(near, models.Nearest(kind, in.Model, 2)...)
		}
		if slices.Sort(near); len(near) > 0 {
			e.Advice = "Did you mean " + strings.Join(slices.Compact(near), ", ") + "? list_models without model names all."
		}
		return nil, e
	}
	return found.RecommendedFirst(), nil
}

func listedIDs(set catalog.Set) []string {
	var ids []string
	for _, m := range set {
		if m.Listed && !m.Pattern {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// modelList names the models of a set that offer an operation (all, where it
// is empty).
func modelList(set catalog.Set, op catalog.Op) string {
	var some catalog.Set
	for _, m := range set {
		_, offers := m.Ops[op]
		if _, several := m.Ops[catalog.MultiImage]; op == "" || offers || op == catalog.ImageToImage && several {
			some = append(some, m)
		}
	}
	return strings.Join(listedIDs(some), ", ")
}
