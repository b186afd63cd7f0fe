package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The schema as this program knows it: the number of the last migration, and
// the table where goose notes those that were run.
const (
	schema        = 2
	versionsTable = "ledger_version"
)

// errNewer says that the ledger was changed by a newer program in a way that
// this one can't live with.
var errNewer = errors.New("made by a newer version of nexconn-mcp; update this one, or let it keep its ledger elsewhere")

// upToDate tells whether the schema is there and new enough. A newer one that
// only added to ours will do: replicas are updated one after the other.
func upToDate(ctx context.Context, db *sql.DB) (bool, error) {
	var version, least int64
	err := db.QueryRowContext(ctx, `SELECT (SELECT COALESCE(MAX(version_id), 0) FROM `+versionsTable+`), min_version FROM ledger_compat`).
		Scan(&version, &least)
	if err != nil {
		return false, err
	}
	if least > schema {
		return false, fmt.Errorf("%w (its schema needs %d, this program knows %d)", errNewer, least, schema)
	}
	return version >= schema, nil
}

// migrate brings the schema up to ours. The caller sees to it that one
// process does so at a time.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files,
		goose.WithTableName(versionsTable), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
