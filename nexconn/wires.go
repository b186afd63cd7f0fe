package nexconn

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// wire is one way of asking a model and of reading what the service answers.
// Each stands in a wire_*.go.
type wire struct {
	name catalog.Wire
	// build gives the body, or nil where the wire has no form for such a request.
	build func(e *encoder, m catalog.Model, op catalog.Op, r Request) any
	// created reads the success of a create. A body that names no job is an
	// error: the service may have taken it all the same. nil: not a job's.
	created func(body []byte) (*Job, error)
	// path is where a job's status is asked; nil: the wire answers at once.
	path func(m catalog.Model, id string) string
	// status reads an answer to that question, of whatever HTTP status. next is
	// the path of the second question where the answer only says that there is a
	// result. An error means that the answer tells nothing of the job; it is an
	// *Error only where the wire knows better than the HTTP status what is meant.
	status func(m catalog.Model, id string, code int, body []byte) (j *Job, next string, err error)
}

// wires is the table: one row a wire.
var wires = []wire{
	chatWire, nativeWire,
	klingImageWire, klingImageQueueWire, geminiImageWire,
	klingVideoWire, klingOmniWire, soraWire, veoWire, veoQueueWire, seedanceWire, viduWire,
}

// wireOf is the wire of a model; ok is false for one that has none.
func wireOf(m catalog.Model) (w wire, ok bool) {
	for _, w := range wires {
		if w.name == m.Wire {
			return w, true
		}
	}
	return wire{}, false
}

// Immediate says that a model answers a create with the work itself, so that
// there is no job to ask after.
func Immediate(m catalog.Model) bool {
	w, ok := wireOf(m)
	return ok && w.path == nil
}

// of makes a wire's build of a function for one type of request.
func of[R any](fill func(*encoder, catalog.Model, catalog.Op, *R) any) func(*encoder, catalog.Model, catalog.Op, Request) any {
	return func(e *encoder, m catalog.Model, op catalog.Op, r Request) any {
		if typed, ok := r.(any).(*R); ok {
			return fill(e, m, op, typed)
		}
		return nil
	}
}

// Build makes the request that asks a model for an operation. It sends nothing.
// All that is wrong is told at once; each of the joined errors is an *Error. What
// is doubtful and goes through all the same is in the Call's Warnings. Limits of
// the model are [catalog.Model.Check]'s to tell.
func Build(m catalog.Model, op catalog.Op, r Request) (Call, error) {
	w, ok := wireOf(m)
	if _, native := r.(*NativeRequest); native {
		w = nativeWire
	} else if _, chat := r.(*ChatRequest); chat {
		w = chatWire
	} else if !ok {
		return Call{}, unoffered(m, op)
	}
	e := newEncoder()
	e.call = Call{Op: cmp.Or(verbs[op], "create "+string(m.Kind)), Method: "POST", Path: m.Ops[op].Path, Model: m}
	body := w.build(e, m, op, r)
	merged, warnings, bad := mergeExtra(m, op, body, extra(r))
	if _, offered := m.Ops[op]; body == nil && len(e.faults) == 0 || w.created != nil && !offered {
		// What is wrong with the form of an operation that isn't there helps nobody.
		e.faults = []error{unoffered(m, op)}
	}
	if bad != nil {
		e.fault(bad)
	}
	e.call.Warnings = append(e.call.Warnings, warnings...)
	if err := errors.Join(e.faults...); err != nil {
		return Call{}, err
	}
	var err error
	e.call.Body, err = e.body(merged)
	return e.call, err
}

// verbs name the calls that are not simply creates.
var verbs = map[catalog.Op]string{catalog.Turn: "chat", catalog.Remix: "remix video"}

// Build is the exact request for r: the model is found in c.Models, and the
// operation follows from the inputs that are given. Its errors are as of the
// function [Build].
func (c *Client) Build(r Request) (Call, error) {
	m, err := modelFor(modelsOf(c), r)
	if err != nil {
		return Call{}, err
	}
	return Build(m, operation(r), r)
}

func modelsOf(c *Client) catalog.Set {
	if c.Models != nil {
		return c.Models
	}
	return catalog.Builtin()
}

// modelFor finds the model of a request. A chat's may be one that the catalogue
// lacks: it is passed through.
func modelFor(models catalog.Set, r Request) (catalog.Model, error) {
	id, kind := r.ModelID(), catalog.Video
	switch r := r.(type) {
	case *ChatRequest, *NativeRequest:
		m, ok := models.ForChat(id)
		if !ok {
			m = catalog.Free(id)
		}
		return m, nil
	case *RemixRequest:
		m, _, err := FindTask(models, r.TaskID)
		return m, err
	case *ImageRequest:
		kind = catalog.Image
	}
	if m, ok := models.Find(kind, id); ok {
		return m, nil
	}
	err := Errorf(UnknownModel, "there is no %s model %q", kind, clip(id, 80))
	if near := models.Nearest(kind, id, 3); len(near) > 0 {
		err.Advice = "Did you mean " + strings.Join(near, ", ") + "?"
	}
	err.Field = "model"
	return catalog.Model{}, err
}

func unoffered(m catalog.Model, op catalog.Op) *Error {
	err := Errorf(Unsupported, "%s has no %s; it offers %s", m.ID, op, strings.Join(m.OpNames(), ", "))
	err.Field = "model"
	return err
}

// statusCall asks how a job stands.
func statusCall(m catalog.Model, upstreamID string) (Call, error) {
	w, ok := wireOf(m)
	if !ok || w.path == nil {
		return Call{}, Errorf(NotFound, "%s answers at once: the service keeps no job %s to ask after", m.ID, clip(upstreamID, 80))
	}
	id, bad := taskSegment(upstreamID)
	if bad != nil {
		return Call{}, bad
	}
	return Call{Op: "query " + string(m.Kind), Method: "GET", Path: w.path(m, id), Model: m}, nil
}

// under is the path of a status question: the id is a segment below a path.
func under(path string) func(catalog.Model, string) string {
	return func(_ catalog.Model, id string) string { return path + "/" + id }
}

// taskSegment is a job's id, as the service gave it, as one segment of a path.
// The service's ids may be long and odd; what leads elsewhere is refused.
func taskSegment(id string) (string, *Error) {
	if leadsElsewhere(id) {
		return "", argument("task_id", "%q is no id of the service", clip(id, 80))
	}
	if at := strings.LastIndexByte(id, '#'); at >= 0 && at < len(id)-1 && strings.Trim(id[at+1:], "0123456789") == "" {
		return "", argument("task_id", "%q is no id of the service: #%s names an output, and the task is what stands before it", clip(id, 80), clip(id[at+1:], 20))
	}
	if id == "" || len(id) > maxID {
		return "", argument("task_id", "%q is no id of the service", clip(id, 80))
	}
	return url.PathEscape(id), nil
}

// leadsElsewhere says that an id has a segment of dots, which would make another
// path of the one that it is put into; also where something on the way decodes
// the path once more, or reads a backslash as a slash.
func leadsElsewhere(id string) bool {
	for range 3 {
		if slices.ContainsFunc(strings.FieldsFunc(id, func(r rune) bool { return r == '/' || r == '\\' }), isDots) {
			return true
		}
		decoded, err := url.PathUnescape(id)
		if err != nil || decoded == id {
			return false
		}
		id = decoded
	}
	return false
}

func isDots(segment string) bool { return segment == "." || segment == ".." }

// maxID is how many bytes an id of the service may have.
const maxID = 4096
