package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// long says that outages last as long as they are promised to be borne.
func long() bool { return os.Getenv("NEXCONN_TEST_LONG") != "" }

// submitted plays paid calls while a store is away: each has its row before it is
// sent, then the id of the service, then an end. It returns the ids.
func submitted(t *testing.T, k *Keeper, n int) []string {
	t.Helper()
	ids := make([]string, n)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			b, err := k.Begin(t.Context(), video(func(r *Row) { r.ArgsHash = fmt.Sprint(i) }), Caps{})
			if err != nil {
				t.Errorf("Begin: %v", err)
				return
			}
			row, err := k.Change(t.Context(), b.Row, func(r *Row) {
				r.UpstreamID, r.Status, r.SubmittedAt = "up-"+r.ID, nexconn.Running, time.Now()
			}, Durable)
			if err == nil {
				row, err = k.Change(t.Context(), row, func(r *Row) {
					r.Status, r.EndedAt, r.USD = nexconn.Succeeded, time.Now(), usd(0.25)
				}, Durable)
			}
			if err != nil || row.Status != nexconn.Succeeded {
				t.Errorf("Change: %+v, %v", row, err)
			}
			ids[i] = row.TaskID()
			if got := find(t, k, "ann", ids[i]); got.Status != nexconn.Succeeded {
				t.Errorf("while away: %+v", got)
			}
		})
	}
	wg.Wait()
	return ids
}

