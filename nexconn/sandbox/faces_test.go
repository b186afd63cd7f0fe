package sandbox

import (
	"bytes"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// task is one operation that makes a job, with the face's own words for it.
type task struct {
	name         string
	create, body string // body has %P where the prompt goes
	id           string // the field of the id in the answer
	shape        string // of the id
	query        string // %I is the id
	status       []any  // where the query's status stands
	pending      []string
	done         string
	failed       string
	links        []any // where the first result's link stands
	expires      time.Duration
	why          []any // where the reason of a failure stands
}

func tasks() []task {
	video := task{
		create: "/v1/videos", id: "id", shape: `^qvideo-sandbox-\d{19}$`, query: "/v1/videos/%I", status: []any{"status"},
		pending: []string{"initializing", "queued", "in_progress", "downloading", "uploading"}, done: "completed", failed: "failed",
		links: []any{"task_result", "videos", 0, "url"}, expires: 30 * day, why: []any{"error", "message"},
	}
	kling := video
	kling.name, kling.body = "kling-v3", `{"model":"kling-v3","prompt":"%P","seconds":"7","size":"1080x1920"}`
	sora := video
	sora.name, sora.body = "sora-2", `{"model":"sora-2","prompt":"%P","seconds":"8"}`
	sora.pending, sora.expires = []string{"queued", "in_progress"}, week
	veo := task{
		name: "veo", create: "/v1/videos/generations", body: `{"model":"veo-3.1-generate-001","instances":[{"prompt":"%P"}],"parameters":{"sampleCount":2}}`,
		id: "id", shape: `^chatvideo-\d{19}-sandbox$`, query: "/v1/videos/generations/%I", status: []any{"status"},
		pending: []string{"Initializing", "Queued", "Running", "Uploading"}, done: "Completed", failed: "Failed",
		links: []any{"data", "videos", 1, "url"}, expires: 14 * day, why: []any{"message"},
	}
	seedance := task{
		name: "seedance", create: "/v3/contents/generations/tasks",
		body: `{"model":"bytedance/doubao-seedance-2-0-260128","content":[{"type":"text","text":"%P"}],"duration":6,"ratio":"9:16","resolution":"480p"}`,
		id:   "id", shape: `^qvideo-sandbox-\d{19}$`, query: "/v3/contents/generations/tasks/%I", status: []any{"status"},
		pending: []string{"queued", "running"}, done: "succeeded", failed: "failed",
		links: []any{"content", "video_url"}, expires: day, why: []any{"error", "message"},
	}
	image := task{
		name: "kling image", create: "/v1/images/generations", body: `{"model":"kling-v1-5","prompt":"%P","n":2}`,
		id: "task_id", shape: `^image-\d{19}-sandbox$`, query: "/v1/images/tasks/%I", status: []any{"status"},
		pending: []string{"processing"}, done: "succeed", failed: "failed",
		links: []any{"data", 1, "url"}, expires: week, why: []any{"status_message"},
	}
	edit := image
	edit.name, edit.create = "kling image edit", "/v1/images/edits"
	edit.body = `{"model":"kling-v2-1","image":"","prompt":"%P","n":2,"subject_image_list":[{"subject_image":"https://example.org/a.png"},{"subject_image":"https://example.org/b.png"}]}`
	vidu := task{
		name: "vidu", create: "/queue/fal-ai/vidu/q2/text-to-video", body: `{"prompt":"%P"}`,
		id: "request_id", shape: `^qvideo-sandbox-\d{19}$`, query: "/queue/fal-ai/vidu/requests/%I/status", status: []any{"status"},
		pending: []string{"IN_QUEUE", "IN_PROGRESS"}, done: "COMPLETED", failed: "COMPLETED",
		links: []any{"result", "video", "url"}, expires: week, why: []any{"detail", "msg"},
	}
	o1 := vidu
	o1.name, o1.create, o1.query = "kling-image-o1", "/queue/fal-ai/kling-image/o1", "/queue/fal-ai/kling-image/requests/%I/status"
	o1.body, o1.shape, o1.links = `{"prompt":"%P","num_images":3}`, `^qimage-sandbox-\d{19}$`, []any{"result", "images", 2, "url"}
	fal := vidu
	fal.name, fal.create, fal.query = "fal veo", "/queue/fal-ai/veo3.1/fast", "/queue/fal-ai/veo3.1/requests/%I/status"
	return []task{kling, sora, veo, seedance, image, edit, vidu, o1, fal}
}

func (k task) begin(t *testing.T, s *Server, prompt string) string {
	t.Helper()
	made := into[map[string]any](t, send(t, s, "POST", k.create, strings.ReplaceAll(k.body, "%P", prompt)), 200)
	id, _ := made[k.id].(string)
	if !regexp.MustCompile(k.shape).MatchString(id) {
		t.Fatalf("id %q is not of the shape %s", id, k.shape)
	}
	return id
}

func (k task) ask(t *testing.T, s *Server, id string) (said, any, string) {
	t.Helper()
	a := send(t, s, "GET", strings.ReplaceAll(k.query, "%I", id), "")
	body := into[any](t, a, a.status)
	word, _ := at(t, body, k.status...).(string)
	return a, body, word
}

func TestJobsSucceed(t *testing.T) {
	for _, k := range tasks() {
		t.Run(k.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := New(Options{})
				s.SetMediaURL("http://media.test/")
				id := k.begin(t, s, "a fox")
				start := time.Now()
				var seen []string
				for {
					a, _, word := k.ask(t, s, id)
					if word == k.done {
						break
					}
					if strings.HasPrefix(k.create, "/queue") && a.status != http.StatusAccepted {
						t.Errorf("pending status query: %d, want 202", a.status)
					}
					if !slices.Contains(seen, word) {
						seen = append(seen, word)
					}
					if time.Since(start) > time.Minute {
						t.Fatal("it does not end")
					}
					later(50 * time.Millisecond)
				}
				if took := time.Since(start); took < 1500*time.Millisecond || took > 3*time.Second {
					t.Errorf("took %v, want 1.5 s to 3 s", took)
				}
				if !slices.Equal(seen, k.pending) {
					t.Errorf("went through %v, want %v", seen, k.pending)
				}
				_, body, _ := k.ask(t, s, id)
				k.checkLink(t, s, at(t, body, k.links...).(string))
			})
		})
	}
}

