package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// PlanChat checks a turn against its model, takes its attachments in and
// builds the request. An id that the catalogue lacks is passed through. All
// faults come in one error.
func (s *Service) PlanChat(ctx context.Context, r nexconn.ChatRequest, p Plan) (Work, error) {
	faults := p.Faults
	m, ok := s.Models.ForChat(r.Model)
	if !ok {
		if err := s.notForChat(r.Model); err != nil && !p.Faults.tells("model") {
			faults.AddErr("model", err)
		}
		m = catalog.Free(r.Model)
	}
	p.Args = m.Spelled(catalog.Turn, p.Args)
	if c, ok := p.Args["image_config"].(map[string]any); ok && r.ImageConfig != nil {
		spelled := *r.ImageConfig
		spelled.AspectRatio, _ = c["aspect_ratio"].(string)
		spelled.ImageSize, _ = c["image_size"].(string)
		r.ImageConfig = &spelled
	}
	w := p.work(m)
	w.Kind, w.Op, w.Prompt = catalog.Chat, catalog.Turn, r.Prompt
	if s.repeats(ctx, &w, faults) {
		return w, nil
	}
	if w.Prompt == "" {
		w.Prompt = lastWords(r.Messages)
	}
	wrong, doubts := m.Check(s.Models, catalog.Turn, p.said())
	faults.check(wrong)
	w.Warnings = append(w.Warnings, doubts...)
	w.Warnings = append(w.Warnings, s.inputs(p).attach(ctx, m, &r, &faults)...)
	if ok {
		s.uploads(m, &r, &faults)
	}
	call, more, err := nexconn.ChatCall(m, r)
	faults.build(p.Faults, err)
	w.Call = call
	for _, warning := range more {
		w.Warnings = addOnce(w.Warnings, warning)
	}
	if err := s.own(ctx, p.Args); err != nil {
		faults.AddErr("attachments", err)
	}
	if r.Model == "" && !p.Faults.tells("model") {
		faults.Add(nexconn.InvalidArgument, "model", "model is required.")
	}
	return w, faults.Err()
}

// notForChat refuses models that are known and make something else.
func (s *Service) notForChat(id string) error {
	if s.Models.IsOff(catalog.Chat, id) {
		return &nexconn.Error{Code: nexconn.UnknownModel, Field: "model", Message: id + " is switched off in the models file",
			Advice: "Use another model; list_models names them."}
	}
	for _, kind := range []catalog.Kind{catalog.Image, catalog.Video} {
		if m, ok := s.Models.Find(kind, id); ok && (kind == catalog.Image || !m.Pattern) {
			return &nexconn.Error{Code: nexconn.Unsupported, Field: "model", Message: fmt.Sprintf("%s makes %ss and does not chat", id, kind),
				Advice: fmt.Sprintf("Use %s for it.", toolOf[kind])}
		}
	}
	return nil
}

