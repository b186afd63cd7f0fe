package nexconn

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

// The sandbox is a second reading of the documents: what the evidence sends it
// takes, and what it makes of it we can read to the end.
func TestEvidenceAgainstTheSandbox(t *testing.T) {
	s, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Options{Models: catalog.Builtin().IDs(), TimeScale: 0.02})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := &Client{BaseURL: s.URL + "/v1", Key: "sk-any", Models: allModels(), Poll: func(*Job, int) time.Duration { return 10 * time.Millisecond }}
	for _, p := range proofs(t) {
		if !strings.HasPrefix(p.files["request"], "POST ") || p.files["tool"] == "remix_video" {
			continue
		}
		t.Run(p.archive+"/"+p.section, func(t *testing.T) {
			t.Parallel()
			m := p.model(t)
			job, err := c.Submit(t.Context(), p.call(t))
			if err != nil {
				t.Fatal(err)
			}
			if !Immediate(m) {
				if job, err = c.Wait(t.Context(), NewTaskID(m.ID, job.ID), nil); err != nil {
					t.Fatal(err)
				}
			}
			if job.Status != Succeeded || len(job.Outputs) == 0 {
				t.Fatalf("the job is %s: %+v", job.Status, job.Failure)
			}
			for _, o := range job.Outputs {
				u, err := url.Parse(o.URL)
				if o.Data == nil && (err != nil || u.Host == "" || o.ExpiresAt.Before(time.Now())) || o.MIMEType == "" {
					t.Errorf("output %+v", o)
				}
			}
		})
	}
}
