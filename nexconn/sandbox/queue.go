package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// queueTask is QueueStatus, fal's: the answer to a submit and to a status query.
type queueTask struct {
	Status        string         `json:"status"`
	RequestID     string         `json:"request_id"`
	ResponseURL   string         `json:"response_url"`
	StatusURL     string         `json:"status_url"`
	CancelURL     string         `json:"cancel_url"` // always empty: not supported
	QueuePosition *int           `json:"queue_position,omitempty"`
	Logs          []queueLog     `json:"logs,omitempty"`
	Metrics       map[string]any `json:"metrics,omitempty"`
	Detail        any            `json:"detail,omitempty"`
	Result        any            `json:"result,omitempty"`
}

type queueLog struct {
	Message   string `json:"message"`
	Level     string `json:"level"`
	Source    string `json:"source"`
	Timestamp string `json:"timestamp"`
}

// queueDetail is what a failed task carries, although its status is COMPLETED.
type queueDetail struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
	URL  string   `json:"url"`
}

type queueFile struct {
	URL         string `json:"url"`
	ContentType string `json:"content_type"`
	FileName    string `json:"file_name,omitempty"`
	Duration    int    `json:"duration,omitempty"`
}

// submit records a queue job. Its kind is in the path; the body has no model.
func (s *Server) submit(r *http.Request, family string, j job, st steering) (answer, error) {
	j.Face, j.Family, j.Keeps = faceQueue, family, week
	id := videoID
	if family == "kling-image" {
		id = queueImageID
	}
	j, err := s.begin(j, st, id)
	if err != nil {
		return answer{}, err
	}
	t := newQueueTask(r, j)
	t.Status = "IN_QUEUE"
	return answer{body: t, cut: st.cut}, nil
}

// newQueueTask has the URLs of a job: only the first two segments of the submit's
// path survive in them.
func newQueueTask(r *http.Request, j job) queueTask {
	base := fmt.Sprintf("%s/queue/fal-ai/%s/requests/%s", requestOrigin(r), j.Family, j.ID)
	return queueTask{RequestID: j.ID, ResponseURL: base, StatusURL: base + "/status"}
}

// queueStatus answers the status query: 202 while pending, 200 and COMPLETED at
// the end, success or not.
func (s *Server) queueStatus(r *http.Request) (answer, error) {
	j, err := s.queued(r)
	if err != nil {
		return answer{}, err
	}
	t := newQueueTask(r, j)
	if logs := r.URL.Query().Get("logs"); logs == "1" || logs == "true" {
		t.Logs = []queueLog{{"the sandbox took the request", "INFO", "USER", j.Made.UTC().Format(time.RFC3339Nano)}}
	}
	if !j.over() {
		t.Status = j.stage("IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS")
		if t.Status == "IN_QUEUE" {
			t.QueuePosition = new(int)
		}
		return answer{status: http.StatusAccepted, body: t}, nil
	}
	t.Status = "COMPLETED"
	t.Metrics = map[string]any{"inference_time": j.Takes.Milliseconds()}
	if j.failed() {
		t.Detail = j.detail()
	} else {
		t.Result = s.queueOutput(j)
	}
	return answer{body: t}, nil
}

// queueResult answers the result query: the bare output, 400 with the status while
// pending, 500 with the detail of a failure.
func (s *Server) queueResult(r *http.Request) (answer, error) {
	j, err := s.queued(r)
	if err != nil {
		return answer{}, err
	}
	switch {
	case !j.over():
		t := newQueueTask(r, j)
		t.Status = j.stage("IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS")
		return answer{status: http.StatusBadRequest, body: t}, nil
	case j.failed():
		return answer{status: http.StatusInternalServerError, body: map[string]any{"detail": j.detail()}}, nil
	}
	return answer{body: s.queueOutput(j)}, nil
}

func (s *Server) queued(r *http.Request) (job, error) {
	j, ok, err := s.find(r.PathValue("id"), faceQueue)
	if err != nil {
		return j, err
	}
	if !ok || j.Family != r.PathValue("family") {
		return j, refusal{status: http.StatusNotFound, message: "request not found"}
	}
	return j, nil
}

func (j job) detail() queueDetail {
	d := queueDetail{Loc: []string{"body"}, Msg: "Image pixel is invalid", Type: "VENDOR_FAILED"}
	if j.Fate == failContent {
		d.Msg = "the content was refused by moderation"
	}
	return d
}

func (s *Server) queueOutput(j job) any {
	if j.Family == "kling-image" {
		files := []queueFile{}
		for n := range j.Count {
			files = append(files, queueFile{URL: s.link(j, outName(n, "png")), ContentType: "image/png"})
		}
		return map[string]any{"images": files}
	}
	f := queueFile{URL: s.link(j, "1.mp4"), ContentType: "video/mp4", Duration: j.Seconds}
	if j.Family == "veo3.1" { // Veo31ImageToVideoOutput names the file and no duration
		f.FileName, f.Duration = "output.mp4", 0
	}
	return map[string]any{"video": f}
}

// safeURL refuses an input the queue's planes cannot fetch, in their words.
func safeURL(field, s string) error {
	if s == "" {
		return bad(field, "%s is required", field)
	}
	if _, ok := dataURI(s); ok || isURL(s) {
		return nil
	}
	return bad(field, "invalid or unsafe url")
}

func safeURLs(field string, list []string) error {
	for _, u := range list {
		if err := safeURL(field, u); err != nil {
			return err
		}
	}
	return nil
}

// videoShape is the frame of a ratio at a resolution such as 720p: the short side
// of 16:9, the same area for other ratios.
func videoShape(ratio, resolution string) (w, h int) {
	short := map[string]int{"480p": 480, "540p": 540, "560p": 560, "720p": 720, "1080p": 1080, "4k": 2160}[strings.ToLower(resolution)]
	if short == 0 {
		short = 720
	}
	switch ratio {
	case "16:9", "auto", "":
		return short * 16 / 9, short
	case "9:16":
		return short, short * 16 / 9
	}
	return shape(ratio, short*4/3)
}

// outName is the file name of the n-th result, from 0.
func outName(n int, ext string) string { return fmt.Sprintf("%d.%s", n, ext) }
