package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const (
	maxBody = 64 << 20 // of a request's body, that much is read

	// Gemini takes that much media within a request; larger goes through /v1/files.
	maxInline = 15 << 20
)

// Options say how a [Server] behaves. The zero value works.
type Options struct {
	// TimeScale stretches every delay: at 1, the default, a job ends within 3 s.
	TimeScale float64
	// StateDir is where jobs and files are kept, so that a later or another
	// process knows them. Empty means memory only.
	StateDir string
	// Models are further ids to take, of models that the documents do not name:
	// on any path, with what the path's kind has in common.
	Models []string
	// Log hears of each request (method, path, status). It may be nil.
	Log *slog.Logger
}

// Server is the stand-in for the service's API host.
type Server struct {
	scale float64
	also  []string
	log   *slog.Logger
	store store
	ids   minter
	media atomic.Pointer[string]
	mux   *http.ServeMux

	maxBody   int64
	maxInline int
}

// New makes a Server. It does next to no work: clips are unpacked when asked for
// and StateDir is made when the first job is kept.
func New(o Options) *Server {
	s := &Server{
		scale: o.TimeScale, also: o.Models, log: o.Log, store: openStore(o.StateDir), mux: http.NewServeMux(),
		maxBody: maxBody, maxInline: maxInline,
	}
	if s.scale <= 0 {
		s.scale = 1
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.SetMediaURL("http://127.0.0.2")
	s.routes()
	return s
}

// SetMediaURL sets the origin under which [Server.Media] is reached. It is put
// into links when a query is answered, so it may change from process to process.
func (s *Server) SetMediaURL(base string) {
	base = strings.TrimSuffix(base, "/")
	s.media.Store(&base)
}

// ServeHTTP answers for the API host: /v1, /queue, /v3 and /bypass.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	stamp(w, r)
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	start := time.Now()
	defer func() {
		s.log.Debug("sandbox", "method", r.Method, "path", r.URL.Path, "status", rec.status, "took", time.Since(start))
	}()
	s.mux.ServeHTTP(rec, r)
}

// routes lists every operation of the documents. /queue, /v3 and /bypass hang
// off the host root, not off /v1.
func (s *Server) routes() {
	open := func(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }
	on := func(pattern string, env envelope, h handler) { s.mux.Handle(pattern, s.face(env, h)) }

	open("GET /v1/models", http.HandlerFunc(s.listModels))
	open("GET /v1/market/models", http.HandlerFunc(marketList))
	on("GET /v2/stat/usage/apikey/cost", openAIEnvelope, billed)
	on("GET /v2/stat/usage/apikey/cost-detail", openAIEnvelope, billed)
	on("POST /v1/chat/completions", openAIEnvelope, s.chat)
	on("POST /v1/messages", anthropicEnvelope, s.messages)
	on("POST /v1/messages/count_tokens", anthropicEnvelope, s.countTokens)
	on("POST /bypass/anthropic/v1/messages", anthropicEnvelope, s.bypassMessages)
	on("POST /bypass/anthropic/v1/messages/count_tokens", anthropicEnvelope, s.countTokens)
	on("POST /bypass/vertex/v1/models/{call...}", googleEnvelope, s.vertex)
	on("POST /bypass/openai/v1/responses", openAIEnvelope, s.responses)

	on("POST /v1/images/generations", openAIEnvelope, s.generateImage)
	on("POST /v1/images/edits", openAIEnvelope, s.editImage)
	on("GET /v1/images/tasks/{id}", openAIEnvelope, s.queryImage)

	on("POST /v1/videos", openAIEnvelope, s.createVideo)
	on("GET /v1/videos/{id}", openAIEnvelope, s.queryVideo)
	on("POST /v1/videos/{id}/remix", openAIEnvelope, s.remixVideo)
	on("POST /v1/videos/generations", veoEnvelope, s.createVeo)
	on("GET /v1/videos/generations/{id}", veoEnvelope, s.queryVeo)
	on("POST /v3/contents/generations/tasks", arkEnvelope, s.createSeedance)
	on("GET /v3/contents/generations/tasks/{id}", arkEnvelope, s.querySeedance)

	on("POST /queue/fal-ai/vidu/{app...}", queueEnvelope, s.createVidu)
	on("POST /queue/fal-ai/kling-image/o1", queueEnvelope, s.createKlingImageO1)
	on("POST /queue/fal-ai/veo3.1", queueEnvelope, s.createFalVeo)
	on("POST /queue/fal-ai/veo3.1/{app...}", queueEnvelope, s.createFalVeo)
	on("GET /queue/fal-ai/{family}/requests/{id}/status", queueEnvelope, s.queueStatus)
	on("GET /queue/fal-ai/{family}/requests/{id}", queueEnvelope, s.queueResult)

	on("POST /v1/files", openAIEnvelope, s.createFile)
	on("GET /v1/files", openAIEnvelope, s.listFiles)
	on("GET /v1/files/{id}", openAIEnvelope, s.queryFile)
	on("DELETE /v1/files/{id}", openAIEnvelope, s.deleteFile)

	open("/", s.face(openAIEnvelope, func(*http.Request) (answer, error) {
		return answer{}, refusal{status: http.StatusNotFound, code: "not_found", message: "not found or method not allowed"}
	}))
}

// scaled is a delay of the service, shortened or stretched by the time scale.
func (s *Server) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * s.scale)
}

// stamp puts on an answer what every answer carries.
func stamp(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 128 {
		id = randomHex(16)
	}
	w.Header().Set("X-Request-Id", id)
	w.Header().Set("X-Nexconn-Sandbox", "1")
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its contract
	return hex.EncodeToString(b)
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// recorder remembers the status of an answer for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController flush through the recorder.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
