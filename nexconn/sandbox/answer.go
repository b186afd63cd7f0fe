package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// handler is one operation: it returns what to say, [Server.face] says it.
type handler func(*http.Request) (answer, error)

// answer is what an operation says when it does not refuse.
type answer struct {
	status int // 200 where zero
	body   any
	stream func(*eventStream) error // instead of body
	wait   time.Duration            // before the answer
	cut    cut
}

// face makes an operation an http.Handler: it asks for a key, bounds the body
// and writes the outcome in the face's shapes.
func (s *Server) face(env envelope, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hasKey(r) {
			missing := refusal{status: http.StatusUnauthorized, message: "authorization header missing"}
			body := env(missing)
			if !strings.HasPrefix(r.URL.Path, "/bypass/anthropic") && !strings.HasPrefix(r.URL.Path, "/bypass/vertex") &&
				!strings.HasPrefix(r.URL.Path, "/v1/messages") {
				// The FAQ's sample: error is a plain string, the service's own management envelope.
				body = map[string]any{"error": missing.message, "status": false}
			}
			writeJSON(w, missing.status, body)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.maxBody)
		a, err := h(r)
		if err == nil && a.stream == nil { // a stream waits after its first event
			err = sleep(r.Context(), a.wait)
		}
		if err != nil {
			writeRefusal(w, env, err)
			return
		}
		s.write(w, r, a)
	})
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, a answer) {
	if a.stream != nil {
		es := newEventStream(w, r, s.scaled(pace), a)
		if err := a.stream(es); errors.Is(err, errDropped) {
			panic(http.ErrAbortHandler)
		}
		return
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	switch a.cut {
	case cutDrop:
		panic(http.ErrAbortHandler)
	case cutTruncate:
		var whole bytes.Buffer
		_ = json.NewEncoder(&whole).Encode(a.body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(whole.Len()))
		w.WriteHeader(status)
		_, _ = w.Write(whole.Bytes()[:whole.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case cutStall:
		<-r.Context().Done()
		return
	}
	writeJSON(w, status, a.body)
}

// hasKey tells whether a request carries any key: Bearer, Key or bare, and on
// /v1/messages in x-api-key too.
func hasKey(r *http.Request) bool {
	auth := strings.TrimSpace(r.Header.Get("Authorization"))
	switch scheme, key, _ := strings.Cut(auth, " "); strings.ToLower(scheme) {
	case "":
	case "bearer", "key":
		return strings.TrimSpace(key) != ""
	default:
		return true
	}
	return strings.HasPrefix(r.URL.Path, "/v1/messages") && r.Header.Get("X-Api-Key") != ""
}

// decode reads a JSON body into a face's own struct. A value of another JSON type
// than the page's is refused by name.
func decode[T any](r *http.Request) (T, error) {
	var v T
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") {
		return v, bad("", "%s is not taken here: send the body as JSON with Content-Type application/json", kind)
	}
	dec := json.NewDecoder(r.Body)
	err := dec.Decode(&v)
	if err == nil {
		// Read to the end: only then does the server see a client that hangs up.
		if _, more := dec.Token(); more == nil {
			err = errors.New("it goes on after its end")
		}
	}
	var wrong *json.UnmarshalTypeError
	var tooBig *http.MaxBytesError
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &tooBig):
		return v, refusal{status: http.StatusRequestEntityTooLarge, message: "the request body is too large"}
	case errors.As(err, &wrong) && wrong.Field == "":
		return v, bad("", "the body must be an object, got %s", wrong.Value)
	case errors.As(err, &wrong):
		return v, bad(wrong.Field, "%s must be %s, got %s", wrong.Field, jsonKind(wrong.Type.Kind().String()), wrong.Value)
	}
	return v, bad("", "the body is not valid JSON: %v", err)
}

func jsonKind(goKind string) string {
	switch {
	case goKind == "string":
		return "a string"
	case goKind == "bool":
		return "a boolean"
	case goKind == "slice":
		return "an array"
	case strings.HasPrefix(goKind, "int"), strings.HasPrefix(goKind, "uint"):
		return "an integer"
	case strings.HasPrefix(goKind, "float"):
		return "a number"
	}
	return "an object"
}
