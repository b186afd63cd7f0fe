package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Plan is a call on its way to being Work.
type Plan struct {
	Tool  string
	Kind  catalog.Kind
	Model string
	// Key is the call's idempotency key, empty in a dry run.
	Key string
	// Dry says that nothing may be sent, not even a question after another task.
	Dry bool
	// Args are the canonical arguments, as checked against the tool's schema.
	Args map[string]any
	// Unfit are arguments that were given and don't fit the schema, as they
	// came: they still tell what was meant.
	Unfit map[string]any
	// Faults are what was found before.
	Faults Faults
}

// said are all arguments that were given and that a model has a say in.
func (p Plan) said() map[string]any {
	all := modelArgs(p.Unfit)
	maps.Copy(all, modelArgs(p.Args))
	return all
}

func (p Plan) work(m catalog.Model) Work {
	return Work{Tool: p.Tool, Kind: m.Kind, Model: m, Args: p.Args, Key: p.Key}
}

// repeats says that a call is on record under its key, so that its inputs,
// which may be gone by now, are not needed again.
func (s *Service) repeats(ctx context.Context, w *Work, faults Faults) bool {
	if w.Key == "" || len(faults) > 0 {
		return false
	}
	book, err := s.ledger(ctx)
	if err != nil {
		return false // which the call itself will say
	}
	row, err := book.ByKey(ctx, CallerFrom(ctx).ID, w.Key)
	if err != nil || row.ArgsHash != w.hash() {
		return false
	}
	w.known = &row
	return true
}

// Plan checks a call against its model, takes its media in and builds the
// request. All faults come in one error; nothing is sent.
func (s *Service) Plan(ctx context.Context, p Plan) (Work, error) {
	faults := p.Faults
	if p.Model == "" {
		return Work{}, noID(faults)
	}
	m, err := s.model(p.Kind, p.Model)
	if err != nil {
		faults.AddErr("model", err)
		return Work{}, faults.Err()
	}
	op := catalog.OpOf(p.Kind, p.said())
	p.Args = m.Spelled(op, p.Args)
	w := p.work(m)
	w.Op = op
	w.Prompt, _ = p.Args["prompt"].(string)
	if s.repeats(ctx, &w, faults) {
		return w, nil
	}
	wrong, doubts := m.Check(s.Models, w.Op, p.said())
	faults.check(wrong)
	w.Warnings = append(w.Warnings, doubts...)
	if err := s.own(ctx, p.Args); err != nil {
		faults.AddErr("extra", err)
	}
	wants := func(arg string) *catalog.Media { return m.MediaFor(w.Op, arg) }
	encoded, err := json.Marshal(p.Args)
	if err != nil {
		return Work{}, err
	}
	if p.Kind == catalog.Video {
		var r nexconn.VideoRequest
		if err := exactly(encoded, &r); err != nil {
			faults.AddErr("", err)
			return Work{}, faults.Err()
		}
		r.Model = m.ID
		w.Warnings = append(w.Warnings, s.inputs(p).take(ctx, &r, wants, &faults)...)
		w.Call, err = nexconn.VideoCall(m, w.Op, r)
	} else {
		var r nexconn.ImageRequest
		if err := exactly(encoded, &r); err != nil {
			faults.AddErr("", err)
			return Work{}, faults.Err()
		}
		r.Model = m.ID
		w.Warnings = append(w.Warnings, s.inputs(p).take(ctx, &r, wants, &faults)...)
		w.Call, err = nexconn.ImageCall(m, w.Op, r)
	}
	faults.build(p.Faults, err)
	w.Warnings = append(w.Warnings, w.Call.Warnings...)
	if size := w.Call.Body.Len(); m.BodyBytes > 0 && size > m.BodyBytes {
		w.Warnings = append(w.Warnings, fmt.Sprintf("The request has %.1f MB, and %s takes up to %d MB by what is known second-hand; sent all the same. Smaller files, or links in their place, make it less.",
			float64(size)/(1<<20), m.ID, m.BodyBytes>>20))
	}
	return w, faults.Err()
}

// exactly decodes arguments and leaves the numbers of extra as they are written.
func exactly(doc []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	return dec.Decode(into)
}