// recorded waits until nothing is held and looks every id up in the store itself.
func recorded(t *testing.T, k *Keeper, l Ledger, ids []string) {
	t.Helper()
	eventually(t, "nothing is held", func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.pending.empty() && k.away == nil
	})
	for _, id := range ids {
		r := find(t, l, "ann", id)
		same(t, "the last state", []any{r.Status, *r.USD, r.Held}, []any{nexconn.Succeeded, 0.25, false})
	}
	u, err := l.Usage(t.Context(), "ann", Period{}, "model")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "spent", u.Total.USD, 0.25*float64(len(ids)))
	same(t, "as the keeper sees it", find(t, k, "ann", ids[0]).Held, false)
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func keeping(t *testing.T, open func(context.Context) (Ledger, error)) *Keeper {
	t.Helper()
	k := Keeping(open, nil)
	t.Cleanup(func() { _ = k.Close() })
	if err := k.State(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeeperAndAFullDisk(t *testing.T) {
	dir := t.TempDir()
	k := keeping(t, func(ctx context.Context) (Ledger, error) { return OpenSQLite(ctx, dir, nil) })
	writer := storeOf(t, k).engine.(*sqliteFile).h.writer
	before := begin(t, k, video(func(r *Row) { r.ArgsHash = "before" }))
	limit := func(pages int) {
		t.Helper()
		var got int
		if err := writer.QueryRowContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	limit(1)
	// Room for the change of a row may be left on its page, for its length not.
	failed, err := k.Change(t.Context(), before, func(r *Row) {
		r.Status, r.USD = nexconn.Succeeded, usd(0.25)
		r.Warnings = []string{string(make([]byte, 100_000))}
	}, Durable)
	if err != nil || !failed.Held {
		t.Fatalf("a change that has no room: held %v, %v", failed.Held, err)
	}
	ids := append(submitted(t, k, 20), before.TaskID())
	if err := k.State(t.Context()); err == nil {
		t.Error("the keeper does not say that the disk is full")
	}
	if _, err := k.Begin(t.Context(), video(func(r *Row) { r.Key = "k"; r.PromptHead = string(make([]byte, 0)) + fmt.Sprint(make([]byte, 50_000)) }), Caps{}); err == nil {
		t.Error("a key was given away that is not on record")
	}
	time.Sleep(time.Second)
	limit(1 << 30)
	recorded(t, k, storeOf(t, k), ids)
	if err := k.State(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeeperAndALockedFile(t *testing.T) {
	dir := t.TempDir()
	lockedFor, wait := 3*time.Second, 50*time.Millisecond
	if long() {
		lockedFor, wait = 25*time.Second, 5*time.Second
	}
	k := keeping(t, func(ctx context.Context) (Ledger, error) { return openSQLite(ctx, dir, nil, wait) })
	if !long() {
		storeOf(t, k).patience = 300 * time.Millisecond
	}
	db := raw(t, dir)
	db.SetMaxOpenConns(1)
	run(t, db, `BEGIN IMMEDIATE`)
	released := time.AfterFunc(lockedFor, func() { _, _ = db.ExecContext(context.Background(), `ROLLBACK`) })
	defer released.Stop()
	ids := submitted(t, k, 20)
	p, err := k.List(t.Context(), Filter{Caller: "ann", Status: "succeeded"})
	if err != nil || len(p.Rows) != 20 || !p.Rows[0].Held {
		t.Errorf("a page while the file is locked: %d rows, %v", len(p.Rows), err)
	}
	u, err := k.Usage(t.Context(), "ann", Period{}, "day")
	if err != nil || u.Total.Calls != 20 || u.Total.USD != 5 {
		t.Errorf("usage while the file is locked: %+v, %v", u.Total, err)
	}
	recorded(t, k, storeOf(t, k), ids)
}

func TestKeeperWritesBackAtClose(t *testing.T) {
	dir := t.TempDir()
	k := keeping(t, func(ctx context.Context) (Ledger, error) { return openSQLite(ctx, dir, nil, 50*time.Millisecond) })
	storeOf(t, k).patience = 100 * time.Millisecond
	db := raw(t, dir)
	db.SetMaxOpenConns(1)
	run(t, db, `BEGIN IMMEDIATE`)
	ids := submitted(t, k, 3)
	time.AfterFunc(time.Second, func() { _, _ = db.ExecContext(context.Background(), `ROLLBACK`) })
	closed(t, k)
	l := openFile(t, dir)
	for _, id := range ids {
		same(t, "status", find(t, l, "ann", id).Status, nexconn.Succeeded)
	}
	if _, err := k.Begin(t.Context(), video(), Caps{}); !errors.Is(err, errClosed) {
		t.Errorf("Begin after Close: %v", err)
	}
}

func TestKeeperOfAStoreThatCannotBeOpened(t *testing.T) {
	gone := errors.New("no such database")
	var mu sync.Mutex
	inner := OpenMemory()
	k := Keeping(func(context.Context) (Ledger, error) {
		mu.Lock()
		defer mu.Unlock()
		if gone != nil {
			return nil, gone
		}
		return inner, nil
	}, nil)
	t.Cleanup(func() { _ = k.Close() })
	if err := k.State(t.Context()); err == nil {
		t.Fatal("it opened")
	}
	ids := submitted(t, k, 3)
	for name, caps := range map[string]Caps{"a cap": {All: 1}, "on record": {OnRecord: true}} {
		if _, err := k.Begin(t.Context(), video(), caps); err == nil {
			t.Errorf("%s: a row was held that has to be on record", name)
		}
	}
	if _, err := k.Tokens().Issue(t.Context(), Token{Kind: "confirm"}); err == nil {
		t.Error("a token was issued without a store")
	}
	b, err := k.Begin(t.Context(), video(func(r *Row) { r.ArgsHash = "0" }), Caps{})
	if err != nil || b.Duplicate != ids[0] || !b.Row.Held {
		t.Errorf("an identical call: %+v, %v", b, err)
	}
	change(t, k, b.Row.ID, func(r *Row) { r.Status, r.USD = nexconn.Succeeded, usd(0.25) })
	mu.Lock()
	gone = nil
	mu.Unlock()
	recorded(t, k, inner, append(ids, b.Row.TaskID()))
}

func TestKeeperDoesNotWaitAtCloseForAStoreThatNeverOpened(t *testing.T) {
	k := Keeping(func(context.Context) (Ledger, error) { return nil, errors.New("no such folder") }, nil)
	submitted(t, k, 1)
	begun := time.Now()
	if err := k.Close(); err == nil || !strings.Contains(err.Error(), "1 calls") {
		t.Errorf("Close says nothing of what is lost: %v", err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("Close took %v", took)
	}
}

// proxy passes connections on to address until it is stopped.
type proxy struct {
	address string
	mu      sync.Mutex
	stopped bool
	conns   []net.Conn
	at      string
}

func newProxy(t *testing.T, address string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &proxy{address: address, at: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.pass(c)
		}
	}()
	return p
}

func (p *proxy) pass(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	up, err := net.Dial("tcp", p.address)
	if err != nil || p.stopped {
		c.Close()
		return
	}
	p.conns = append(p.conns, c, up)
	for _, pair := range [][2]net.Conn{{c, up}, {up, c}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			pair[0].Close()
		}()
	}
}

func (p *proxy) stop(stopped bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = stopped
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func TestKeeperAndADatabaseThatIsAway(t *testing.T) {
	address := newSchema(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, u.Host)
	u.Host = p.at
	k := keeping(t, func(ctx context.Context) (Ledger, error) { return OpenPostgres(ctx, u.String(), nil) })
	before := begin(t, k, video(func(r *Row) { r.ArgsHash = "before" }))
	// Creates are answered while the connections are cut.
	var ids []string
	calls := make(chan []string)
	go func() { calls <- submitted(t, k, 50) }()
	time.Sleep(5 * time.Millisecond)
	p.stop(true)
	ids = append(ids, <-calls...)
	row, err := k.Change(t.Context(), before, func(r *Row) {
		r.UpstreamID, r.Status, r.USD = "up-before", nexconn.Succeeded, usd(0.25)
	}, Durable)
	if err != nil || !row.Held {
		t.Errorf("a change while the database is away: %+v, %v", row, err)
	}
	same(t, "found by its new id", find(t, k, "ann", "kling-v3:up-before").ID, before.ID)
	ids = append(ids, submitted(t, k, 10)...)
	ids = append(ids, row.TaskID())
	time.Sleep(2 * time.Second)
	if long() {
		time.Sleep(3 * time.Second)
	}
	p.stop(false)
	other := openAt(t, address)
	recorded(t, k, other, ids) // as another replica finds them
}

// silent takes rows and fails to say so, as a connection does that is cut
// between a commit and its answer.
type silent struct {
	Ledger
	left atomic.Int32
}

func (s *silent) Begin(ctx context.Context, row Row, caps Caps) (Begun, error) {
	begun, err := s.Ledger.Begin(ctx, row, caps)
	if err == nil && s.left.Add(-1) >= 0 {
		return Begun{}, errors.New("the connection was cut")
	}
	return begun, err
}

func TestKeeperAndACommitWithoutAnAnswer(t *testing.T) {
	inner := openFile(t, t.TempDir())
	s := &silent{Ledger: inner}
	k := keeping(t, func(context.Context) (Ledger, error) { return s, nil })
	s.left.Store(5)
	ids := submitted(t, k, 20)
	recorded(t, k, inner, ids)
	u, err := inner.Usage(t.Context(), "ann", Period{}, "model")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "calls on record", u.Total.Calls, len(ids))
}
