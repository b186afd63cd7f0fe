package main_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/testdata/crash"
)

// fullRounds is what a report needs; plain tests play a short round.
const fullRounds = 100

// number is a setting of the tests, as make crash raises it.
func number(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is no number", name)
	}
	return n
}

// program is the test binary under the name by which it is the program: see
// TestMain.
func program(t *testing.T) string {
	t.Helper()
	bin, err := exec.LookPath("nexconn-mcp")
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// schema is the address of an empty schema that ends with the test; empty
// where no PostgreSQL was named.
func schema(t *testing.T) string {
	t.Helper()
	address := os.Getenv("NEXCONN_TEST_POSTGRES")
	if address == "" {
		return ""
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	name := fmt.Sprintf("crash_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Error(err)
		}
	})
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + "search_path=" + name
}

// The program is killed at random moments of submission, polling and saving.
// Afterwards every create the service saw is on record, none was sent twice,
// and no file under a final name is partial.
func TestCrash(t *testing.T) {
	rounds := number(t, "NEXCONN_CRASH_ROUNDS", 5)
	seed := uint64(number(t, "NEXCONN_CRASH_SEED", int(time.Now().UnixNano()%1e9)+1))
	bin := program(t)
	setups := []crash.Setup{{Name: "stdio, SQLite"}, {Name: "HTTP, SQLite", HTTP: true}}
	if os.Getenv("NEXCONN_TEST_POSTGRES") != "" {
		setups = append(setups, crash.Setup{Name: "stdio, PostgreSQL", Database: schema(t)},
			crash.Setup{Name: "HTTP, PostgreSQL", HTTP: true, Database: schema(t)})
	}
	begin := time.Now()
	rows := make([]string, len(setups))
	t.Run("setups", func(t *testing.T) {
		for i, set := range setups {
			mine := rounds / len(setups)
			if i < rounds%len(setups) {
				mine++
			}
			t.Run(set.Name, func(t *testing.T) {
				if rounds < fullRounds {
					t.Parallel() // PostgreSQL's leases take their time to run out
				}
				f, err := crash.Run(bin, t.TempDir(), set, mine, seed+uint64(i))
				if err != nil {
					t.Error(err)
				}
				for _, fault := range f.Faults {
					t.Errorf("%s (NEXCONN_CRASH_SEED=%d)", fault, seed)
				}
				if f.Creates == 0 {
					t.Error("no call reached the service")
				}
				rows[i] = f.Row()
				t.Log(f.Row())
			})
		}
	})
	if golden.Update() && rounds >= fullRounds && len(setups) == 4 && !t.Failed() {
		rows = append(append([]string{crash.Head}, rows...), "", fmt.Sprintf("Measured on %s, %d crashes in %s.", time.Now().UTC().Format(time.DateOnly), rounds, crash.Took(time.Since(begin))))
		golden.Section(t, "docs/reliability.md", "crashes", strings.Join(rows, "\n"))
	}
}
