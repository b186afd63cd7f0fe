package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// The test binary plays the other processes: its environment says which part,
// and on which ledger. A part begins when its standard input ends.
const (
	partVar  = "LEDGER_TEST_PART"
	placeVar = "LEDGER_TEST_PLACE"
)

func TestMain(m *testing.M) {
	if part := os.Getenv(partVar); part != "" {
		if err := play(part, os.Getenv(placeVar)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	processes = 16
	rowsEach  = 13 // about 200 in all
	capUSD    = 10.0
)

func play(part, place string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if part == "open without rights" {
		return openWithoutRights(ctx, place)
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	open := OpenSQLite
	if strings.HasPrefix(place, "postgres") {
		open = OpenPostgres
	}
	l, err := open(ctx, place, nil)
	if err != nil {
		return err
	}
	switch part {
	case "write":
		for range rowsEach {
			b, err := l.Begin(ctx, video(), Caps{})
			if err != nil {
				return err
			}
			if _, err := l.Change(ctx, b.Row, func(r *Row) { r.Status = nexconn.Running }, Soon); err != nil {
				return err
			}
		}
	case "spend":
		for range rowsEach {
			b, err := l.Begin(ctx, video(), Caps{All: capUSD})
			var over *OverCap
			switch {
			case err == nil:
				fmt.Fprintln(os.Stdout, b.Row.ID)
			case !errors.As(err, &over):
				return err
			}
		}
	case "key":
		b, err := l.Begin(ctx, video(func(r *Row) { r.Key = "k" }), Caps{All: capUSD})
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, b.Row.ID, b.Existing)
	case "race": // says how many calls it got on record in its time
		if _, err := l.Begin(ctx, video(), Caps{}); err != nil {
			return err
		}
		n := 0
		for until := time.Now().Add(raceFor()); time.Now().Before(until); n++ {
			b, err := l.Begin(ctx, video(), Caps{})
			if err == nil {
				_, err = l.Change(ctx, b.Row, func(r *Row) { r.Status = nexconn.Succeeded }, Durable)
			}
			if err != nil {
				return err
			}
		}
		fmt.Fprintln(os.Stdout, n)
	case "die":
		b, err := l.Begin(ctx, video(), Caps{})
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, b.Row.ID)
		<-ctx.Done() // until it is killed
		return ctx.Err()
	default:
		return fmt.Errorf("no part %q", part)
	}
	return l.Close()
}

func actor(t *testing.T, part, place string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), partVar+"="+part, placeVar+"="+place)
	return cmd
}

// crowd lets many processes play a part at once and returns the lines they said.
func crowd(t *testing.T, part, place string, processes int) []string {
	t.Helper()
	gate, open, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	defer open.Close()
	cmds := make([]*exec.Cmd, processes)
	said := make([]strings.Builder, processes)
	for i := range cmds {
		cmds[i] = actor(t, part, place)
		cmds[i].Stdin, cmds[i].Stdout, cmds[i].Stderr = gate, &said[i], &said[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	open.Close()
	var lines []string
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v: %s", i, err, &said[i])
		}
		lines = append(lines, strings.Split(strings.TrimSpace(said[i].String()), "\n")...)
	}
	return lines
}

// everyPlace runs a test on a folder and on a schema that processes can share.
func everyPlace(t *testing.T, test func(t *testing.T, place string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { test(t, newSchema(t)) })
}

func openPlace(t *testing.T, place string) Ledger {
	t.Helper()
	if strings.HasPrefix(place, "postgres") {
		return openAt(t, place)
	}
	return openFile(t, place)
}

func TestManyProcessesWrite(t *testing.T) {
	everyPlace(t, func(t *testing.T, place string) {
		crowd(t, "write", place, processes) // they make the ledger, too
		u, err := openPlace(t, place).Usage(t.Context(), "ann", Period{}, "model")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "rows", u.Total.Calls, processes*rowsEach)
	})
}

func TestManyProcessesFillTheCapExactly(t *testing.T) {
	everyPlace(t, func(t *testing.T, place string) {
		n := 0
		for _, line := range crowd(t, "spend", place, processes) {
			if line != "" {
				n++
			}
		}
		same(t, "admitted at half a dollar each", n, int(capUSD*2))
	})
}

// raceFor is how long processes write against each other.
func raceFor() time.Duration {
	if long() {
		return 20 * time.Second
	}
	return 4 * time.Second
}

// Processes that write to one file all the time get about the same of it.
func TestProcessesShareAFileFairly(t *testing.T) {
	dir := t.TempDir()
	closed(t, openFile(t, dir)) // they do not make it
	sum, least := 0, 1<<30
	lines := crowd(t, "race", dir, 10)
	for _, line := range lines {
		n, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(line)
		}
		sum, least = sum+n, min(least, n)
	}
	mean := float64(sum) / float64(len(lines))
	t.Logf("%d processes wrote %.0f calls each on average, the slowest %d", len(lines), mean, least)
	if float64(least) < mean/2 {
		t.Errorf("the slowest process got %d calls, less than half of the mean, %.0f: %v", least, mean, lines)
	}
}

func TestOneOfManyProcessesGetsTheKey(t *testing.T) {
	everyPlace(t, func(t *testing.T, place string) {
		rows, made := map[string]bool{}, 0
		for _, line := range crowd(t, "key", place, processes) {
			id, existing, _ := strings.Cut(line, " ")
			rows[id] = true
			if was, err := strconv.ParseBool(existing); err == nil && !was {
				made++
			}
		}
		same(t, "rows and those who made one", []int{len(rows), made}, []int{1, 1})
	})
}

// killed is the intent of a process that was killed after it.
func killed(t *testing.T, place string, before func(id string)) string {
	t.Helper()
	cmd := actor(t, "die", place)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	id = strings.TrimSpace(id)
	before(id)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	return id
}

// reaps looks for lost calls though a second may not have passed.
func abandons(t *testing.T, l Ledger, want int) {
	t.Helper()
	storeOf(t, l).abandoned.looked = time.Time{}
	if n, err := l.MarkAbandoned(t.Context()); n != want || err != nil {
		t.Errorf("MarkAbandoned: %d, %v; want %d", n, err, want)
	}
}

func TestIntentOfAKilledProcessBecomesUnknown(t *testing.T) {
	dir := t.TempDir()
	l := openFile(t, dir)
	id := killed(t, dir, func(id string) {
		abandons(t, l, 0)
		same(t, "status while it lives", find(t, l, "", id).Status, Intent)
	})
	// No second has passed, but an intent of another was open.
	if n, err := l.MarkAbandoned(t.Context()); n != 1 || err != nil {
		t.Errorf("MarkAbandoned: %d, %v", n, err)
	}
	r := find(t, l, "", id)
	same(t, "status", r.Status, nexconn.Unknown)
	same(t, "reservation", r.USD, usd(0.5))
	same(t, "locks left", len(lockFiles(t, dir)), 1)
	same(t, "after the truth came out", change(t, l, id, func(r *Row) { r.Status = nexconn.Running }).Status, nexconn.Running)
}

func TestOpeningMarksAbandoned(t *testing.T) {
	dir := t.TempDir()
	id := killed(t, dir, func(string) {})
	same(t, "status", find(t, openFile(t, dir), "", id).Status, nexconn.Unknown)
	again := openFile(t, dir)
	id = begin(t, again, video()).ID
	closed(t, again)
	same(t, "after a Close", find(t, openFile(t, dir), "", id).Status, nexconn.Unknown)
}
