package nexconn

import "time"

// Status is how a job stands, in one vocabulary for every face of the service.
type Status string

// The states of a job. A word of the service that we don't know is Running.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Canceled  Status = "cancelled"
	Expired   Status = "expired"
	// Unknown is ours alone: we can't tell whether the service took the job.
	Unknown Status = "unknown"
)

// Done says that the state will not change any more by itself.
func (s Status) Done() bool {
	return s == Succeeded || s == Failed || s == Canceled || s == Expired || s == Unknown
}

// Job is long work as the service last told of it: plain data, no goroutine.
type Job struct {
	// ID is the service's own id; empty for work that was answered at once.
	ID      string
	Model   string
	Status  Status
	Outputs []Output
	// Failure says why, when Status is Failed, Canceled or Expired.
	Failure *Failure
	// Progress is 0 to 1 where the service tells it.
	Progress             *float64
	CreatedAt, UpdatedAt time.Time
	Usage                Usage
	Warnings             []string
	RequestID            string
}

// Output is one thing a job made: a link that expires, or bytes.
type Output struct {
	URL  string
	Data []byte
	MIME string
	// Role is "last_frame" for the still that Seedance adds, else empty.
	Role          string
	Seconds       float64
	Width, Height int
	// ExpiresAt is when the link dies, zero if the service did not say.
	ExpiresAt time.Time
}

// Failure is why a job ended badly. Nothing went wrong in asking: it is a
// result, not a Go error.
type Failure struct {
	Code         Code   `json:"code"`
	Message      string `json:"message"`
	UpstreamCode string `json:"upstream_code,omitempty"`
}

// Usage is what a call used, as far as the service tells.
type Usage struct {
	InputTokens     int     `json:"input_tokens,omitempty"`
	OutputTokens    int     `json:"output_tokens,omitempty"`
	ReasoningTokens int     `json:"reasoning_tokens,omitempty"`
	CachedTokens    int     `json:"cached_tokens,omitempty"`
	Seconds         float64 `json:"seconds,omitempty"`
	Images          int     `json:"images,omitempty"`
}
