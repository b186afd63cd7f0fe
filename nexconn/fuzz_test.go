package nexconn

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// seeds are answers of every kind that a decoder may meet.
var seeds = []string{
	`{"id":"qvideo-1","status":"completed","task_result":{"videos":[{"url":"https://cdn.test/1.mp4","duration":"5"}]}}`,
	`{"task_id":1762159125266058362,"status":"succeed","data":[{"index":0,"url":"https://cdn.test/a.png"}]}`,
	`{"id":"c","status":"Completed","data":{"videos":[{"bytesBase64Encoded":"aGk=","gcsUri":"gs://b/1"}],"raiMediaFilteredCount":1}}`,
	`{"status":"COMPLETED","request_id":"q","result":{"video":{"url":"data:video/mp4;base64,aGk="}},"detail":[{"msg":"x"}]}`,
	`{"id":"c","status":"succeeded","content":{"video_url":"https://cdn.test/1.mp4","last_frame_url":"https://cdn.test/1.png"},"duration":-1}`,
	`{"created":1,"data":[{"b64_json":"aGk="},{"url":["https://cdn.test/a.png"]}],"usage":{"input_tokens":"1"}}`,
	`{"error":{"message":"no","code":429,"param":"x"},"status":false}`, `{"detail":{"msg":"m","type":"t"}}`, `[{"error":"x"}]`,
	`{"data":[{"id":"qfile-1","status":"ready","file_size":"7","error":{"code":"x"}}],"has_more":"true"}`,
	`{"id":"q","status":"com`, "\xef\xbb\xbf{}", `{"a":`, `"text"`, `7`, `null`, ``, `<html><title>502</title>`, `{"data":{"data":{"data":[[[[]]]]}}}`,
}

// FuzzJobAnswers: no answer of any wire breaks its reader, and what it gives is
// bounded and told in our words.
func FuzzJobAnswers(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, 200)
		f.Add(s, 500)
	}
	f.Fuzz(func(t *testing.T, body string, code int) {
		for _, m := range catalog.Builtin() {
			w, ok := wireOf(m)
			if !ok || w.created == nil {
				continue
			}
			check := func(j *Job, err error) {
				if err != nil || j == nil {
					return
				}
				if j.Status == "" || len(j.Outputs) > maxOutputs+1 || len(j.Warnings) > maxOutputs+20 {
					t.Fatalf("%s: %+v", m.ID, j)
				}
				for _, o := range j.Outputs {
					if (o.URL == "") == (len(o.Data) == 0) || o.URL != "" && !strings.HasPrefix(strings.ToLower(o.URL), "http") || o.Seconds < 0 {
						t.Fatalf("%s: output %+v", m.ID, o)
					}
				}
				if (j.Failure != nil) != (j.Status == Failed || j.Status == Canceled || j.Status == Expired) {
					t.Fatalf("%s is %s with the failure %+v", m.ID, j.Status, j.Failure)
				}
				if _, err := json.Marshal(j); err != nil {
					t.Fatal(err)
				}
			}
			check(w.created([]byte(body)))
			if w.status != nil {
				j, _, err := w.status(m, "q", code, []byte(body))
				check(j, err)
			}
		}
	})
}

