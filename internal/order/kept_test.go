package order

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// What vendors keep under a key is refused in every form their documents have.
func TestReferencesAreRefused(t *testing.T) {
	for _, body := range []string{
		`{"previous_response_id":"resp_1"}`, `{"previousResponseId":"resp_1"}`, `{"PREVIOUS_RESPONSE_ID":"resp_1"}`, `{"Conversation":"conv_1"}`,
		`{"conversation":{"id":"conv_1"}}`, `{"conversation":{"ID":"conv_1"}}`, `{"prompt":{"id":"pmpt_1","version":"2"}}`,
		`{"input":[{"type":"item_reference","id":"msg_1"}]}`, `{"input":[{"id":"msg_1"}]}`, `{"Input":[{"type":null,"Id":"msg_1"}]}`,
		`{"input":[{"type":"reasoning","id":"rs_1","summary":[]}]}`, `{"input":[{"type":"image_generation_call","id":"ig_1"}]}`,
		`{"input":[{"type":"mcp_approval_response","approval_request_id":"mcpr_1"}]}`,
		`{"input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}]}`,
		`{"input":[{"role":"user","content":[{"type":"input_image","FileID":"file-1"}]}]}`,
		`{"tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]}`, `{"tools":[{"type":"code_interpreter","container":"cntr_1"}]}`,
		`{"tools":[{"type":"code_interpreter","container":{"type":"auto","file_ids":["file-1"]}}]}`,
		`{"tools":[{"type":"shell","environment":{"type":"container_reference","container_id":"cntr_1"}}]}`,
		`{"tools":[{"type":"image_generation","input_image_mask":{"file_id":"file-1"}}]}`,
		`{"container":"container_1"}`, `{"container":{"id":"container_1"}}`, `{"container":{"skills":[{"type":"custom","skill_id":"skill_1"}]}}`,
		`{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"container_upload","file_id":"file_1"}]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"source":{"file_id":"file_1"}}]}]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}`, `{"messages":[{"role":"assistant","audio":{"id":"audio_1"}}]}`,
		`{"cachedContent":"cachedContents/1"}`, `{"cached_content":"projects/1/cachedContents/1"}`,
		`{"contents":[{"parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/1"}}]}]}`,
		`{"contents":[{"parts":[{"file_data":{"file_uri":"files/1"}}]}]}`,
		`{"tools":[{"fileSearch":{"fileSearchStoreNames":["fileSearchStores/1"]}}]}`, `{"tools":[{"retrieval":{"vertexAiSearch":{"datastore":"projects/1"}}}]}`,
		`{"tools":[{"retrieval":{"vertexRagStore":{"ragResources":[{"ragCorpus":"projects/1"}]}}}]}`,
	} {
		for _, arg := range []string{"body", "extra"} {
			err := CheckReferences(map[string]any{arg: value(t, body)})
			if nexconn.CodeOf(err) != nexconn.Forbidden || !strings.Contains(err.Error(), arg+".") {
				t.Errorf("%s %s: %v", arg, body, err)
			}
		}
	}
}

// What is the caller's own goes through: content, schemas, the data of tools and
// files of the service, which are on record.
func TestOwnDataIsNoReference(t *testing.T) {
	for _, body := range []string{
		`{"input":"hello","conversation":null,"previous_response_id":""}`, `{"input":[{"role":"user","content":[{"type":"input_text","text":"file_id: file-1"}]}]}`,
		`{"input":[{"type":"function_call_output","call_id":"call_1","output":"ok"}]}`, `{"prompt":"id"}`, `{"tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}`,
		`{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{"file_id":"7","id":"8"}}]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"qfile-u1-2"}}]}]}`,
		`{"messages":[{"role":"assistant","tool_calls":[{"id":"call_1","function":{"name":"f","arguments":"{}"}}]}]}`,
		`{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"file_id":"7"}}},{"fileData":{"fileUri":"https://cdn.test/a.mp4"}}]}]}`,
		`{"tools":[{"name":"f","input_schema":{"properties":{"file_id":{"type":"string","default":"a"}}}}]}`, `{"metadata":{"conversation":"7"}}`,
	} {
		if err := CheckReferences(map[string]any{"body": value(t, body)}); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Looking costs what the body weighs: a million members, ten thousand levels.
func TestReferencesOfLargeBodies(t *testing.T) {
	look := func(body string) time.Duration {
		v := map[string]any{"body": value(t, body)}
		best := time.Hour
		for range 3 {
			start := time.Now()
			if err := CheckReferences(v); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	deep := func(n int) string {
		return strings.Repeat(`{"`+strings.Repeat("k", 400)+`":`, n) + "1" + strings.Repeat("}", n)
	}
	wide := func(n int) string { return `{"a":[` + strings.Repeat(`{"b":[1]},`, n) + `0]}` }
	for name, make := range map[string]func(int) string{"deep": deep, "wide": wide} {
		small, large := look(make(1000)), look(make(8000))
		if large > 8*8*small+5*time.Millisecond {
			t.Errorf("%s: eight times the body takes %v instead of %v", name, large, small)
		}
	}
}

func value(t *testing.T, doc string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}
