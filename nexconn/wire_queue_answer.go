package nexconn

import (
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// queueRequest is where the queue keeps a request: /queue and the first two
// segments of the create's path are what survives. vidu-images-files.md 2.1.
func queueRequest(m catalog.Model, id string) string {
	family := ""
	for _, o := range m.Ops {
		if parts := strings.SplitN(o.Path, "/", 5); len(parts) >= 4 {
			family = strings.Join(parts[:4], "/")
		}
	}
	return family + "/requests/" + id
}

func queueStatusPath(m catalog.Model, id string) string { return queueRequest(m, id) + "/status" }

// queueCreated reads QueueStatus, which answers a submit and a status GET.
// vidu-images-files.md 2.
func queueCreated(body []byte) (*Job, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, err
	}
	return &Job{ID: a.queueID(), Status: a.status(), Warnings: a.warnings}, nil
}

// queueID is the request's id, which names the job here, unless the answer is a
// refusal.
func (a jobAnswer) queueID() string {
	if id := idText(a.find("request_id")); id != "" && (!a.fault.envelope || a.status() != "") {
		return id
	}
	return a.id("request_id")
}

// queueAnswer reads an answer of either GET: a QueueStatus, or the bare payload
// of a result (Veo31ImageToVideoOutput among them), video.md 3.5. A failed job
// reports COMPLETED; its detail, or the 500 of the result GET, tells. 202 and an
// early 400 that carries a status are pending.
func queueAnswer(m catalog.Model, id string, status int, body []byte) (*Job, string, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, "", err
	}
	usual := "video/mp4"
	if m.Kind == catalog.Image {
		usual = "image/png"
	}
	success := status >= 200 && status < 300
	j := &Job{ID: a.queueID(), Status: a.status()}
	detail := a.find("detail")
	if success && (j.Status == Succeeded || j.Status == "") && detail.empty() {
		a.outputs(j, usual)
	}
	switch {
	case len(j.Outputs) > 0:
		j.Status = Succeeded
		j.Warnings = append(j.Warnings, a.warnings...)
		return j.tally(), "", nil
	case a.brokenJob(status):
		j.Status, j.Warnings = Failed, nil
		j.failed(a.failure())
		return j, "", nil
	case success && wordless(j, body):
		j.Status = Running
		return j, "", nil
	case j.Status == "" || !success && j.Status == Succeeded:
		return nil, "", errNoWord
	case j.Status == Succeeded && len(j.Warnings) > 0:
		return j, "", nil // an output that can't be fetched
	case j.Status == Succeeded:
		// The path is made of the id we know, whatever the answer repeats.
		return nil, queueRequest(m, id), nil
	}
	j.failed(a.failure())
	return j, "", nil
}

// brokenJob says that the answer tells of a job that failed, not of a GET that
// did: the detail of a job is an object or a list, that of a refusal a text.
func (a jobAnswer) brokenJob(status int) bool {
	detail := a.find("detail")
	if status < 300 {
		return (!detail.empty() || !a.find("error").empty()) && a.status() == Succeeded
	}
	return (status == 500 || status == 422) && (detail.isObject() || detail.isList()) && !detail.empty()
}
