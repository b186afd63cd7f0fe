package ledger

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// tx is a batch's transaction. Sums and reservations are added up in it and
// written once, in order, before the commit.
type tx struct {
	b         batch
	forUpdate string
	now       time.Time
	again     bool // the op that runs has run before, and may have been committed
	sums      map[sumKey]Sum
	reserved  map[reservedKey]*reservation
}

type sumKey struct {
	caller      string
	day         int64
	model, tool string
}

type reservedKey struct {
	day    int64
	caller string // empty for all callers
}

// reservation is what is reserved of a day: on record, and by this batch.
type reservation struct {
	known  bool // base was read, and the row is locked
	base   float64
	change float64
}

func newTx(b batch, s *queue) *tx {
	return &tx{b: b, forUpdate: s.engine.forUpdate(), now: s.now(), sums: map[sumKey]Sum{}, reserved: map[reservedKey]*reservation{}}
}

func (t *tx) query(ctx context.Context, statement string, args []any, each func(scanner) error) error {
	if err := t.b.query(ctx, statement, args, each); err != nil {
		return &brokenBatch{err}
	}
	return nil
}

func (t *tx) exec(statement string, args ...any) error {
	if err := t.b.exec(statement, args...); err != nil {
		return &brokenBatch{err}
	}
	return nil
}

func (t *tx) lock(key string) error {
	if err := t.b.lock(key); err != nil {
		return &brokenBatch{err}
	}
	return nil
}

const day = 24 * time.Hour

func dayOf(at time.Time) int64 { return micros(at) / day.Microseconds() }

// put writes a row, new where was is nil, and what it changes of the day's sums
// and reservations. Nothing else writes calls, but for the end of prompt heads.
func (t *tx) put(was *Row, is Row) error {
	doc, err := is.doc()
	if err != nil {
		return err
	}
	switch {
	case was == nil:
		err = t.exec(insertCall, is.ID, is.Caller, is.Model, is.ArgsHash, is.Key, micros(is.CreatedAt),
			is.Tool, is.Task, is.Kind, is.Operation, is.PromptHash, is.PromptHead, is.UpstreamID, string(is.Status),
			micros(is.UpdatedAt), micros(is.SubmittedAt), micros(is.EndedAt),
			is.Usage.InputTokens, is.Usage.OutputTokens, is.Usage.ReasoningTokens, is.Usage.CachedTokens, is.Usage.Seconds, is.Usage.Images,
			is.USD, is.Writer, micros(is.ResultUntil), doc)
	case onlyProgress(*was, is):
		err = t.exec(updateProgress, is.ID, micros(is.UpdatedAt), doc)
	default:
		err = t.exec(updateCall, is.ID, is.UpstreamID, string(is.Status),
			micros(is.UpdatedAt), micros(is.SubmittedAt), micros(is.EndedAt),
			is.Usage.InputTokens, is.Usage.OutputTokens, is.Usage.ReasoningTokens, is.Usage.CachedTokens, is.Usage.Seconds, is.Usage.Images,
			is.USD, is.Writer, micros(is.ResultUntil), doc)
		if err == nil && origin(*was) != origin(is) {
			err = t.exec(updateOrigin, is.ID, is.Tool, is.Task, is.Kind, is.Operation, is.PromptHash, is.PromptHead, is.Key)
		}
	}
	if err == nil {
		err = t.putAnswer(was, is)
	}
	if err != nil {
		return err
	}
	if was != nil {
		t.count(*was, -1)
	}
	t.count(is, 1)
	return nil
}

// origin is what hardly ever changes of a row that is on record.
func origin(r Row) [7]string {
	task := ""
	if r.Task {
		task = "task"
	}
	return [7]string{r.Tool, task, r.Kind, r.Operation, r.PromptHash, r.PromptHead, r.Key}
}