// checkLink follows a result's link to the other host, until it expires.
func (k task) checkLink(t *testing.T, s *Server, link string) {
	t.Helper()
	path, ok := strings.CutPrefix(link, "http://media.test")
	if !ok {
		t.Fatalf("link %q is not on the media host", link)
	}
	r, err := http.NewRequest("GET", path, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := serve(t, s.Media(), r)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	switch a.header.Get("Content-Type") {
	case "image/png":
		if _, err := png.Decode(bytes.NewReader([]byte(a.body))); err != nil {
			t.Errorf("no PNG: %v", err)
		}
	case "video/mp4":
		if readClip(t, []byte(a.body)).seconds < 4 {
			t.Error("the clip is shorter than 4 s")
		}
	default:
		t.Errorf("Content-Type %q", a.header.Get("Content-Type"))
	}
	later(k.expires - 10*time.Second)
	if a := serve(t, s.Media(), r); a.status != http.StatusOK {
		t.Errorf("shortly before its end: %d", a.status)
	}
	later(20 * time.Second)
	if a := serve(t, s.Media(), r); a.status != http.StatusForbidden {
		t.Errorf("after its end: %d, want 403", a.status)
	}
}

func TestJobsFail(t *testing.T) {
	// The words by which a client tells moderation from any other failure.
	moderation := regexp.MustCompile(`(?i)moderation|content|safety|policy|sensitive|审核|违规`)
	for _, k := range tasks() {
		for _, fate := range []fate{failContent, failOther} {
			t.Run(k.name+" "+string(fate), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					s := New(Options{})
					id := k.begin(t, s, "a fox [[fail:"+string(fate)+"]]")
					later(3 * time.Second)
					a, body, word := k.ask(t, s, id)
					if a.status != 200 || word != k.failed {
						t.Fatalf("%d %s, want 200 %s", a.status, word, k.failed)
					}
					why, _ := at(t, body, k.why...).(string)
					if why == "" || moderation.MatchString(why) != (fate == failContent) {
						t.Errorf("reason %q", why)
					}
					if strings.Contains(a.body, "http://127.0.0.2") {
						t.Errorf("a failed job has results: %s", a.body)
					}
				})
			})
		}
	}
}

func TestQueueResult(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{})
		good := tasks()[6].begin(t, s, "a fox")
		bad := tasks()[6].begin(t, s, "a fox [[fail:other]]")
		path := "/queue/fal-ai/vidu/requests/"
		early := into[map[string]any](t, send(t, s, "GET", path+good, ""), http.StatusBadRequest)
		if early["status"] != "IN_QUEUE" {
			t.Errorf("read too early: %v", early)
		}
		later(3 * time.Second)
		if a := into[any](t, send(t, s, "GET", path+good, ""), 200); at(t, a, "video", "content_type") != "video/mp4" {
			t.Errorf("result: %v", a)
		}
		if a := into[any](t, send(t, s, "GET", path+bad, ""), 500); at(t, a, "detail", "type") != "VENDOR_FAILED" {
			t.Errorf("failed result: %v", a)
		}
		for _, unknown := range []string{path + "qvideo-sandbox-1", "/queue/fal-ai/kling-image/requests/" + good} {
			into[any](t, send(t, s, "GET", unknown, ""), 404)
		}
		submitted := into[map[string]any](t, send(t, s, "POST", "/queue/fal-ai/vidu/q2/text-to-video?fal_webhook=x", `{"prompt":"a"}`), 200)
		want := "http://example.com" + path + submitted["request_id"].(string)
		if submitted["response_url"] != want || submitted["status_url"] != want+"/status" || submitted["cancel_url"] != "" {
			t.Errorf("urls of %v", submitted)
		}
	})
}

