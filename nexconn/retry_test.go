package nexconn

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// step is one answer of a scripted service.
type step struct {
	status int
	body   string
	after  string // Retry-After
	err    error
	hang   bool
}

// script is a client of a service that answers step by step, and the times at
// which it was asked, counted from the first.
func script(t *testing.T, steps ...step) (*Client, *[]time.Duration) {
	var asked []time.Duration
	var began time.Time
	c := trip(func(r *http.Request) (*http.Response, error) {
		if began.IsZero() {
			began = time.Now()
		}
		asked = append(asked, time.Since(began).Round(time.Second))
		if len(asked) > len(steps) {
			t.Errorf("asked %d times", len(asked))
			return nil, io.EOF
		}
		s := steps[len(asked)-1]
		switch {
		case s.hang:
			<-r.Context().Done()
			return nil, r.Context().Err()
		case s.err != nil:
			return nil, s.err
		}
		resp := says(s.status, "application/json", strings.NewReader(s.body))
		if s.after != "" {
			resp.Header.Set("Retry-After", s.after)
		}
		return resp, nil
	}).client()
	return c, &asked
}

func TestQueriesAreAskedAgain(t *testing.T) {
	ready := step{status: 200, body: `{"id":"qfile-1","status":"ready"}`}
	tests := []struct {
		name  string
		steps []step
		code  Code // empty: it worked
		tries int
		took  time.Duration // where it is told exactly
	}{
		{"at once", []step{ready}, "", 1, 0},
		{"after a 5xx, a page and a reset", []step{{status: 500, body: `{"error":{"message":"x"}}`}, {status: 502, body: "<html>"}, {err: errors.New("reset")}, ready}, "", 4, -1},
		{"after a 200 that is cut off", []step{{status: 200, body: `{"id":`}, ready}, "", 2, -1},
		{"Retry-After is honoured", []step{{status: 429, body: `{}`, after: "20"}, ready}, "", 2, 20 * time.Second},
		{"but not past the deadline", []step{{status: 429, body: `{}`, after: "61"}}, RateLimited, 1, 0},
		{"and not for ever", []step{{status: 503}, {status: 503}, {status: 503}, {status: 503}, {status: 503}}, UpstreamUnavailable, 5, -1},
		{"not after a refusal", []step{{status: 404, body: `{"error":{"message":"no such file"}}`}}, NotFound, 1, 0},
		{"not after a spent quota", []step{{status: 429, body: `{"error":{"message":"quota"}}`}}, QuotaExhausted, 1, 0},
		{"not without an answer in time", []step{{hang: true}}, Timeout, 1, 60 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, asked := script(t, tt.steps...)
				began := time.Now()
				_, err := c.File(t.Context(), "qfile-1")
				var e *Error
				if errors.As(err, &e) && e.Unsure {
					t.Error("a query can't be unsure")
				}
				if (err == nil) != (tt.code == "") || err != nil && CodeOf(err) != tt.code || len(*asked) != tt.tries {
					t.Errorf("got %v after %d tries, want %q after %d", err, len(*asked), tt.code, tt.tries)
				}
				if took := time.Since(began); tt.took >= 0 && took != tt.took || took > 60*time.Second {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

func TestARefusalKeepsItsRetryAfter(t *testing.T) {
	c, _ := script(t, step{status: 429, body: `{}`, after: "90"})
	_, err := c.File(t.Context(), "qfile-1")
	var e *Error
	if !errors.As(err, &e) || e.RetryAfter != 90*time.Second || !e.Retryable {
		t.Errorf("got %#v", err)
	}
}

func TestCancellingStopsTheRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := script(t, step{status: 429, body: `{}`, after: "30"})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		began := time.Now()
		_, err := c.File(ctx, "qfile-1")
		if CodeOf(err) != Cancelled || time.Since(began) != 3*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

func TestWait(t *testing.T) {
	m, ok := catalog.Builtin().Find(catalog.Video, "sora-2")
	if !ok {
		t.Fatal("the catalogue has no sora-2")
	}
	answer := func(status string) step {
		return step{status: 200, body: `{"id":"qvideo-1","object":"video","model":"sora-2","status":"` + status + `"}`}
	}
	t.Run("until the job ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, asked := script(t, answer("queued"), answer("in_progress"), answer("never heard of"), step{status: 429, body: "{}", after: "80"}, answer("failed"))
			var seen []Status
			job, err := c.Wait(t.Context(), NewTaskID(m.ID, "qvideo-1"), func(j *Job) { seen = append(seen, j.Status) })
			if err != nil || job.Status != Failed || job.ID != "qvideo-1" || job.Model != "sora-2" {
				t.Fatalf("got %+v, %v", job, err)
			}
			if diff := cmp.Diff([]Status{Queued, Running, Running, Failed}, seen); diff != "" {
				t.Error(diff)
			}
			for i, at := range (*asked)[1:] {
				if rest := at - (*asked)[i]; rest < 4*time.Second || rest > 15*time.Second {
					t.Errorf("it rested %s before asking the %d. time", rest, i+2)
				}
			}
		})
	})
	t.Run("until the time is up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := script(t, answer("in_progress"), answer("in_progress"), answer("in_progress"))
			c.Poll = func(*Job, int) time.Duration { return 10 * time.Second }
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
			defer cancel()
			job, err := c.Wait(ctx, NewTaskID(m.ID, "qvideo-1"), nil)
			if CodeOf(err) != Timeout || !errors.Is(err, context.DeadlineExceeded) || job == nil || job.ID != "qvideo-1" || job.Status != Running {
				t.Errorf("got %+v, %v", job, err)
			}
		})
	})
	t.Run("not after a refusal", func(t *testing.T) {
		c, _ := script(t, step{status: 404, body: `{"error":{"message":"no such task"}}`})
		job, err := c.Wait(t.Context(), NewTaskID(m.ID, "qvideo-1"), nil)
		if CodeOf(err) != NotFound || job == nil || job.ID != "qvideo-1" {
			t.Errorf("got %+v, %v", job, err)
		}
	})
}