// FuzzEventStream: a stream gives the same answer however it is cut, and never
// more than came.
func FuzzEventStream(f *testing.F) {
	for _, s := range []string{
		chunk(`{"content":"hi"}`) + finish + done, strings.ReplaceAll(chunk(`{"content":"hi"}`)+finish, "\n", "\r"),
		chunk(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":"}}]}`) + chunk(`{"tool_calls":[{"function":{"arguments":"1}"}}]}`) + finish,
		chunk(`{"content":"\ud83c"}`) + chunk(`{"content":"\udf0d"}`), "event: error\ndata: x\n\n", ": ping\n\n", "data: [DONE]\n", "data: {\ndata: }\n\n",
		chunk("{\"content\":\"\xe4\xbd\"}") + chunk("{\"content\":\"\xa0\"}"), `{"choices":[{"message":{"content":[{"text":"x"}]}}]}`, "\xef\xbb\xbf" + done,
		chunk(`{"images":[{"image_url":{"url":"data:image/png;base64,aGk="}}],"thinking_blocks":[{"type":"thinking","thinking":"a"}]}`),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		read := func(oneByte bool) ([]byte, bool) {
			turn := &turn{each: func(Delta) {}, seen: map[string]bool{}, scrub: func(b []byte) []byte { return b }, last: func() {}}
			r := strings.NewReader(stream)
			var err error
			if oneByte {
				err = readChat(turn, iotest.OneByteReader(r), &answer{}, func() {})
			} else {
				err = readChat(turn, r, &answer{}, func() {})
			}
			out := turn.answer()
			if !utf8.ValidString(out.Text) || len(out.Text) > 3*len(stream) {
				t.Fatalf("the text is %q", out.Text)
			}
			for _, c := range out.ToolCalls {
				if !json.Valid(c.Arguments) {
					t.Fatalf("arguments %s", c.Arguments)
				}
			}
			doc, failed := json.Marshal(out)
			if failed != nil {
				t.Fatal(failed)
			}
			return doc, err == nil
		}
		whole, ok := read(false)
		if cut, cutOK := read(true); !bytes.Equal(whole, cut) || ok != cutOK {
			t.Fatalf("cut otherwise the answer is another:\n%s\n%s", whole, cut)
		}
	})
}

// FuzzRefusals: every error body becomes an error with words, a code and nothing
// unbounded.
func FuzzRefusals(f *testing.F) {
	for _, s := range seeds {
		for _, code := range []int{200, 303, 400, 403, 429, 500, 503} {
			f.Add(s, code, "7")
		}
	}
	f.Fuzz(func(t *testing.T, body string, code int, after string) {
		code = 100 + (code%500+500)%500
		e := refused(code, http.Header{"Retry-After": {after}}, []byte(body))
		if e.Code == "" || e.Message == "" || len(e.Message) > 8000 || len(e.UpstreamCode) > 1000 || e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
			t.Fatalf("%+v", e)
		}
	})
}

// FuzzHandles: a handle that is taken can be asked after on the service's own
// host and below the wire's own path.
func FuzzHandles(f *testing.F) {
	for _, s := range []string{"kling-v3:qvideo-1", "kling-v2-1:image-1", "veo-3.1-generate-001:a/b", "kling-v3:../x", "kling-v3:%2e%2e", "kling-v3:a#0", ":", "x:y", "kling-v3:a\x00b", "viduq2:..%2f..", `sora-2:a\..\b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, handle string) {
		m, id, err := FindTask(catalog.Builtin(), TaskID(handle))
		if err != nil {
			return
		}
		if string(NewTaskID(m.ID, id)) != handle && !strings.EqualFold(string(NewTaskID(m.ID, id))[:len(m.ID)], handle[:min(len(m.ID), len(handle))]) && !strings.HasSuffix(handle, ":"+id) {
			t.Fatalf("%q became %s:%s", handle, m.ID, id)
		}
		call, err := statusCall(m, id)
		if err != nil {
			return
		}
		w, _ := wireOf(m)
		frame := strings.Split(w.path(m, "X"), "X")
		got := strings.TrimSuffix(strings.TrimPrefix(call.Path, frame[0]), frame[1])
		if strings.ContainsAny(got, "/?#\\ \n\r") || got == "." || got == ".." || !strings.HasPrefix(call.Path, frame[0]) {
			t.Fatalf("%q is asked at %q", handle, call.Path)
		}
	})
}

// FuzzNativeBody: what goes out is the caller's object but for the model and
// stream.
func FuzzNativeBody(f *testing.F) {
	for _, s := range []string{`{}`, `{"stream":true}`, `{"a":1,"stream":false}`, `{"stream":1,"model":"m","b":[{"stream":1}]}`, ` { "model" : "m" , "a" : "\"," } `, `{"a":"}","str\u0065am":1}`, `[]`, `{"model":"n"}`, `{"a":1,"model":"m"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		call, err := Build(catalog.Free("m"), catalog.Turn, &NativeRequest{Protocol: BypassAnthropic, Model: "m", Body: []byte(body)})
		if err != nil {
			return
		}
		var given, sent map[string]any
		if json.Unmarshal([]byte(body), &given) != nil {
			t.Fatalf("%q was taken", body)
		}
		if err := json.Unmarshal(call.Body.doc, &sent); err != nil {
			t.Fatalf("%q went out as %q: %v", body, call.Body.doc, err)
		}
		if sent["model"] != "m" {
			t.Fatalf("%q went out as %q", body, call.Body.doc)
		}
		for key, v := range given {
			if strings.EqualFold(key, "stream") || strings.EqualFold(key, "model") {
				continue
			}
			a, _ := json.Marshal(v)
			b, _ := json.Marshal(sent[key])
			if !bytes.Equal(a, b) {
				t.Fatalf("%q went out as %q", body, call.Body.doc)
			}
		}
		if shown := call.Body.Show(); !json.Valid(shown) {
			t.Fatalf("%q is shown as %q", body, shown)
		}
	})
}

// FuzzHalves: marks never change a text without halves, and mended pieces are
// whole characters.
func FuzzHalves(f *testing.F) {
	f.Add(`{"a":"\ud83c"}`, "b")
	f.Add("\xe4\xbd", "\xa0")
	f.Add(`\ud83c\udf0d`, `\\ud83c`)
	f.Fuzz(func(t *testing.T, a, b string) {
		var p pieces
		p.add(string(markHalves([]byte(a))))
		p.add(string(markHalves([]byte(b))))
		if !utf8.ValidString(p.text()) {
			t.Fatalf("%q and %q are %q", a, b, p.text())
		}
	})
}
