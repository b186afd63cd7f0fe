package nexconn

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// onePixel is the smallest PNG.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="

// answers is a service that gives one answer to everything.
func answers(status int, body string, header ...string) *Client {
	return trip(func(*http.Request) (*http.Response, error) {
		resp := says(status, "application/json", strings.NewReader(body))
		for i := 0; i+1 < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp, nil
	}).client()
}

// A create's answer names its job, whatever else is odd about it.
func TestOddAnswersToCreates(t *testing.T) {
	for _, tt := range []struct{ name, model, body, id string }{
		{"a number for an id", "kling-v3", `{"id":4326796003218200779,"status":"queued"}`, "4326796003218200779"},
		{"task_id", "kling-v3", `{"task_id":"qvideo-u42-5","status":"queued"}`, "qvideo-u42-5"},
		{"taskId", "sora-2", `{"taskId":"qvideo-u42-5"}`, "qvideo-u42-5"},
		{"request_id alone", "kling-v3", `{"request_id":"qvideo-u42-5"}`, "qvideo-u42-5"},
		{"a trace beside the id", "kling-v3", `{"code":0,"message":"SUCCEED","request_id":"trace-1","data":{"task_id":"qvideo-7","task_status":"submitted"}}`, "qvideo-7"},
		{"nested data", "kling-v3", `{"data":{"id":"qvideo-8","status":"queued"}}`, "qvideo-8"},
		{"data as a list of one", "sora-2", `{"data":[{"id":"qvideo-9"}]}`, "qvideo-9"},
		{"data is the id", "kling-v3", `{"code":"success","message":"","data":"qvideo-u42-10"}`, "qvideo-u42-10"},
		{"output", "bytedance/doubao-seedance-2-0-260128", `{"output":{"task_id":"cgt-2026-1","task_status":"PENDING"},"request_id":"r"}`, "cgt-2026-1"},
		{"a list", "kling-v3", `[{"id":"qvideo-1"}]`, "qvideo-1"},
		{"a status that is an object", "kling-v3", `{"id":"qvideo-u42-6","status":{"code":1},"created_at":"now"}`, "qvideo-u42-6"},
		{"a status that is a number", "kling-v3", `{"id":"qvideo-u42-6","status":3}`, "qvideo-u42-6"},
		{"a size that is a number", "sora-2", `{"id":"qvideo-u42-8","status":"queued","size":720,"seconds":4,"progress":[]}`, "qvideo-u42-8"},
		{"a byte-order mark", "kling-v3", "\xef\xbb\xbf" + `{"id":"qvideo-u42-10","status":"queued"}`, "qvideo-u42-10"},
		{"cut after the id", "kling-v3", `{"id":"qvideo-u42-11","status":"que`, "qvideo-u42-11"},
		{"a number for a picture's id", "kling-v2", `{"task_id":1762159125266058362}`, "1762159125266058362"},
		{"a picture's id", "kling-v2", `{"id":"image-1-1"}`, "image-1-1"},
		{"the queue's id", "viduq2", `{"request_id":1770720203757316283,"status":"IN_QUEUE","queue_position":"3"}`, "1770720203757316283"},
		{"an id on the queue", "viduq2", `{"id":"qvideo-root-1"}`, "qvideo-root-1"},
		{"nested on the queue", "viduq2", `{"data":{"request_id":"qvideo-root-2","status":"IN_QUEUE"}}`, "qvideo-root-2"},
		{"a long id", "veo-3.1-generate-001", `{"id":"` + strings.Repeat("cHJvamVjdHM", 60) + `"}`, strings.Repeat("cHJvamVjdHM", 60)},
		{"a path for an id", "veo-3.1-generate-001", `{"name":"x","id":"projects/p/operations/1"}`, "projects/p/operations/1"},
		{"an id with control characters", "kling-v3", `{"id":"a\u0007b 1"}`, "a\ab 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := anyModel(t, tt.model)
			job, err := answers(200, tt.body).Submit(t.Context(), Call{Model: m, Op: "create", Method: "POST", Path: "/v1/x"})
			if err != nil {
				t.Fatal(err)
			}
			if job.ID != tt.id || job.Status.Done() {
				t.Errorf("got %q %s, want %q", job.ID, job.Status, tt.id)
			}
			if _, err := statusCall(m, job.ID); err != nil {
				t.Errorf("it can't be asked after: %v", err)
			}
		})
	}
}