// noID refuses a call that names no model, unless that was said before.
func noID(faults Faults) error {
	if len(faults) == 0 {
		faults.Add(nexconn.InvalidArgument, "model", "model is required.")
	}
	return faults.Err()
}

// modelArgs are the arguments that a model has a say in.
func modelArgs(args map[string]any) map[string]any {
	out := make(map[string]any, len(args))
	for name, v := range args {
		if name != "model" && name != "extra" {
			out[name] = v
		}
	}
	return out
}

// model finds the model of a kind, or says what would do instead.
func (s *Service) model(k catalog.Kind, id string) (catalog.Model, error) {
	m, ok := s.Models.Find(k, id)
	if !ok {
		return m, s.noModel(k, id)
	}
	return m, nil
}

var kindWord = map[catalog.Kind]string{catalog.Chat: "chat", catalog.Image: "images", catalog.Video: "video"}

var toolOf = map[catalog.Kind]string{catalog.Chat: "chat", catalog.Image: "generate_image or edit_image", catalog.Video: "generate_video"}

func (s *Service) noModel(k catalog.Kind, id string) error {
	for _, other := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		if _, ok := s.Models.Find(other, id); ok {
			return &nexconn.Error{Code: nexconn.Unsupported, Field: "model",
				Message: fmt.Sprintf("%s is for %s, not for %s", id, kindWord[other], kindWord[k]),
				Advice:  fmt.Sprintf("Use %s for it, or one of these here: %s.", toolOf[other], strings.Join(listed(s.Models.Of(k)), ", "))}
		}
	}
	e := &nexconn.Error{Code: nexconn.UnknownModel, Field: "model", Message: fmt.Sprintf("there is no %s model %q", k, head(id, 80))}
	if s.Models.IsOff(k, id) {
		e.Message = fmt.Sprintf("%s is switched off", id)
		e.Advice = fmt.Sprintf("The operator can enable it in the models file (NEXCONN_MODELS_FILE): [models.%q] with enabled = true. ", id)
	}
	if near := s.Models.Nearest(k, id, 3); len(near) > 0 {
		e.Advice += fmt.Sprintf("Did you mean %s? ", strings.Join(near, ", "))
	}
	e.Advice += fmt.Sprintf("The %s models are %s.", k, strings.Join(listed(s.Models.Of(k)), ", "))
	return e
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

// inputs are where a call's media come from.
type inputs struct{ media.Inputs }

func (s *Service) inputs(p Plan) inputs {
	in := inputs{s.Inputs}
	if p.Dry {
		in.Task = s.inputAsSeen
	}
	return in
}

// take resolves every media field of a canonical request in place: wants
// says what the model asks of a field, nil where it does not take it (which
// checking has said already).
func (in inputs) take(ctx context.Context, request any, wants func(arg string) *catalog.Media, faults *Faults) []string {
	var warnings []string
	v := reflect.ValueOf(request).Elem()
	for i := range v.NumField() {
		arg, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		want := wants(arg)
		if want == nil {
			continue
		}
		for at, m := range mediaIn(v.Field(i)) {
			name := arg + at
			got, notes, err := in.Take(ctx, name, m.Ref, *want)
			if err != nil {
				faults.AddErr(name, err)
				*m = nexconn.Media{} // so that nothing more is said of it
				continue
			}
			*m = got
			warnings = append(warnings, notes...)
		}
	}
	return warnings
}

// mediaIn yields the media of a field and where they stand in it.
func mediaIn(v reflect.Value) func(yield func(string, *nexconn.Media) bool) {
	return func(yield func(string, *nexconn.Media) bool) {
		switch f := v.Addr().Interface().(type) {
		case *nexconn.Media:
			if !f.IsZero() {
				yield("", f)
			}
		case *[]nexconn.Media:
			for i := range *f {
				if !yield(fmt.Sprintf("[%d]", i), &(*f)[i]) {
					return
				}
			}
		case *[]nexconn.Subject:
			for i := range *f {
				for j := range (*f)[i].Images {
					if !yield(fmt.Sprintf("[%d].images[%d]", i, j), &(*f)[i].Images[j]) {
						return
					}
				}
			}
		}
	}
}
