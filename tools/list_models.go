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
	Kind       string `json:"kind,omitempty" jsonschema:"enum=chat,enum=image,enum=video"`
	Capability string `json:"capability,omitempty" jsonschema_description:"An operation, argument or feature, e.g. first_last_frame, sound, multi_shot, reasoning, vision, 4k."`
	Model      string `json:"model,omitempty" jsonschema_description:"An id: all limits of that one."`
	Live       bool   `json:"live,omitempty" jsonschema_description:"Mark what the service lists today."`
}

func listModels(d Deps) Tool {
	return build(d, define{
		name: "list_models", title: "List models", readOnly: true,
		description: "Which models can do what. With model: every limit and price of that one.",
		in:          schemas.Input[listModelsArgs](schemas.Options{}),
		out:         schemas.Output[catalog.List](),
	}, func(ctx context.Context, in listModelsArgs, c *call) (answer, error) {
		found, err := d.pick(in)
		if err != nil {
			return answer{}, err
		}
		list := catalog.List{Models: make([]catalog.Entry, 0, len(found)), Count: len(found)}
		if len(found) == 0 {
			list.Warnings = append(list.Warnings, fmt.Sprintf("Nothing in the catalogue is said to do %q. Words it knows: operations (%s), arguments of the tools, and features such as sound, 4k, vision, reasoning, anime.",
				in.Capability, strings.Join(d.operations(), ", ")))
		}
		live := map[string]bool{}
		if in.Live {
			ids, err := d.Jobs.Live(ctx)
			if err != nil {
				list.Warnings = append(list.Warnings, "What the service lists today could not be read: "+err.Error())
				in.Live = false
			}
			for _, id := range ids {
				live[id] = true
			}
		}
		for _, m := range found {
			e := m.Entry(in.Model != "")
			if in.Live {
				here := live[m.WireID()]
				e.Live = &here
			}
			list.Models = append(list.Models, e)
		}
		return answer{structured: list}, nil
	})
}

// operations are the words of every operation on offer.
func (d Deps) operations() []string {
	var all []string
	for _, m := range d.Models {
		all = append(all, m.OpNames()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d Deps) pick(in listModelsArgs) (catalog.Set, error) {
	var found catalog.Set
	for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		if in.Kind != "" && in.Kind != string(kind) {
			continue
		}
		of := d.Models.Of(kind)
		if in.Model != "" {
			if m, ok := d.Models.Find(kind, in.Model); ok {
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
		for _, m := range d.Models {
			if in.Kind != "" && m.ID == in.Model && !m.Off {
				return nil, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "kind",
					Message: in.Model + " is not of kind " + in.Kind + " but of " + string(m.Kind), Advice: "Leave kind out where model is given."}
			}
		}
		e := &nexconn.Error{Code: nexconn.UnknownModel, Field: "model", Message: "the catalogue has no model \"" + in.Model + "\""}
		var near []string
		for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
			near = append(near, d.Models.Nearest(kind, in.Model, 2)...)
		}
		if slices.Sort(near); len(near) > 0 {
			e.Advice = "Did you mean " + strings.Join(slices.Compact(near), ", ") + "? list_models without model names all."
		}
		return nil, e
	}
	return found, nil
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