func anyModel(t *testing.T, id string) catalog.Model {
	t.Helper()
	for _, kind := range []catalog.Kind{catalog.Video, catalog.Image} {
		if m, ok := catalog.Builtin().Find(kind, id); ok {
			return m
		}
	}
	t.Fatalf("no model %s", id)
	return catalog.Model{}
}

// What is no job is an error all the same.
func TestAnswersThatNameNoJob(t *testing.T) {
	for _, tt := range []struct {
		name, model, body string
		code              Code
		unsure            bool
	}{
		{"nothing", "kling-v3", `{}`, UpstreamUnavailable, true},
		{"an empty body", "kling-v3", ``, UpstreamUnavailable, true},
		{"a refusal with a trace", "viduq2", `{"request_id":"trace-1","error":{"message":"no"}}`, UpstreamError, false},
		{"a refusal by code with a trace", "kling-v3", `{"code":1102,"message":"balance not enough","request_id":"trace-1"}`, QuotaExhausted, false},
		{"a word for data", "kling-v3", `{"data":"accepted"}`, UpstreamUnavailable, true},
		{"cut within a number", "kling-v3", `{"id":43267960032182`, UpstreamUnavailable, true},
		{"cut within the id", "kling-v3", `{"id":"qvideo-u4`, UpstreamUnavailable, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job, err := answers(200, tt.body).Submit(t.Context(), Call{Model: anyModel(t, tt.model), Op: "create", Method: "POST", Path: "/v1/x"})
			e := asError(err)
			if e == nil || e.Code != tt.code || e.Unsure != tt.unsure {
				t.Errorf("got %+v, %#v", job, err)
			}
		})
	}
}

const mp4 = "https://cdn.test/1.mp4"

