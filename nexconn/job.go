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

// TaskID names the job: the same in any process and on any machine.
func (j *Job) TaskID() TaskID { return NewTaskID(j.Model, j.ID) }

// Output is one thing that a job made: a link that expires, bytes, or a file
// that was saved. Its index is its place in the list.
type Output struct {
	// URL is where the service keeps it.
	URL string `json:"url,omitempty"`
	// URI and Path are where it was saved: an MCP resource, a local file. The
	// client leaves them empty.
	URI      string `json:"uri,omitempty"`
	Path     string `json:"path,omitempty"`
	MIMEType string `json:"mime_type,omitempty"`
	// Role is "last_frame" for the still that Seedance adds, else empty.
	Role    string  `json:"role,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Width   int     `json:"width,omitempty"`
	Height  int     `json:"height,omitempty"`
	Bytes   int64   `json:"bytes,omitempty"`
	// ExpiresAt is when the link dies, zero if the service did not say.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Data is the output itself, where the service answers with bytes.
	Data []byte `json:"-"`
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
	InputTokens     int `json:"input_tokens,omitempty"`
	OutputTokens    int `json:"output_tokens,omitempty"`
	ReasoningTokens int `json:"reasoning_tokens,omitempty"`
	CachedTokens    int `json:"cached_tokens,omitempty"`
	// What follows bears on the price alone.
	//
	// CacheWriteTokens were written to a cache: for 5 minutes, CacheHourTokens of
	// them for an hour. AudioTokens are input, ImageTokens output.
	CacheWriteTokens int `json:"-"`
	CacheHourTokens  int `json:"-"`
	AudioTokens      int `json:"-"`
	ImageTokens      int `json:"-"`
	// Searches are web searches that are billed one by one.
	Searches int     `json:"-"`
	Seconds  float64 `json:"seconds,omitempty"`
	Images   int     `json:"images,omitempty"`
}
