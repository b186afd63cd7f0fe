package nexconn

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of trouble an error is, in the words callers see. It is
// chosen by what the caller can do about it, not by the HTTP status.
type Code string

// The codes of every error this product gives.
const (
	InvalidArgument     Code = "invalid_argument"
	UnknownModel        Code = "unknown_model"
	Unsupported         Code = "unsupported"
	NotConfigured       Code = "not_configured"
	Unauthorized        Code = "unauthorized"
	QuotaExhausted      Code = "quota_exhausted"
	RateLimited         Code = "rate_limited"
	ContentRejected     Code = "content_rejected"
	NotFound            Code = "not_found"
	UpstreamUnavailable Code = "upstream_unavailable"
	UpstreamError       Code = "upstream_error"
	Timeout             Code = "timeout"
	Cancelled           Code = "cancelled"
	SubmissionUnknown   Code = "submission_unknown"
	BudgetExceeded      Code = "budget_exceeded"
	ConfirmationNeeded  Code = "confirmation_needed"
	Forbidden           Code = "forbidden"
	Internal            Code = "internal"
)

// Error is every failure of a call: what kind, in whose words, and where it
// came from. Message is fit for the caller's eyes; the cause is for the log.
type Error struct {
	Code    Code
	Message string
	// Advice is what to do about it, a sentence; empty means the code's own.
	Advice string
	// Field is the argument at fault, in the caller's words.
	Field string
	// Status is the HTTP status the service answered with, 0 if it did not.
	Status int
	// UpstreamCode is the service's own code or type for the fault.
	UpstreamCode string
	// RequestID is the service's id of the request, for its support.
	RequestID string
	// RetryAfter is how long the service asked to wait; 0 if it did not say.
	RetryAfter time.Duration
	// Retryable says that the same call may succeed later.
	Retryable bool
	// Unsure says that a create may have been taken although no answer came.
	Unsure bool
	// Confirm is the single-use token of a confirmation_needed.
	Confirm string
	// Cause is the error underneath, for the log alone.
	Cause error
}

func (e *Error) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%s (%d): %s", e.Code, e.Status, e.Message)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error of a code with a message; an error among args that is
// wrapped with %w becomes its cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Cause: errors.Unwrap(err)}
}

// CodeOf is the code of err: its own, or internal where it carries none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