// A query's answer gives the state, the outputs or the failure, whatever else is
// odd about it.
func TestOddAnswersToQueries(t *testing.T) {
	data := base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x18ftypmp42 and so on"))
	for _, tt := range []struct {
		name, model, body string
		status            Status
		outputs           int
		says              string // in a warning or the failure
	}{
		{"numbers as text", "kling-v3", `{"id":"q","status":"completed","created_at":"1766000000","completed_at":"1766000033.0","seconds":5,"size":1280,"progress":"100","task_result":{"videos":[{"url":"` + mp4 + `","duration":"5"}]}}`, Succeeded, 1, ""},
		{"lists for objects while it runs", "kling-v3", `{"id":"q","status":"in_progress","task_result":[],"error":[]}`, Running, 0, ""},
		{"a list for an object", "kling-v3", `{"id":"q","status":"completed","task_result":[{"videos":[{"url":"` + mp4 + `"}]}]}`, Succeeded, 1, ""},
		{"a list for a link", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":[{"url":["` + mp4 + `"]}]}}`, Succeeded, 1, ""},
		{"an object for a link", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":[{"url":{"url":"` + mp4 + `"}}]}}`, Succeeded, 1, ""},
		{"an object for a list", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":{"url":"` + mp4 + `"}}}`, Succeeded, 1, ""},
		{"texts for objects", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":["` + mp4 + `"]}}`, Succeeded, 1, ""},
		{"null among them", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":[null,{"url":"` + mp4 + `","duration":{"s":5}}]}}`, Succeeded, 1, ""},
		{"a broken one among them", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":[{"url":7},{"url":"` + mp4 + `"}]}}`, Succeeded, 1, "can't be read"},
		{"video_url at the top", "sora-2", `{"id":"q","status":"completed","video_url":"` + mp4 + `"}`, Succeeded, 1, ""},
		{"nested once", "kling-v3", `{"code":0,"message":"SUCCEED","data":{"task_id":"q","task_status":"succeed","task_result":{"videos":[{"url":"` + mp4 + `"}]}}}`, Succeeded, 1, ""},
		{"a word of the envelope", "kling-v3", `{"status":"success","data":{"id":"q","status":"running"}}`, Running, 0, ""},
		{"inputs repeated", "kling-v3", `{"id":"q","status":"completed","image":"https://in.test/a.png","task_result":{"videos":[{"url":"` + mp4 + `","cover_url":"https://in.test/c.png"}]}}`, Succeeded, 1, ""},
		{"a data link", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":[{"url":"data:video/mp4;base64,` + data + `"}]}}`, Succeeded, 1, ""},
		{"a mark in front", "kling-v3", "\xef\xbb\xbf \n" + `{"id":"q","status":"in_progress"}`, Running, 0, ""},
		{"an unknown word", "kling-v3", `{"id":"q","status":"thinking hard"}`, Running, 0, ""},
		{"cut after the link", "kling-v3", `{"id":"q","status":"completed","task_result":{"videos":[{"url":"` + mp4 + `","dur`, Succeeded, 1, "cut off"},
		{"data null", "kling-v2", `{"task_id":1762159125266058362,"created":"1761793032","status":"processing","status_message":null,"data":null}`, Running, 0, ""},
		{"pictures as texts", "kling-v2", `{"task_id":"i","status":"succeed","data":["https://cdn.test/a.png","https://cdn.test/b.png"]}`, Succeeded, 2, ""},
		{"pictures as bytes", "kling-v2", `{"task_id":"i","status":"succeed","data":[{"b64_json":"` + onePixel + `"}]}`, Succeeded, 1, ""},
		{"pictures in images", "kling-v2", `{"data":{"task_id":"i","task_status":"succeed","task_result":{"images":[{"index":0,"url":"https://cdn.test/a.png"}]}}}`, Succeeded, 1, ""},
		{"Veo's list while it runs", "veo-3.1-generate-001", `{"id":"c","status":"Running","message":null,"data":[]}`, Running, 0, ""},
		{"Veo's bytes", "veo-3.1-generate-001", `{"id":"c","status":"Completed","data":{"videos":[{"bytesBase64Encoded":"` + data + `","mimeType":"video/mp4"}]}}`, Succeeded, 1, ""},
		{"Veo's uri", "veo-3.1-generate-001", `{"id":"c","status":"Completed","data":{"videos":[{"uri":"` + mp4 + `"}]}}`, Succeeded, 1, ""},
		{"Veo's video.uri", "veo-3.1-generate-001", `{"id":"c","status":"Completed","data":{"videos":[{"video":{"uri":"` + mp4 + `"}}]}}`, Succeeded, 1, ""},
		{"Veo's samples", "veo-3.1-generate-001", `{"id":"c","done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"` + mp4 + `"}}]}}}`, Succeeded, 1, ""},
		{"Veo's bucket", "veo-3.1-generate-001", `{"id":"c","status":"Completed","data":{"videos":[{"gcsUri":"gs://bucket-a/sample_0.mp4"}]}}`, Succeeded, 0, "gs://bucket-a/sample_0.mp4"},
		{"Veo's reasons as a text", "veo-3.1-generate-001", `{"id":"c","status":"Completed","data":{"videos":null,"raiMediaFilteredCount":"1","raiMediaFilteredReasons":"a real person"}}`, Failed, 0, "a real person"},
		{"Seedance's list while it runs", "bytedance/doubao-seedance-2-0-260128", `{"id":"c","status":"running","error":null,"content":[],"usage":null}`, Running, 0, ""},
		{"Seedance's list", "bytedance/doubao-seedance-2-0-260128", `{"id":"c","status":"succeeded","content":[{"video_url":{"url":"` + mp4 + `"}}],"usage":[]}`, Succeeded, 1, ""},
		{"Vidu's odd members", "viduq2", `{"status":"COMPLETED","request_id":"q","detail":null,"logs":null,"metrics":[],"result":{"video":{"url":"` + mp4 + `","width":"1280","height":"720.0","duration":"5","file_size":"many"}}}`, Succeeded, 1, ""},
		{"Vidu's link alone", "viduq2", `{"status":"COMPLETED","request_id":"q","video":"` + mp4 + `"}`, Succeeded, 1, ""},
		{"Vidu's creations", "viduq2", `{"status":"COMPLETED","request_id":"q","creations":[{"id":"1","url":"` + mp4 + `","cover_url":"https://cdn.test/c.png"}]}`, Succeeded, 1, ""},
		{"a reason that is a text", "kling-v3", `{"id":"q","status":"failed","error":"worker lost"}`, Failed, 0, "worker lost"},
		{"fail_reason", "kling-v3", `{"id":"q","status":"failed","fail_reason":"risk control","error":null}`, Failed, 0, "risk control"},
		{"a list of reasons", "kling-v3", `{"id":"q","status":"failed","error":[{"message":"no face"},{"msg":"too dark"}]}`, Failed, 0, "no face; too dark"},
		{"a list of words", "kling-v3", `{"id":"q","status":"failed","errors":["x"],"error":["no face"]}`, Failed, 0, "no face"},
		{"failure.reason", "kling-v3", `{"id":"q","status":"failed","failure":{"reason":"no face","code":7}}`, Failed, 0, "no face"},
		{"task_status_msg", "kling-v3", `{"data":{"task_id":"q","task_status":"failed","task_status_msg":"no face"}}`, Failed, 0, "no face"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := anyModel(t, tt.model)
			job, err := answers(200, tt.body).Query(t.Context(), m, "q")
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(job.Warnings, " ")
			if job.Failure != nil {
				said += job.Failure.Message
			}
			if job.Status != tt.status || len(job.Outputs) != tt.outputs || !strings.Contains(said, tt.says) || tt.says == "" && said != "" {
				t.Errorf("got %s with %d outputs and %q, want %s with %d", job.Status, len(job.Outputs), said, tt.status, tt.outputs)
			}
			for _, o := range job.Outputs {
				if (o.URL == "") == (o.Data == nil) || strings.HasPrefix(o.URL, "data:") || o.MIMEType == "" {
					t.Errorf("output %+v", o)
				}
			}
		})
	}
}

func TestStatusWords(t *testing.T) {
	for status, words := range map[Status][]string{
		Queued:    {"queued", "IN_QUEUE", "Pending", "submitted", "NOT_START", "not start", "TASK_STATUS_SUBMITTED"},
		Running:   {"running", "in_progress", "processing", "IN PROGRESS", "generating", "pondering"},
		Succeeded: {"completed", "Complete", "SUCCEED", "success", "finished", " completed\n", "JOB_STATE_SUCCEEDED", "Done"},
		Failed:    {"failed", "FAILURE", "failure", "Error"},
		Canceled:  {"cancelled", "canceled", "CANCELED"},
		Expired:   {"expired", "timeout", "TIMED_OUT", "timed out"},
		"":        {"", " "},
	} {
		for _, w := range words {
			if got := statusOf(w); got != status {
				t.Errorf("%q is %q, want %q", w, got, status)
			}
		}
	}
}

// Pictures that come at once are read in whatever form they come.
func TestOddPictures(t *testing.T) {
	plain := strings.TrimRight(onePixel, "=")
	urlSafe := strings.NewReplacer("+", "-", "/", "_").Replace(plain)
	for _, tt := range []struct {
		name, body string
		outputs    int
		kind, says string
	}{
		{"counts as text", `{"created":1,"data":[{"b64_json":"` + onePixel + `"}],"output_format":"png","usage":{"input_tokens":"11","output_tokens":"1290"}}`, 1, "image/png", ""},
		{"details of other types", `{"created":"x","data":[{"b64_json":"` + onePixel + `"}],"output_format":null,"size":1024,"usage":{"input_tokens":null,"output_tokens_details":"none"}}`, 1, "image/png", ""},
		{"usage as a list", `{"data":[{"b64_json":"` + onePixel + `"}],"usage":[]}`, 1, "image/png", ""},
		{"url-safe", `{"data":[{"b64_json":"` + urlSafe + `"}]}`, 1, "image/png", ""},
		{"line ends", `{"data":[{"b64_json":"` + onePixel[:20] + `\r\n` + onePixel[20:] + `"}]}`, 1, "image/png", ""},
		{"a link", `{"data":[{"url":"https://cdn.test/a.jpg"}]}`, 1, "image/jpeg", ""},
		{"a data link", `{"data":[{"url":"data:image/png;base64,` + onePixel + `"}]}`, 1, "image/png", ""},
		{"a wrong type", `{"data":[{"b64_json":"data:image/jpeg;base64,` + onePixel + `"}]}`, 1, "image/png", ""},
		{"an object for the list", `{"data":{"b64_json":"` + onePixel + `"}}`, 1, "image/png", ""},
		{"an empty one among them", `{"data":[{"b64_json":""},{"b64_json":"` + onePixel + `"}]}`, 1, "image/png", "can't be read"},
		{"a broken one among them", `{"data":[{"b64_json":"!!"},{"b64_json":"` + onePixel + `"}]}`, 1, "image/png", "can't be read"},
		{"Gemini's own form", `{"candidates":[{"content":{"parts":[{"text":"here"},{"inlineData":{"mimeType":"image/png","data":"` + onePixel + `"}}]}}]}`, 1, "image/png", ""},
		{"a chat's form", `{"choices":[{"message":{"role":"assistant","images":[{"image_url":{"url":"data:image/png;base64,` + onePixel + `"}}]}}]}`, 1, "image/png", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job, err := answers(200, tt.body).Submit(t.Context(), Call{Model: anyModel(t, "gemini-2.5-flash-image"), Op: "create", Method: "POST", Path: "/v1/x"})
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(job.Warnings, " ")
			if len(job.Outputs) != tt.outputs || job.Outputs[0].MIMEType != tt.kind || !strings.Contains(said, tt.says) || tt.says == "" && said != "" {
				t.Errorf("got %d outputs, %q: %+v", len(job.Outputs), said, job.Outputs)
			}
		})
	}
}

// A success without a picture tells why.
func TestNoPicture(t *testing.T) {
	for _, tt := range []struct {
		body, says string
		code       Code
		unsure     bool
	}{
		{`{"created":1,"data":[],"error":{"message":"blocked by the safety filter: IMAGE_SAFETY","code":"content_filter"}}`, "safety filter", ContentRejected, false},
		{`{"created":1,"data":null,"message":"NO_IMAGE: the model answered in words"}`, "answered in words", UpstreamError, false},
		{`{"candidates":[{"finishReason":"IMAGE_SAFETY","content":{"parts":[]}}]}`, "IMAGE_SAFETY", ContentRejected, false},
		{`{"candidates":[{"finishReason":"NO_IMAGE","content":{"parts":[{"text":"I would rather talk."}]}}]}`, "rather talk", UpstreamError, false},
		{`{"data":[{"b64_json":"!!"}]}`, "can't be read", UpstreamUnavailable, true},
		{`{"data":[`, "can't be read", UpstreamUnavailable, true},
	} {
		job, err := answers(200, tt.body).Submit(t.Context(), Call{Model: anyModel(t, "gemini-2.5-flash-image"), Op: "create", Method: "POST", Path: "/v1/x"})
		e := asError(err)
		if e == nil || e.Code != tt.code || e.Unsure != tt.unsure || !strings.Contains(e.Message, tt.says) {
			t.Errorf("%s: got %+v, %#v", tt.body, job, err)
		}
	}
}

// asError is the client's error in err, nil if there is none.
func asError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// The service's own words stay in the error.
func TestWordsOfRefusalsAreKept(t *testing.T) {
	for _, tt := range []struct {
		model  string
		status int
		body   string
		code   Code
		says   string
	}{
		{"veo-3.1-generate-001", 500, `{"error":{"message":"record not found","type":"view_vertex_video_job_failed"}}`, NotFound, "record not found"},
		{"kling-v3", 404, `{"error":{"message":"video task does not exist or was cleared","type":"invalid_request_error","code":"task_gone"}}`, NotFound, "was cleared"},
		{"kling-v3", 401, `{"error":["no such token"]}`, Unauthorized, "no such token"},
	} {
		_, err := answers(tt.status, tt.body).Query(t.Context(), anyModel(t, tt.model), "q")
		e := asError(err)
		if e == nil || e.Code != tt.code || !strings.Contains(e.Message, tt.says) || e.RequestID != "r-1" {
			t.Errorf("%s: got %#v", tt.body, err)
		}
	}
}

// Quota, routes and moderation are known in relays' and vendors' words.
func TestWordsOfRelays(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		code   Code
	}{
		{403, `{"error":{"message":"用户额度不足, 剩余额度: ＄-0.000002","type":"new_api_error"}}`, QuotaExhausted},
		{403, `{"error":{"message":"账户余额不足，请充值"}}`, QuotaExhausted},
		{429, `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}`, QuotaExhausted},
		{400, `{"code":"Arrearage","message":"Access denied"}`, QuotaExhausted},
		{403, `{"error":{"message":"you do not have enough credits"}}`, QuotaExhausted},
		{503, `{"error":{"message":"当前分组 default 下对于模型 openai/gpt-5.2 无可用渠道","type":"new_api_error"}}`, UnknownModel},
		{503, `{"error":{"message":"no such model","code":"model_not_found"}}`, UnknownModel},
		{404, `{"error":{"message":"The model x does not exist","code":"model_not_found"}}`, UnknownModel},
		{400, `{"error":{"code":"InputImageSensitiveContentDetected.PrivacyInformation","message":"The input image may contain a real person.","type":"BadRequest"}}`, ContentRejected},
		{400, `{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}`, ContentRejected},
		{400, `{"code":"DataInspectionFailed","message":"Output data failed"}`, ContentRejected},
		{400, `{"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容"}}`, ContentRejected},
		{400, `{"error":{"message":"messages[0].content must be a string","param":"messages[0].content"}}`, InvalidArgument},
		{400, `{"error":{"message":"unsupported content-type"}}`, InvalidArgument},
		{400, `{"error":{"message":"Content-Type must be application/json"}}`, InvalidArgument},
		{503, `{"error":{"message":"busy"}}`, UpstreamError},
	} {
		a := &answer{status: tt.status, body: []byte(tt.body)}
		if e := a.refusal(); e.Code != tt.code || e.Code == UnknownModel && e.Retryable {
			t.Errorf("%d %s: got %s, retryable %t", tt.status, tt.body, e.Code, e.Retryable)
		}
	}
}

// A create that was taken is known by what it names, whatever its status.
func TestACreateThatWasTakenAllTheSame(t *testing.T) {
	m := anyModel(t, "kling-v3")
	for _, tt := range []struct {
		name   string
		status int
		body   string
		header []string
		id     string
	}{
		{"303 with a place", 303, ``, []string{"Location", "/v1/videos/qvideo-1"}, "qvideo-1"},
		{"303 with a body", 303, `{"id":"qvideo-2"}`, nil, "qvideo-2"},
		{"500 that names a job", 500, `{"id":"qvideo-3","status":"queued"}`, nil, "qvideo-3"},
		{"303 to nowhere", 303, ``, nil, ""},
		{"500 with a trace", 500, `{"id":"trace-4","message":"upstream"}`, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job, err := answers(tt.status, tt.body, tt.header...).Submit(t.Context(), Call{Model: m, Op: "create", Method: "POST", Path: "/v1/videos"})
			switch e := asError(err); {
			case tt.id != "" && (err != nil || job.ID != tt.id):
				t.Errorf("got %+v, %v", job, err)
			case tt.id == "" && (e == nil || !e.Unsure):
				t.Errorf("got %+v, %#v", job, err)
			}
		})
	}
}
