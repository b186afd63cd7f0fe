package tools

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// advice is what to do about each code, where the error itself says nothing.
var advice = map[nexconn.Code]string{
	nexconn.InvalidArgument:     "Correct it and send the call again.",
	nexconn.UnknownModel:        "Call list_models for the ids on offer; an id is sent exactly as written.",
	nexconn.Unsupported:         "Leave it out or choose another model; list_models with capability finds one.",
	nexconn.NotConfigured:       "Tell the user; the operator has to set it.",
	nexconn.Unauthorized:        "The service refused the key. Tell the user to check NEXCONN_API_KEY; `nexconn-mcp doctor` tries both forms of the header.",
	nexconn.QuotaExhausted:      "The key's money quota is used up. Tell the user to raise it in the console or wait for its reset (midnight, or the 1st); do not try again.",
	nexconn.RateLimited:         "Wait a while, then send the same call again.",
	nexconn.ContentRejected:     "The service's moderation refused it. Change the prompt or the inputs; the same call will be refused again.",
	nexconn.NotFound:            "Check the id; list_tasks and list_files show what is on record.",
	nexconn.UpstreamUnavailable: "The service can't be reached or gave no whole answer. Try again in a minute; if it lasts, tell the user to run `nexconn-mcp doctor`.",
	nexconn.UpstreamError:       "The service failed. Try again later; its request id helps its support.",
	nexconn.Timeout:             "The service took too long to answer. Ask again later.",
	nexconn.Cancelled:           "Nothing more is needed.",
	nexconn.SubmissionUnknown:   "It may have been accepted and billed; don't just call again.",
	nexconn.BudgetExceeded:      "Tell the user; the operator set the cap.",
	nexconn.ConfirmationNeeded:  "Ask the user.",
	nexconn.Forbidden:           "It is not allowed here. Use another path or tell the user.",
	nexconn.Internal:            "It is a fault of this server. Tell the user the id; the log has the rest.",
}

// ownKey is err with the advice that fits a caller who brings a key of its own.
func ownKey(ctx context.Context, err error) error {
	var e *nexconn.Error
	if caller.From(ctx).Key == "" || !errors.As(err, &e) || e.Code != nexconn.Unauthorized || e.Advice != "" {
		return err
	}
	own := *e
	own.Advice = "The service refused the key that came with the request. Tell the user to check the one this client sends (Authorization: Bearer KEY)."
	return &own
}

// failed turns an error into the answer its caller reads, and logs the cause.
func (d Deps) failed(tool string, err error) *mcp.CallToolResult {
	var ask *jobs.Question
	if errors.As(err, &ask) {
		return server.NewInputRequestBuilder(ask.Token).Elicit(confirmID, mcp.ElicitationParams{
			Mode: mcp.ElicitationModeForm, Message: ask.Text,
			RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}).ToolResult()
	}
	var e *nexconn.Error
	switch {
	case errors.As(err, &e):
		if e.Cause != nil {
			d.Log.Debug("a tool answered with an error", "tool", tool, "code", e.Code, "cause", e.Cause)
		}
	case errors.Is(err, context.Canceled):
		e = &nexconn.Error{Code: nexconn.Cancelled, Message: "the call was cancelled"}
	default:
		id := rand.Text()[:12]
		d.Log.Error("a tool failed", "tool", tool, "id", id, "error", err)
		e = &nexconn.Error{Code: nexconn.Internal, Message: "internal error " + id}
	}
	return failure(e)
}

// failure is the one place where an error becomes a result: what was wrong,
// what to do, and the same for programs in _meta.
func failure(e *nexconn.Error) *mcp.CallToolResult {
	var text strings.Builder
	text.WriteString(string(e.Code) + ": " + e.Message)
	if !strings.HasSuffix(e.Message, ".") && !strings.Contains(e.Message, "\n") {
		text.WriteByte('.')
	}
	do := e.Advice
	switch {
	case do != "":
	case elsewhere(e):
		do = "Trying again won't help. Tell the user that NEXCONN_BASE_URL may be wrong; `nexconn-mcp doctor` checks it."
	default:
		do = advice[e.Code]
	}
	if do != "" {
		text.WriteString("\n" + do)
	}
	if e.Advice == "" && unsent(e) {
		text.WriteString(" Nothing was sent.")
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&text, "\nTry again after %d seconds.", seconds(e))
	}
	if e.RequestID != "" {
		text.WriteString("\nThe service's request id is " + e.RequestID + ".")
	}
	facts := map[string]any{"code": string(e.Code), "message": e.Message, "retryable": retryable(e)}
	put := func(name string, v any, given bool) {
		if given {
			facts[name] = v
		}
	}
	put("field", e.Field, e.Field != "")
	put("retry_after_seconds", seconds(e), e.RetryAfter > 0)
	put("status", e.Status, e.Status != 0)
	put("request_id", e.RequestID, e.RequestID != "")
	put("confirm", e.Confirm, e.Confirm != "")
	return &mcp.CallToolResult{
		Result:  mcp.Result{Meta: mcp.NewMetaFromMap(map[string]any{"nexconn/error": facts})},
		Content: []mcp.Content{mcp.NewTextContent(text.String())},
		IsError: true,
	}
}

// unsent says that a call was refused here: the service's own refusals have a
// status.
func unsent(e *nexconn.Error) bool {
	return e.Status == 0 && (e.Code == nexconn.InvalidArgument || e.Code == nexconn.Unsupported)
}

// elsewhere says that something other than the service answered, and not
// because it is down.
func elsewhere(e *nexconn.Error) bool {
	return e.Code == nexconn.UpstreamUnavailable && e.Status >= 300 && e.Status < 500 && !e.Unsure
}

func seconds(e *nexconn.Error) int { return int(math.Ceil(e.RetryAfter.Seconds())) }

func retryable(e *nexconn.Error) bool {
	if e.Unsure {
		return false
	}
	switch e.Code {
	case nexconn.UpstreamUnavailable:
		return !elsewhere(e)
	case nexconn.RateLimited, nexconn.Timeout:
		return true
	}
	return e.Retryable
}