// onlyProgress says that a change touches nothing that a column holds.
func onlyProgress(was, is Row) bool {
	return was.Status == is.Status && was.UpstreamID == is.UpstreamID && was.SubmittedAt.Equal(is.SubmittedAt) && was.EndedAt.Equal(is.EndedAt) &&
		was.Usage == is.Usage && price(was) == price(is) && (was.USD == nil) == (is.USD == nil) && was.Writer == is.Writer &&
		was.ResultUntil.Equal(is.ResultUntil) && origin(was) == origin(is)
}

func (t *tx) putAnswer(was *Row, is Row) error {
	var had []byte
	if was != nil {
		had = was.Result
	}
	switch {
	case bytes.Equal(had, is.Result) && (was == nil || was.ResultUntil.Equal(is.ResultUntil) || is.Result == nil):
		return nil
	case is.Result == nil:
		return t.exec(dropAnswer, is.ID)
	}
	return t.exec(putAnswer, is.ID, is.Result, micros(is.ResultUntil))
}

func price(r Row) float64 {
	if r.USD == nil {
		return 0
	}
	return *r.USD
}

// count adds a row to the sums of its day, or takes it off.
func (t *tx) count(r Row, sign int) {
	key := sumKey{r.Caller, dayOf(r.CreatedAt), r.Model, r.Tool}
	t.sums[key] = t.sums[key].Plus(sumOf(r, sign))
	for _, caller := range []string{r.Caller, ""} {
		t.reservation(key.day, caller).change += float64(sign) * price(r)
		if r.Caller == "" {
			break
		}
	}
}

// sumOf is what a row comes to, or its negative.
func sumOf(r Row, sign int) Sum {
	s := Sum{Calls: sign, InputTokens: sign * r.Usage.InputTokens, OutputTokens: sign * r.Usage.OutputTokens,
		Seconds: float64(sign) * r.Usage.Seconds, Images: sign * r.Usage.Images, USD: float64(sign) * price(r)}
	if r.Status == nexconn.Succeeded {
		s.Succeeded = sign
		if r.USD == nil {
			s.Unpriced = sign
		}
	}
	return s
}

func (t *tx) reservation(day int64, caller string) *reservation {
	key := reservedKey{day, caller}
	r := t.reserved[key]
	if r == nil {
		r = &reservation{}
		t.reserved[key] = r
	}
	return r
}

// spent is what is reserved of a day until now, by this batch too. It keeps
// others from reserving until the commit.
func (t *tx) spent(day int64, caller string) (float64, error) {
	r := t.reservation(day, caller)
	if !r.known {
		if t.forUpdate != "" {
			if err := t.exec(addReserved, day, caller, 0.0); err != nil { // a row that is not there can't be locked
				return 0, err
			}
		}
		base, err := all(t, reservedOf+t.forUpdate, func(row scanner) (usd float64, err error) { return usd, row.Scan(&usd) }, day, caller)
		if err != nil {
			return 0, err
		}
		if len(base) == 1 {
			r.base = base[0]
		}
		r.known = true
	}
	return r.base + r.change, nil
}

// flush writes sums and reservations.
func (t *tx) flush() error {
	for _, key := range slices.SortedFunc(maps.Keys(t.sums), func(a, b sumKey) int {
		return cmp.Or(cmp.Compare(a.caller, b.caller), cmp.Compare(a.day, b.day), cmp.Compare(a.model, b.model), cmp.Compare(a.tool, b.tool))
	}) {
		s := t.sums[key]
		if s == (Sum{}) {
			continue
		}
		if err := t.b.exec(addSums, key.caller, key.day, key.model, key.tool,
			s.Calls, s.Succeeded, s.Unpriced, s.InputTokens, s.OutputTokens, s.Seconds, s.Images, s.USD); err != nil {
			return err
		}
	}
	// All callers last: their row is the one that every lane wants.
	for _, key := range slices.SortedFunc(maps.Keys(t.reserved), func(a, b reservedKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(b.caller, a.caller))
	}) {
		if change := t.reserved[key].change; change != 0 {
			if err := t.b.exec(addReserved, key.day, key.caller, change); err != nil {
				return err
			}
		}
	}
	return nil
}
