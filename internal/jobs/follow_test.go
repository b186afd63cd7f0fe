package jobs

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Who follows a job hears of its end also where another process of the same
// record was the first to see it.
func TestFollowHearsOfWhatOthersRecorded(t *testing.T) {
	var done atomic.Bool
	var asked atomic.Int64
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		status := "in_progress"
		if done.Load() {
			status = "completed"
		}
		fmt.Fprintf(w, `{"id":"qvideo-u42-1","model":"kling-v3","status":%q}`, status)
	}))
	defer up.Close()
	book := ledger.OpenMemory()
	process := func() *Service {
		return &Service{Client: &nexconn.Client{BaseURL: up.URL, Key: "k"}, Models: catalog.Builtin, PollScale: 0.05,
			Ledger: ledger.Keeping(func(context.Context) (ledger.Ledger, error) { return book, nil }, nil)}
	}
	here, there := process(), process()
	const task = "kling-v3:qvideo-u42-1"
	if _, err := here.Query(t.Context(), Query{TaskID: task, Start: time.Now()}); err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{}, 10)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		here.Follow(t.Context(), task, func() { heard <- struct{}{} })
	}()
	for asked.Load() < 2 { // the first was Query's
		time.Sleep(time.Millisecond)
	}
	done.Store(true)
	if o, err := there.Query(t.Context(), Query{TaskID: task, Start: time.Now()}); err != nil || o.Row.Status != nexconn.Succeeded {
		t.Fatalf("%v %v", o.Row.Status, err)
	}
	<-followed
	select {
	case <-heard:
	default:
		t.Error("the end was not told")
	}
}
