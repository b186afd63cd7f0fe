// Package ledger is the record of paid work: what was asked, submitted,
// answered and spent. A row is committed before the first byte of a create
// goes out, and every later state is an idempotent change of it, so that a
// crash at any moment leaves a row that says what is known.
//
// SQLite in the state folder by default, shared by many processes of one user;
// PostgreSQL for several replicas. One set of queries serves both.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Intent is the state of a row whose create may not have been sent yet.
const Intent nexconn.Status = "intent"

// Row is one paid call.
type Row struct {
	// ID is a UUIDv7, the row's own and the id of its local handle.
	ID     string
	Caller string
	Tool   string
	// Task says that the call has a task id: every kind but chat.
	Task      bool
	Kind      string
	Model     string
	Operation string
	// UpstreamID is the service's id, empty until it answered.
	UpstreamID string
	Status     nexconn.Status
	// ArgsHash covers what makes two calls the same; Key is the caller's
	// idempotency key, empty for none.
	ArgsHash, Key string
	// PromptHash and PromptHead are all that is kept of a prompt by default.
	PromptHash, PromptHead string
	CreatedAt, UpdatedAt   time.Time
	// SubmittedAt is when the service answered the create, EndedAt when the
	// job reached its end.
	SubmittedAt, EndedAt time.Time
	Progress             *float64
	Outputs              []Output
	Failure              *nexconn.Failure
	Usage                nexconn.Usage
	// USD is what the call is estimated to cost: reserved at the intent,
	// settled by real usage at the end, 0 once it failed. Nil is not known.
	USD *float64
	// Priced is what the price depends on (seconds, mode, …), so that it can be
	// settled by real usage; no prompts, no links. Its numbers are float64, as
	// JSON has them.
	Priced    map[string]any
	RequestID string
	Warnings  []string
	// Result is a whole answer kept for its idempotency key until ResultUntil.
	Result      []byte
	ResultUntil time.Time
	// Writer is the process that submits the row, until SubmittedAt is set or
	// the answer is there.
	Writer string
}

// TaskID is the row's public handle.
func (r Row) TaskID() string {
	if r.UpstreamID != "" {
		return r.Model + ":" + r.UpstreamID
	}
	return r.Model + ":local-" + r.ID
}

