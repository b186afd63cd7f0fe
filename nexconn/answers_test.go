package nexconn

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Output N is the service's own, whatever order its answer has.
func TestPicturesStandByTheirIndex(t *testing.T) {
	for data, want := range map[string]string{
		`{"index":2,"url":"https://x/c"},{"index":0,"url":"https://x/a"},{"index":1,"url":"https://x/b"}`:      "a b c",
		`{"index":"1","url":"https://x/b"},{"index":"0","url":"https://x/a"},{"index":1,"url":"https://x/b2"}`: "a b b2",
		`{"url":"https://x/c"},{"index":0,"url":"https://x/a"}`:                                                "c a",
		`{"index":1,"url":"https://x/b"},{"index":0,"url":""}`:                                                 "b",
	} {
		j, err := klingImageAnswer([]byte(`{"task_id":"image-1","status":"succeed","data":[` + data + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		var urls []string
		for _, o := range j.Outputs {
			urls = append(urls, strings.TrimPrefix(o.URL, "https://x/"))
		}
		if got := strings.Join(urls, " "); got != want {
			t.Errorf("%s: %s, want %s", data, got, want)
		}
	}
}

func TestALengthThatTheModelDecidedIsNone(t *testing.T) {
	for duration, want := range map[string]float64{"-1": 0, "0": 0, "5": 5, `"7"`: 7} {
		j, err := seedanceAnswer(fmt.Appendf(nil, `{"id":"cgt-1","status":"succeeded","duration":%s,"content":{"video_url":"https://x/v.mp4"}}`, duration))
		if err != nil || j.Outputs[0].Seconds != want || j.Usage.Seconds != want {
			t.Errorf("duration %s: %+v, %v", duration, j, err)
		}
	}
}

// An answer that names its job tells that the job is there, even without a
// word for how it stands; any other tells nothing.
func TestAJobWithoutAWordIsRunning(t *testing.T) {
	for _, c := range []struct {
		kind      catalog.Kind
		model, id string
	}{
		{catalog.Video, "kling-v3", "id"}, {catalog.Video, "sora-2", "id"}, {catalog.Video, "veo-3.1-generate-001", "id"},
		{catalog.Video, "bytedance/doubao-seedance-2-0-260128", "id"}, {catalog.Image, "kling-v2", "task_id"},
		{catalog.Video, "viduq2", "request_id"}, {catalog.Image, "kling-image-o1", "request_id"},
	} {
		m, _ := catalog.Builtin().Find(c.kind, c.model)
		w, _ := wireOf(m)
		for body, running := range map[string]bool{
			`{"` + c.id + `":"x-1"}`:                      true,
			`{"` + c.id + `":"x-1","status":""}`:          true,
			`{"` + c.id + `":"x-1","status":null}`:        true,
			`{"` + c.id + `":"x-1","status":"pondering"}`: true,
			`{"status":""}`:                               false,
			`{}`:                                          false,
			`[]`:                                          false,
			`"` + c.id + `"`:                              false,
			`{"` + c.id + `":"x-1","error":{"message":"oh no"}}`: false,
		} {
			j, next, err := w.status(m, "x-1", 200, []byte(body))
			if got := err == nil && j != nil && j.Status == Running && next == ""; got != running {
				t.Errorf("%s %s: %+v, %v", m.ID, body, j, err)
			}
		}
		if _, _, err := w.status(m, "x-1", 404, []byte(`{"`+c.id+`":"x-1"}`)); err == nil {
			t.Errorf("%s: a 404 tells of a job", m.ID)
		}
	}
}