func lastWords(messages []nexconn.Message) string {
	for _, m := range slices.Backward(messages) {
		var text string
		if json.Unmarshal(m.Fields["content"], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// PlanNative builds a vendor's own request; the body is as the caller wrote it.
func (s *Service) PlanNative(ctx context.Context, protocol, model string, body json.RawMessage, args map[string]any, faults Faults) (Work, error) {
	m, ok := s.Models.ForChat(model)
	if !ok {
		m = catalog.Free(model)
	}
	call, warnings, err := nexconn.NativeCall(nexconn.Protocol(protocol), model, body)
	faults.build(faults, err)
	if err := s.own(ctx, args); err != nil {
		faults.AddErr("body", err)
	}
	var said any
	if err := json.Unmarshal(body, &said); err != nil {
		said = nil // which has been told
	}
	return Work{Kind: catalog.Chat, Model: m, Op: catalog.Turn, Args: args, Call: call, Warnings: warnings, Native: true, Prompt: lastText(said)}, faults.Err()
}

// lastText is the last thing said in a vendor's own request, as far as it can
// be told without knowing the vendor: the text that stands last in it.
func lastText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, item := range slices.Backward(v) {
			if text := lastText(item); text != "" {
				return text
			}
		}
	case map[string]any:
		for _, key := range []string{"messages", "contents", "input", "content", "parts", "text"} {
			if text := lastText(v[key]); text != "" {
				return text
			}
		}
	}
	return ""
}

// PlanRemix builds the remix of a finished video.
func (s *Service) PlanRemix(ctx context.Context, taskID, prompt string, p Plan) (Work, error) {
	faults := p.Faults
	if taskID == "" {
		return Work{}, faults.Err()
	}
	m, _, err := s.handle(taskID)
	if err != nil {
		faults.AddErr("task_id", err)
		return Work{}, faults.Err()
	}
	wrong, doubts := m.Check(s.Models, catalog.Remix, map[string]any{"prompt": prompt})
	faults.check(wrong)
	if len(faults) > 0 {
		return Work{}, faults.Err()
	}
	w := p.work(m)
	if s.repeats(ctx, &w, nil) {
		return w, nil
	}
	row, err := s.source(ctx, taskID, p.Dry)
	if err != nil {
		return Work{}, err
	}
	if p.Dry && !row.Status.Done() {
		doubts = append(doubts, fmt.Sprintf("Whether task %s has succeeded is seen when the call is made; a dry run asks nobody.", taskID))
		row.Status = nexconn.Succeeded
	}
	if row.Status != nexconn.Succeeded {
		faults.Add(nexconn.InvalidArgument, "task_id", fmt.Sprintf("task %s is %s; only a succeeded video can be remixed.", taskID, publicStatus(row)))
		return Work{}, faults.Err()
	}
	call, err := nexconn.RemixCall(m, row.UpstreamID, prompt)
	if err != nil {
		return Work{}, err
	}
	priced := map[string]any{"prompt": prompt}
	if len(row.Outputs) > 0 && row.Outputs[0].Seconds > 0 {
		priced["seconds"] = row.Outputs[0].Seconds
	}
	w.Op, w.Priced, w.Prompt, w.Call, w.Warnings = catalog.Remix, priced, prompt, call, doubts
	return w, nil
}

// source is the job that a remix starts from: as the ledger has it, else as
// the service tells. Without a key a handle alone is all there is to go by.
func (s *Service) source(ctx context.Context, taskID string, dry bool) (ledger.Row, error) {
	if dry {
		return s.AsSeen(ctx, taskID)
	}
	o, err := s.Query(ctx, Asked{TaskID: taskID})
	var e *nexconn.Error
	if errors.As(err, &e) && e.Code == nexconn.NotConfigured && !CallerFrom(ctx).Hosted {
		if m, id, bad := s.handle(taskID); bad == nil && !strings.HasPrefix(id, "local-") {
			return ledger.Row{Model: m.ID, Kind: string(m.Kind), UpstreamID: id, Status: nexconn.Succeeded}, nil
		}
	}
	return o.Row, err
}

// CheckUpload tells all that is wrong with an upload.
func (s *Service) CheckUpload(r nexconn.FileRequest, refused Faults) error {
	faults := refused
	if r.Kodo == nil && refused.explain("kodo") {
		r.Kodo = &nexconn.Kodo{} // which was given
	}
	_, err := nexconn.FileCall(r)
	faults.build(refused, err)
	if s.Models.Lacks(r.Model, "qfile") && !refused.tells("model") {
		faults.Add(nexconn.Unsupported, "model", s.readsNone(r.Model))
	}
	return faults.Err()
}

// uploads refuses uploaded files to a model that reads none.
func (s *Service) uploads(m catalog.Model, r *nexconn.ChatRequest, faults *Faults) {
	if !s.Models.Lacks(m.ID, "qfile") {
		return
	}
	for _, a := range attachments(r) {
		if strings.HasPrefix(a.at.Ref, "qfile-") {
			faults.Add(nexconn.Unsupported, a.arg, a.arg+": "+s.readsNone(m.ID))
		}
	}
}

func (s *Service) readsNone(model string) string {
	return fmt.Sprintf("%s reads no uploaded files; these do: %s", model, strings.Join(s.Models.Reading("qfile"), ", "))
}

// Live is what the service lists today.
func (s *Service) Live(ctx context.Context) ([]string, error) {
	client, err := s.client(CallerFrom(ctx))
	if err != nil {
		client = s.Client
	}
	return client.Models(ctx)
}

// Status is a row's state in the words of results.
func Status(row ledger.Row) nexconn.Status { return publicStatus(row) }
