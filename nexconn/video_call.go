package nexconn

import (
	"errors"
	"net/url"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// VideoCall is the create of a clip. All that is wrong with it is told at once;
// each of the joined errors is an *Error.
func VideoCall(m catalog.Model, op catalog.Op, r VideoRequest) (Call, error) {
	in := newInliner()
	fill := map[catalog.Wire]func(*inliner, catalog.Model, catalog.Op, VideoRequest) any{
		catalog.KlingVideo: klingVideoWire,
		catalog.KlingOmni:  klingOmniWire,
		catalog.SoraVideo:  soraWire,
		catalog.VeoVideo:   veoWire,
		catalog.VeoQueue:   veoQueueWire,
		catalog.Seedance:   seedanceWire,
		catalog.Vidu:       viduWire,
	}[m.Wire]
	if fill == nil {
		return Call{}, unoffered(m, op)
	}
	return in.create("create video", m, op, fill(in, m, op, r), r.Extra)
}

// ImageCall is the create of pictures; its errors are as VideoCall's.
func ImageCall(m catalog.Model, op catalog.Op, r ImageRequest) (Call, error) {
	in := newInliner()
	fill := map[catalog.Wire]func(*inliner, catalog.Model, catalog.Op, ImageRequest) any{
		catalog.KlingImages:    klingImageWire,
		catalog.KlingImageList: klingImageListWire,
		catalog.GeminiImages:   geminiImageWire,
	}[m.Wire]
	if fill == nil {
		return Call{}, unoffered(m, op)
	}
	return in.create("create image", m, op, fill(in, m, op, r), r.Extra)
}

// RemixCall asks for a finished clip once more, changed as the prompt says:
// the body is the prompt alone, length and size are inherited. video.md 4.3.
func RemixCall(m catalog.Model, upstreamID, prompt string) (Call, error) {
	o, ok := m.Ops[catalog.Remix]
	if !ok {
		return Call{}, unoffered(m, catalog.Remix)
	}
	body, err := newInliner().body(soraRemix{Prompt: prompt})
	if err != nil {
		return Call{}, err
	}
	id, bad := idSegment("task_id", upstreamID)
	if bad != nil {
		return Call{}, bad
	}
	path := strings.ReplaceAll(o.Path, "{id}", id)
	return Call{Op: "remix video", Method: "POST", Path: path, Body: body}, nil
}

func (in *inliner) create(name string, m catalog.Model, op catalog.Op, wire any, extra map[string]any) (Call, error) {
	merged, doubts, bad := mergeExtra(m, op, wire, extra)
	o, ok := m.Ops[op]
	if !ok {
		return Call{}, errors.Join(unoffered(m, op), bad)
	}
	if err := errors.Join(append(in.faults, bad)...); err != nil {
		return Call{}, err
	}
	body, err := in.body(merged)
	if err != nil {
		return Call{}, err
	}
	return Call{Op: name, Method: "POST", Path: o.Path, Body: body, Warnings: doubts}, nil
}

func unoffered(m catalog.Model, op catalog.Op) *Error {
	err := Errorf(Unsupported, "%s has no %s; it offers %s", m.ID, op, strings.Join(m.OpNames(), ", "))
	err.Field = "model"
	return err
}

// StatusCall asks how a job stands.
func StatusCall(m catalog.Model, upstreamID string) (Call, error) {
	if _, bad := idSegment("task_id", upstreamID); bad != nil {
		return Call{}, bad
	}
	return jobCall(m, upstreamID, "/status")
}

// ResultCall is the second question of the queue faces: what came of it.
func ResultCall(m catalog.Model, upstreamID string) (Call, error) {
	return jobCall(m, upstreamID, "")
}

// jobCall: the id alone doesn't tell which face to ask, the model's wire does.
func jobCall(m catalog.Model, upstreamID, tail string) (Call, error) {
	id := url.PathEscape(upstreamID)
	call := Call{Op: "query " + string(m.Kind), Method: "GET"}
	switch m.Wire {
	case catalog.KlingVideo, catalog.KlingOmni, catalog.SoraVideo:
		call.Path = "/v1/videos/" + id
	case catalog.VeoVideo:
		call.Path = "/v1/videos/generations/" + id
	case catalog.Seedance:
		call.Path = "/v3/contents/generations/tasks/" + id
	case catalog.KlingImages:
		call.Path = "/v1/images/tasks/" + id
	case catalog.KlingImageList, catalog.Vidu, catalog.VeoQueue:
		call.Path = queueFamily(m) + "/requests/" + id + tail
	default:
		return Call{}, Errorf(NotFound, "%s answers at once: the service keeps no job %s to ask after", m.ID, upstreamID)
	}
	return call, nil
}

// queueFamily is what survives of a create's path in the questions after it:
// /queue and the first two segments. vidu-images-files.md 2.1.
func queueFamily(m catalog.Model) string {
	for _, o := range m.Ops {
		if parts := strings.SplitN(o.Path, "/", 5); len(parts) >= 4 {
			return strings.Join(parts[:4], "/")
		}
	}
	return ""
}