func TestFaceDetails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{})
		kinds := tasks()
		v26 := kinds[0]
		v26.body = `{"model":"kling-v2-6","prompt":"%P"}`
		id := v26.begin(t, s, "a fox")
		_, pending, _ := v26.ask(t, s, id)
		if at(t, pending, "progress") != 0.0 || at(t, pending, "completed_at") != 0.0 || at(t, pending, "object") != "video.generation" {
			t.Errorf("pending: %v", pending)
		}
		later(3 * time.Second)
		_, done, _ := v26.ask(t, s, id)
		if at(t, done, "progress") != 100.0 || at(t, done, "size") != "1920x1080" || at(t, done, "mode") != "std" || at(t, done, "seconds") != "5" {
			t.Errorf("done: %v", done)
		}
		if at(t, done, "expires_at").(float64)-at(t, done, "completed_at").(float64) != 30*24*3600 {
			t.Errorf("expires_at of %v", done)
		}

		seedance := kinds[3]
		seedance.body = strings.Replace(seedance.body, `"duration"`, `"return_last_frame":true,"duration"`, 1)
		id = seedance.begin(t, s, "a fox")
		later(3 * time.Second)
		_, done, _ = seedance.ask(t, s, id)
		if !strings.Contains(at(t, done, "content", "last_frame_url").(string), "last_frame.png?e=") {
			t.Errorf("content of %v", done)
		}
		if got := at(t, done, "usage", "completion_tokens"); got != float64(496*864*(24*6+1)/1024) {
			t.Errorf("completion_tokens %v", got)
		}

		veo := kinds[2]
		for phrase, want := range map[string]int{"[[filtered]]": 1, "[[filtered:all]]": 0, "": 2} {
			id = veo.begin(t, s, "a fox "+phrase)
			later(3 * time.Second)
			_, done, _ = veo.ask(t, s, id)
			if got := len(at(t, done, "data", "videos").([]any)); got != want || at(t, done, "data", "raiMediaFilteredCount") != float64(2-want) {
				t.Errorf("%q: %v", phrase, done)
			}
		}
	})
}

func TestRemix(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{})
		sora, kling := tasks()[1], tasks()[0]
		source, other := sora.begin(t, s, "a street"), kling.begin(t, s, "a street")
		remix := func(id, body string) said { return send(t, s, "POST", "/v1/videos/"+id+"/remix", body) }
		into[any](t, remix(source, `{"prompt":"snow"}`), 400) // not completed yet
		later(3 * time.Second)
		into[any](t, remix(other, `{"prompt":"snow"}`), 400)
		into[any](t, remix("qvideo-sandbox-1", `{"prompt":"snow"}`), 404)
		into[any](t, remix(source, `{}`), 400)
		made := into[map[string]any](t, remix(source, `{"prompt":"snow"}`), 200)
		if made["remixed_from_video_id"] != source || made["seconds"] != "8" || made["id"] == source || made["status"] != "queued" {
			t.Errorf("remix: %v", made)
		}
	})
}

func TestUnknownJobs(t *testing.T) {
	s := New(Options{})
	veo := into[any](t, send(t, s, "GET", "/v1/videos/generations/chatvideo-1-sandbox", ""), 500)
	if at(t, veo, "error", "type") != "view_vertex_video_job_failed" || at(t, veo, "error", "message") != "record not found" {
		t.Errorf("veo: %v", veo)
	}
	for _, path := range []string{"/v1/videos/qvideo-x-1", "/v1/images/tasks/image-1-x", "/v3/contents/generations/tasks/qvideo-x-1", "/v1/files/qfile-1-1-a", "/v1/videos/..%2f..%2fetc"} {
		into[any](t, send(t, s, "GET", path, ""), 404)
	}
	// qvideo- ids come from three faces; each knows its own only.
	id := tasks()[3].begin(t, s, "a fox")
	into[any](t, send(t, s, "GET", "/v1/videos/"+id, ""), 404)
}
