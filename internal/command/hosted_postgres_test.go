package command_test

import (
	"context"
	"os"
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
	t.Cleanup(func() { run("DROP SCHEMA " + schema + " CASCADE") })
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + "search_path=" + schema
}