// Output is one thing a job made, and where it lies.
type Output struct {
	URL       string    `json:"url,omitempty"`
	MIME      string    `json:"mime,omitempty"`
	Role      string    `json:"role,omitempty"`
	Seconds   float64   `json:"seconds,omitempty"`
	Width     int       `json:"width,omitempty"`
	Height    int       `json:"height,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Path is the saved file, URI its place in the artifact store.
	Path  string `json:"path,omitempty"`
	URI   string `json:"uri,omitempty"`
	Bytes int64  `json:"bytes,omitempty"`
}

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not on record")
	// ErrKeyTaken says that the key was used with other arguments.
	ErrKeyTaken = errors.New("idempotency key was used with other arguments")
	// ErrCursor says that a cursor is none that List gave.
	ErrCursor = errors.New("cursor is not one that a list gave")
)

// OverCap says that a reservation would pass the daily cap.
type OverCap struct {
	SpentUSD, AskedUSD, CapUSD float64
	// Shared says that it is the cap of all callers together. What they spent
	// is not for one of them to read, so Error leaves it out.
	Shared bool
}

func (e *OverCap) Error() string {
	if e.Shared {
		return fmt.Sprintf("%.4f USD more would pass the day's cap of all callers", e.AskedUSD)
	}
	return fmt.Sprintf("spent %.4f USD today, %.4f more would pass the cap of %.4f", e.SpentUSD, e.AskedUSD, e.CapUSD)
}

// Caps are what a day may cost, in USD; 0 is no cap. All counts every caller,
// Caller the row's own.
type Caps struct{ All, Caller float64 }

// Begun is what Begin found or made.
type Begun struct {
	Row Row
	// Existing says that Row was there before, under the same key and
	// arguments: nothing is to be sent.
	Existing bool
	// Twin is the task id of an identical job of the same caller in the last
	// ten minutes, empty if there is none.
	Twin string
}

// Filter selects rows of a caller, newest first.
type Filter struct {
	Caller              string
	Kind, Status, Model string
	Limit               int
	Cursor              string
}

// Sum is one line of a usage report.
type Sum struct {
	Key                       string
	Calls, Succeeded          int
	InputTokens, OutputTokens int
	Seconds                   float64
	Images                    int
	USD                       float64
	// Unpriced is how many of the succeeded calls USD does not count, because
	// no price is known.
	Unpriced int
}

// Plus is two lines in one; the key is a's.
func (a Sum) Plus(b Sum) Sum {
	return Sum{Key: a.Key, Calls: a.Calls + b.Calls, Succeeded: a.Succeeded + b.Succeeded,
		InputTokens: a.InputTokens + b.InputTokens, OutputTokens: a.OutputTokens + b.OutputTokens,
		Seconds: a.Seconds + b.Seconds, Images: a.Images + b.Images, USD: a.USD + b.USD, Unpriced: a.Unpriced + b.Unpriced}
}

// FileRow is a qfile a caller made, for hosts that hold the key.
type FileRow struct {
	Caller, ID string
	Key        string
	ArgsHash   string
	Doc        []byte
	CreatedAt  time.Time
}

// Ledger is the record. All methods are safe for concurrent use, by many
// processes too. Times are UTC.
type Ledger interface {
	// Begin commits the intent of row, or finds the row that has its key. It
	// decides key and caps in one transaction: ErrKeyTaken, *OverCap. It fills
	// an empty ID, CreatedAt and Status, and always Writer. The caps are those
	// of CreatedAt's UTC day; a row whose USD is nil or 0 passes them.
	Begin(ctx context.Context, row Row, caps Caps) (Begun, error)
	// ByKey is the row of a caller's idempotency key. ErrNotFound.
	ByKey(ctx context.Context, caller, key string) (Row, error)
	// Change applies do to the row in one transaction and returns the new row.
	// do must be idempotent; it may run again. ID, Caller, Model, ArgsHash,
	// CreatedAt and a known UpstreamID stay as they are; so does Key, but a call
	// that Failed without an UpstreamID may give it back. So does an end: a change
	// back to work in progress or Unknown only adds where outputs were saved.
	// ErrNotFound.
	Change(ctx context.Context, id string, do func(*Row)) (Row, error)
	// Find is the row of a task id (upstream or local) or of a row id, of one
	// caller; an empty caller means any. ErrNotFound.
	Find(ctx context.Context, caller, taskID string) (Row, error)
	// Adopt records a job that was made elsewhere, if it is not on record for
	// its caller, and returns the row that is.
	Adopt(ctx context.Context, row Row) (Row, error)
	// List is a page of tasks and the cursor of the next, empty after the last.
	// A limit of 0 is 20, the most is 100; status queued finds intents, too.
	// ErrCursor.
	List(ctx context.Context, f Filter) ([]Row, string, error)
	// Usage sums rows of a caller (empty: all) created since, by "model",
	// "day" or "tool", dearest first. Every row is a call, whatever became of it.
	Usage(ctx context.Context, caller string, since time.Time, by string) (rows []Sum, total Sum, err error)
	// Keep stores a confirmation for what (a hash of caller, arguments and
	// price) and returns its single-use token; Take uses it up.
	Keep(ctx context.Context, what string, ttl time.Duration) (token string, err error)
	Take(ctx context.Context, token, what string) (bool, error)
	// PutFile, File, Files (newest first) and DropFile record a caller's
	// qfiles. A FileRow without ID reserves its key: existing says that the key
	// was reserved before, and have is that row. A FileRow with ID is recorded,
	// and fills the reservation of its key if it has one.
	PutFile(ctx context.Context, f FileRow) (have FileRow, existing bool, err error)
	// FreeFileKey drops a reservation whose upload surely did not happen.
	FreeFileKey(ctx context.Context, caller, key string) error
	File(ctx context.Context, caller, id string) (FileRow, error)
	Files(ctx context.Context, caller string) ([]FileRow, error)
	DropFile(ctx context.Context, caller, id string) error
	// Reap turns rows whose writer is gone before the answer came into Unknown
	// and returns how many. It is cheap enough to go before every query.
	Reap(ctx context.Context) (int, error)
	// Forget drops prompt heads older than ninety days and spent results.
	Forget(ctx context.Context) error
	// Ping tells whether the ledger answers.
	Ping(ctx context.Context) error
	// Name says where it is, without secrets.
	Name() string
	Close() error
}
