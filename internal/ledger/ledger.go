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
	// ExpectedUSD is the estimate where USD reserves more, under a cap; nil once
	// USD is settled.
	ExpectedUSD *float64
	// Priced is what the price depends on (seconds, mode, …), so that it can be
	// settled by real usage; no prompts, no links. Its numbers are float64, as
	// JSON has them.
	Priced    map[string]any
	RequestID string
	Warnings  []string
	// Result is a whole answer kept for its idempotency key until ResultUntil.
	// List leaves it out.
	Result      []byte
	ResultUntil time.Time
	// Writer is the process that submits the row, until SubmittedAt is set or
	// the answer is there.
	Writer string
	// Held says that the row, or its last change, is not in the store yet: a
	// Keeper holds it in memory and writes it as soon as the store takes it.
	Held bool
}

// TaskID is the row's public handle.
func (r Row) TaskID() string {
	if r.UpstreamID != "" {
		return r.Model + ":" + r.UpstreamID
	}
	return r.Model + ":local-" + r.ID
}

// EstimateUSD is what the call is estimated to cost, or did cost; nil is not known.
func (r Row) EstimateUSD() *float64 {
	if r.ExpectedUSD != nil {
		return r.ExpectedUSD
	}
	return r.USD
}

// Settle puts what the call did cost in the place of the estimate.
func (r *Row) Settle(usd float64) { r.USD, r.ExpectedUSD = &usd, nil }

// Output is one thing a job made, and where it lies.
type Output = nexconn.Output

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not on record")
	// ErrKeyTaken says that the key was used with other arguments.
	ErrKeyTaken = errors.New("idempotency key was used with other arguments")
	// ErrCursor says that a cursor is none that List gave.
	ErrCursor = errors.New("cursor is not one that a list gave")
)

// errInvalid is a fault of the caller's, whatever the store's state is.
var errInvalid = errors.New("it can't be put on record")

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

// Caps are the conditions of a Begin: what a day may cost, in USD, where 0 is no
// cap. All counts every caller, Caller the row's own.
type Caps struct {
	All, Caller float64
	// OnRecord says that the call must be in the store before it is sent: a
	// Keeper then returns the store's error instead of holding the row.
	OnRecord bool
}

// Begun is what Begin found or made.
type Begun struct {
	Row Row
	// Existing says that Row was there before, under the same key and
	// arguments: nothing is to be sent.
	Existing bool
	// Duplicate is the task id of an identical job of the same caller in the
	// last ten minutes, empty if there is none or the row has a key.
	Duplicate string
}

// Durability is when a change has to be on the disk.
type Durability int

const (
	// Durable changes are on the disk when Change returns.
	Durable Durability = iota
	// Soon changes are committed within 50 ms, with others, and by Close. This
	// process reads them at once. A crash before that loses them, which leaves
	// the row as it was: an intent then becomes Unknown and keeps its price.
	Soon
)

// MaxKey is the longest idempotency key, in bytes.
const MaxKey = 512

// maxName is the longest caller and model, in bytes.
const maxName = 512

// TooLong says that a text is longer than an index takes.
type TooLong struct {
	What       string // idempotency key, caller, model
	Bytes, Max int
}

func (e *TooLong) Error() string {
	return fmt.Sprintf("the %s has %d bytes; at most %d are taken", e.What, e.Bytes, e.Max)
}

// CheckKey tells why an idempotency key can't be stored: *TooLong, or that it
// holds a NUL or broken UTF-8.
func CheckKey(key string) error {
	if len(key) > MaxKey {
		return &TooLong{"idempotency key", len(key), MaxKey}
	}
	if !storable(key) {
		return fmt.Errorf("%w: the idempotency key holds a NUL or broken UTF-8", errInvalid)
	}
	return nil
}

// Filter selects tasks of a caller, newest first.
type Filter struct {
	Caller              string
	Kind, Status, Model string
	Limit               int
	Cursor              string
}

// Page is one page of a list; Next is the cursor of the one after it, empty
// after the last.
type Page struct {
	Rows []Row
	Next string
}

// Period is the UTC days from the one of From to the one of To; a zero To is no end.
type Period struct{ From, To time.Time }

// Usage is a report: its lines, dearest first, and their sum.
type Usage struct {
	Rows  []Sum
	Total Sum
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

// Ledger is the record. All methods are safe for concurrent use, by many
// processes too. Times are UTC. The cost of a method does not depend on how many
// rows there are.
type Ledger interface {
	// Begin commits the intent of row, or finds the row that has its key. It
	// decides key and caps in one transaction: ErrKeyTaken, *OverCap, *TooLong.
	// It fills an empty ID, CreatedAt and Status, and always Writer. The caps are
	// those of CreatedAt's UTC day; a row whose USD is nil or 0 passes them. A
	// row whose ID is on record is not made again: Existing.
	Begin(ctx context.Context, row Row, caps Caps) (Begun, error)
	// ByKey is the row of a caller's idempotency key. ErrNotFound.
	ByKey(ctx context.Context, caller, key string) (Row, error)
	// Change applies do to the row on record with row's ID and returns the new
	// row; row is as the caller knows it. do must be idempotent; it may run
	// again. ID, Caller, Model, ArgsHash, CreatedAt and a known UpstreamID stay
	// as they are; so does Key, but a call that Failed without an UpstreamID may
	// give it back. So does an end: a change back to work in progress or Unknown
	// only adds where outputs were saved. ErrNotFound.
	Change(ctx context.Context, row Row, do func(*Row), d Durability) (Row, error)
	// Find is the row of a task id (upstream or local) or of a row id, of one
	// caller; an empty caller means any. ErrNotFound.
	Find(ctx context.Context, caller, taskID string) (Row, error)
	// Adopt records a job that was made elsewhere, if it is not on record for
	// its caller, and returns the row that is.
	Adopt(ctx context.Context, row Row) (Row, error)
	// List is a page of a caller's tasks. A limit of 0 is 20, the most is 100;
	// status queued finds intents, too. ErrCursor.
	List(ctx context.Context, f Filter) (Page, error)
	// Usage sums the calls of a caller that were created in a period, by "model",
	// "day" or "tool". Every row is a call, whatever became of it.
	Usage(ctx context.Context, caller string, p Period, by string) (Usage, error)
	// Tokens are the single-use and revocable tokens beside the calls.
	Tokens() Tokens
	// Files are the qfiles that callers made.
	Files() Files
	// MarkAbandoned turns rows whose writer is gone before the answer came into
	// Unknown and returns how many. It is cheap enough to go before every query.
	MarkAbandoned(ctx context.Context) (int, error)
	// Sweep does one bounded step of the clean-up: rows of writers that are gone,
	// prompt heads older than ninety days, answers and tokens past their end.
	// more says that another step has work to do.
	Sweep(ctx context.Context) (more bool, err error)
	// Ping tells whether the ledger answers.
	Ping(ctx context.Context) error
	// Name says where it is, without secrets.
	Name() string
	Close() error
}
