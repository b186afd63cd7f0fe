package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// duplicateAge is how far back Begin looks for an identical job.
const duplicateAge = 10 * time.Minute

func (s *store) Begin(ctx context.Context, row Row, caps Caps) (Begun, error) {
	held := row.Held // it may be on record already
	row, err := fresh(row, s.now())
	if err != nil {
		return Begun{}, err
	}
	row.Writer = s.engine.writer()
	var begun Begun
	err = s.write(ctx, row.Caller, func(t *tx) (err error) {
		begun, err = t.begin(row, caps, held)
		return err
	})
	if err != nil {
		return Begun{}, err
	}
	return begun, nil
}

// fresh fills what a new row needs.
func fresh(row Row, now time.Time) (Row, error) {
	if err := errors.Join(CheckKey(row.Key), checkName("caller", row.Caller), checkName("model", row.Model)); err != nil {
		return Row{}, err
	}
	if row.CreatedAt.IsZero() {
		row.CreatedAt = now
	}
	if row.ID == "" {
		row.ID = newID(row.CreatedAt)
	}
	if row.UpdatedAt.IsZero() {
		row.UpdatedAt = row.CreatedAt
	}
	if row.Status == "" {
		row.Status = Intent
	}
	return stored(row), nil
}

// newID is a UUIDv7 of a moment.
func newID(at time.Time) string {
	id := uuid.Must(uuid.NewV7()) // it fails only where the system has no random numbers
	copy(id[:6], idPrefix(at))
	return id.String()
}

// idPrefix is the milliseconds of a moment as a UUIDv7 begins with them.
func idPrefix(at time.Time) []byte {
	ms := max(at.UnixMilli(), 0)
	return []byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms)}
}

func checkName(what, name string) error {
	if len(name) > maxName {
		return &TooLong{what, len(name), maxName}
	}
	if !storable(name) {
		return fmt.Errorf("%w: the %s holds a NUL or broken UTF-8", errInvalid, what)
	}
	return nil
}

// begin looks for the key, then at the caps, then makes the row.
func (t *tx) begin(row Row, caps Caps, held bool) (Begun, error) {
	if held || t.again {
		switch have, err := callWithAnswer(t, callByID, row.ID); {
		case err == nil:
			// What an earlier try of this very call committed is new.
			return Begun{Row: have, Existing: held}, nil
		case !errors.Is(err, ErrNotFound):
			return Begun{}, err
		}
	}
	if row.Key != "" {
		if err := t.lock("key " + row.Caller + " " + row.Key); err != nil {
			return Begun{}, err
		}
		switch have, err := callWithAnswer(t, callByKey, row.Caller, row.Key); {
		case err == nil && have.ArgsHash != row.ArgsHash:
			return Begun{}, ErrKeyTaken
		case err == nil:
			return Begun{Row: have, Existing: true}, nil
		case !errors.Is(err, ErrNotFound):
			return Begun{}, err
		}
	}
	if err := reserve(t, row, caps); err != nil {
		return Begun{}, err
	}
	begun := Begun{Row: row}
	var err error
	if row.Task && row.Key == "" {
		if begun.Duplicate, err = duplicate(t, row); err != nil {
			return Begun{}, err
		}
	}
	return begun, t.put(nil, row)
}

// callWithAnswer is the row of a statement with the answer that is kept for its key.
func callWithAnswer(t *tx, statement string, args ...any) (Row, error) {
	row, err := one(t, statement, scanCall, args...)
	if err == nil && !row.ResultUntil.IsZero() {
		row.Result, err = one(t, answerOf, scanBytes, row.ID)
		if errors.Is(err, ErrNotFound) {
			err = nil
		}
	}
	return row, err
}

func scanBytes(from scanner) ([]byte, error) {
	var b []byte
	return b, from.Scan(&b)
}

// reserve refuses row if its price would pass a cap of its day. What others
// spend is theirs to know, so the caller's own cap is looked at first.
func reserve(t *tx, row Row, caps Caps) error {
	if price(row) == 0 {
		return nil
	}
	for _, c := range []struct {
		cap    float64
		caller string
		shared bool
	}{{caps.Caller, row.Caller, false}, {caps.All, "", true}} {
		if c.cap == 0 {
			continue
		}
		spent, err := t.spent(dayOf(row.CreatedAt), c.caller)
		if err != nil {
			return err
		}
		// A hair of room, so that ten dimes fit into a dollar.
		if spent+price(row) > c.cap+1e-9 {
			return &OverCap{SpentUSD: spent, AskedUSD: price(row), CapUSD: c.cap, Shared: c.shared}
		}
	}
	return nil
}

// duplicate is the task id of the newest identical job that a caller without a
// key may have asked for by mistake. One that failed is being tried again, rightly.
func duplicate(t *tx, row Row) (string, error) {
	found, err := one(t, duplicateCall, func(from scanner) (r Row, err error) {
		return r, from.Scan(&r.ID, &r.Model, &r.UpstreamID)
	}, row.Caller, row.ArgsHash, micros(row.CreatedAt.Add(-duplicateAge)))
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return found.TaskID(), nil
}

func (s *store) Adopt(ctx context.Context, row Row) (Row, error) {
	if row.UpstreamID == "" {
		return Row{}, fmt.Errorf("%w: adopt a job without an id of the service", errInvalid)
	}
	row.Key, row.Writer, row.Status = "", "", cmp.Or(row.Status, nexconn.Unknown)
	row, err := fresh(row, s.now())
	if err != nil {
		return Row{}, err
	}
	var have Row
	err = s.write(ctx, row.Caller, func(t *tx) (err error) {
		if err := t.lock("adopt " + row.Caller + " " + row.TaskID()); err != nil {
			return err
		}
		have, err = callWithAnswer(t, callByUpstream, row.UpstreamID, row.Model, row.Caller)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		have = row
		return t.put(nil, row)
	})
	if err != nil {
		return Row{}, err
	}
	return have, nil
}
