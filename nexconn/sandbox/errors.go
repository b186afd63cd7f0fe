package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// refusal is a request not taken. The face's envelope gives it its shape.
type refusal struct {
	status     int
	kind       string // the envelope's type; from the status where empty
	code       string // from the status where empty
	message    string
	param      string
	retryAfter int
	body       any  // a body that stands for itself, whatever the envelope
	html       bool // a proxy's page instead of an envelope
	drop       bool // no answer at all
}

func (r refusal) Error() string { return r.message }

// bad is a 400 that says what is wrong with a field.
func bad(param, format string, args ...any) error {
	return refusal{status: http.StatusBadRequest, param: param, message: fmt.Sprintf(format, args...)}
}

// unknownModel is how the service answers a model id that it does not price:
// the 503 of its FAQ, an OpenAI envelope without a code.
func unknownModel(id string) error {
	return refusal{status: http.StatusServiceUnavailable, kind: "quota_exceeded_error", code: "-",
		message: fmt.Sprintf("the price of the model is not set (model: %s)", id)}
}

// noChannels is how it answers a model that this path does not serve.
func noChannels(id string) error {
	return refusal{status: http.StatusBadRequest, message: "no available channels for model " + id}
}

// envelope is a face's error body.
type envelope func(refusal) any

// openAIEnvelope is the {"error":{message,type,code}} of /v1.
func openAIEnvelope(r refusal) any {
	e := map[string]any{"message": r.message, "type": r.kind}
	if e["type"] == "" {
		e["type"] = openAIType(r.status)
	}
	switch r.code {
	case "-":
	case "":
		e["code"] = openAICode(r.status)
	default:
		e["code"] = r.code
	}
	if r.param != "" {
		e["param"] = r.param
	}
	return map[string]any{"error": e}
}

// veoEnvelope is the same with the code left out unless the page names one.
func veoEnvelope(r refusal) any {
	if r.code == "" {
		r.code = "-"
	}
	return openAIEnvelope(r)
}

// arkEnvelope is ApiErrorBody: {"error":{code,message,param,type}} in Ark's words.
func arkEnvelope(r refusal) any {
	codes := map[int][2]string{
		http.StatusBadRequest:      {"InvalidParameter", "BadRequest"},
		http.StatusUnauthorized:    {"AuthenticationError", "Unauthorized"},
		http.StatusForbidden:       {"AccessDenied", "Forbidden"},
		http.StatusNotFound:        {"ResourceNotFound", "NotFound"},
		http.StatusTooManyRequests: {"RateLimitExceeded", "TooManyRequests"},
	}
	c, ok := codes[r.status]
	if !ok {
		c = [2]string{"InternalServiceError", "InternalServerError"}
	}
	if r.kind != "" {
		c = [2]string{r.kind, r.kind}
	}
	return map[string]any{"error": map[string]any{"code": c[0], "message": r.message, "param": r.param, "type": c[1]}}
}

// queueEnvelope is the {"detail":"…"} of a refused submit, not the error shape of /v1.
func queueEnvelope(r refusal) any { return map[string]any{"detail": r.message} }

// anthropicEnvelope is {"type":"error","error":{type,message}}.
func anthropicEnvelope(r refusal) any {
	kinds := map[int]string{
		http.StatusBadRequest: "invalid_request_error", http.StatusUnauthorized: "authentication_error",
		http.StatusPaymentRequired: "billing_error", http.StatusForbidden: "permission_error",
		http.StatusNotFound: "not_found_error", http.StatusRequestEntityTooLarge: "request_too_large",
		http.StatusTooManyRequests: "rate_limit_error", http.StatusServiceUnavailable: "overloaded_error",
		529: "overloaded_error",
	}
	kind := r.kind
	if kind == "" {
		kind = kinds[r.status]
	}
	if kind == "" {
		kind = "api_error"
	}
	return map[string]any{"type": "error", "error": map[string]any{"type": kind, "message": r.message}}
}

// googleEnvelope is {"error":{code,message,status}}.
func googleEnvelope(r refusal) any {
	words := map[int]string{
		http.StatusBadRequest: "INVALID_ARGUMENT", http.StatusUnauthorized: "UNAUTHENTICATED",
		http.StatusForbidden: "PERMISSION_DENIED", http.StatusNotFound: "NOT_FOUND",
		http.StatusTooManyRequests: "RESOURCE_EXHAUSTED", http.StatusPaymentRequired: "RESOURCE_EXHAUSTED",
		http.StatusServiceUnavailable: "UNAVAILABLE", http.StatusNotImplemented: "UNIMPLEMENTED",
	}
	word := words[r.status]
	if word == "" {
		word = "INTERNAL"
	}
	return map[string]any{"error": map[string]any{"code": r.status, "message": r.message, "status": word}}
}

func openAIType(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status == http.StatusPaymentRequired:
		return "quota_exceeded_error"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

func openAICode(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "invalid_api_key"
	case status == http.StatusNotFound:
		return "not_found"
	case status == http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	case status == http.StatusPaymentRequired:
		return "quota_exceeded"
	case status == http.StatusForbidden:
		return "forbidden"
	case status >= 500:
		return "internal_error"
	}
	return "invalid_parameters"
}

// writeRefusal is the one place where an error becomes an answer.
func writeRefusal(w http.ResponseWriter, env envelope, err error) {
	var r refusal
	if !errors.As(err, &r) {
		r = refusal{status: http.StatusInternalServerError, message: err.Error()}
	}
	if r.drop {
		panic(http.ErrAbortHandler)
	}
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(r.retryAfter))
	}
	if r.html {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(r.status)
		fmt.Fprintf(w, "<html>\r\n<head><title>%d %s</title></head>\r\n<body><center><h1>%[1]d %[2]s</h1></center><hr><center>nginx</center></body>\r\n</html>\r\n", r.status, http.StatusText(r.status))
		return
	}
	body := r.body
	if body == nil {
		body = env(r)
	}
	writeJSON(w, r.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // the client may be gone; there is nobody left to tell
}
