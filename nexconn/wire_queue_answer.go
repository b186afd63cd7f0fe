package nexconn

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// queueReply is QueueStatus, which answers a submit and a status GET, and the
// bare payload of a result GET (Veo31ImageToVideoOutput among them).
// vidu-images-files.md 2, video.md 3.5.
type queueReply struct {
	Status      string          `json:"status"`
	RequestID   string          `json:"request_id"`
	ResponseURL string          `json:"response_url"`
	Detail      json.RawMessage `json:"detail"`
	Error       json.RawMessage `json:"error"`
	Message     string          `json:"message"`
	Result      *queuePayload   `json:"result"`
	queuePayload
}

type queuePayload struct {
	Video  *queueFile  `json:"video"`
	Images []queueFile `json:"images"`
}

type queueFile struct {
	URL         string `json:"url"`
	ContentType string `json:"content_type"`
	Duration    amount `json:"duration"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
}

func queueCreated(body []byte) (*Job, error) {
	var r queueReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	return &Job{ID: r.RequestID, Status: statusOf(r.Status)}, nil
}

// queueAnswer reads an answer of either GET. A failed job reports COMPLETED;
// its detail, or the 500 of the result GET, tells. 202 and an early 400 that
// carries a status are pending.
func queueAnswer(m catalog.Model, status int, body []byte) (*Job, *Call, error) {
	var r queueReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, nil, err
	}
	j := &Job{ID: r.RequestID, Status: statusOf(r.Status), Outputs: r.outputs()}
	success := status >= 200 && status < 300
	switch {
	case len(j.Outputs) > 0 && success && null(r.Detail):
		j.Status = Succeeded
		return j.tally(), nil, nil
	case r.broken(status):
		j.Status, j.Outputs = Failed, nil
		j.failed(readFault(body), r.Message)
		return j, nil, nil
	case success && wordless(j, body):
		j.Status = Running
		return j, nil, nil
	case j.Status == "" || !success && j.Status == Succeeded:
		return nil, nil, errNoWord
	case j.Status == Succeeded:
		id := cmp.Or(r.RequestID, path.Base(r.ResponseURL))
		call, err := ResultCall(m, id)
		return nil, &call, err
	}
	j.failed(readFault(body), r.Message)
	return j, nil, nil
}

// broken says that the body tells of a job that failed, not of a GET that did:
// the detail of a job is an object or a list, that of a refusal a text.
func (r queueReply) broken(status int) bool {
	told := !null(r.Detail) || !null(r.Error)
	if status < 300 {
		return told && statusOf(r.Status) == Succeeded
	}
	return (status == 500 || status == 422) && !null(r.Detail) && !bytes.HasPrefix(bytes.TrimSpace(r.Detail), []byte(`"`))
}

func (r queueReply) outputs() []Output {
	p := r.queuePayload
	if r.Result != nil && (r.Result.Video != nil || len(r.Result.Images) > 0) {
		p = *r.Result
	}
	var out []Output
	add := func(f queueFile, usual string) {
		if f.URL == "" {
			return
		}
		o := linked(f.URL, f.ContentType, usual, time.Time{}, time.Time{})
		o.Seconds, o.Width, o.Height = float64(f.Duration), f.Width, f.Height
		out = append(out, o)
	}
	if p.Video != nil {
		add(*p.Video, "video/mp4")
	}
	for _, f := range p.Images {
		add(f, "image/png")
	}
	return out
}
