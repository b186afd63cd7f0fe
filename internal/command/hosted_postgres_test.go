package command_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// database is the address of an empty schema that ends with the test.
func database(t *testing.T) string {
	t.Helper()
	address := os.Getenv("NEXCONN_TEST_POSTGRES")
	if address == "" {
		t.Skip("NEXCONN_TEST_POSTGRES is not set (postgres://root@127.0.0.1:5432/test?sslmode=disable)")
	}
	schema := "hosted_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	run := func(query string) {
		ctx := context.Background()
		db, err := pgx.Connect(ctx, address)
		if err != nil {
			t.Fatalf("NEXCONN_TEST_POSTGRES: %v", err)
		}
		defer db.Close(ctx)
		if _, err := db.Exec(ctx, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	run("CREATE SCHEMA " + schema)
	t.Cleanup(func() {
		run("DROP SCHEMA " + schema + " CASCADE")
		run("DROP SCHEMA IF EXISTS " + schema + "_sandbox CASCADE")
	})
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + "search_path=" + schema
}

// A server with --sandbox beside a real one, on the same database and artifact
// store: what it did is never found, counted or served as real.
func TestSandboxKeepsApart(t *testing.T) {
	t.Parallel()
	s := newService(t)
	kept := t.TempDir()
	env := map[string]string{"NEXCONN_DATABASE_URL": database(t), "NEXCONN_ARTIFACTS": "file://" + kept,
		"NEXCONN_BASE_URL": s.URL, "NEXCONN_API_KEY": "sk-of-the-server", "NEXCONN_MAX_USD_PER_DAY": "0.2"}
	args := withTokens(t, people(1)...)
	played := start(t, host{args: append(slices.Clone(args), "--sandbox"), env: env}).as(secretOf("caller-00"))
	real := start(t, host{args: args, env: env}).as(secretOf("caller-00"))
	asked := object{"model": "kling-v1", "prompt": "a pear", "idempotency_key": "the same", "wait_seconds": 20, "save": true}
	toy := played.must("generate_image", asked)
	for played.call("generate_image", object{"model": "kling-v1", "prompt": "more", "wait_seconds": 0}).code != "budget_exceeded" {
	}
	creates := func() (n int) {
		for _, sent := range s.since(0) {
			if sent.method == "POST" {
				n++
			}
		}
		return n
	}
	if n := creates(); n > 0 {
		t.Fatalf("%d of the sandbox's calls reached the service", n)
	}

	paid := real.must("generate_image", asked)
	if paid.str("task_id") == toy.str("task_id") {
		t.Errorf("a real call got the sandbox's job: %.400s", paid.raw)
	}
	if n := creates(); n != 1 {
		t.Errorf("%d creates reached the service, want 1", n)
	}
	if r := real.call("query_task", object{"task_id": toy.str("task_id")}); r.code != "not_found" {
		t.Errorf("the sandbox's job as a real one: %.400s", r.raw)
	}
	tasks, _ := real.must("list_tasks", object{}).out["tasks"].([]any)
	if len(tasks) != 1 {
		t.Errorf("%d tasks of the real server, want its own one", len(tasks))
	}
	real.must("generate_image", object{"model": "kling-v1", "prompt": "the cap is free", "wait_seconds": 0})

	files := map[bool]int{} // by being under the sandbox's prefix
	err := filepath.WalkDir(kept, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[strings.HasPrefix(name, filepath.Join(kept, "sandbox"))]++
		}
		return err
	})
	if want := map[bool]int{true: 1, false: 1}; err != nil || !maps.Equal(files, want) {
		t.Errorf("files under the sandbox's prefix and beside it: %v, want %v; %v", files, want, err)
	}
}
