package ledger

import (
	"context"
	"database/sql"
	"errors"
)

const (
	fileColumns = `caller, id, idem_key, args_hash, doc, created_at`
	selectFile  = `SELECT ` + fileColumns + ` FROM files `
)

func scanFile(from interface{ Scan(...any) error }) (FileRow, error) {
	var f FileRow
	var created int64
	err := from.Scan(&f.Caller, &f.ID, &f.Key, &f.ArgsHash, &f.Doc, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return FileRow{}, ErrNotFound
	}
	f.CreatedAt = moment(created)
	return f, err
}

func (s *store) PutFile(ctx context.Context, f FileRow) (FileRow, bool, error) {
	if f.ID == "" && f.Key == "" {
		return FileRow{}, false, errors.New("record a file: it has neither id nor key")
	}
	if f.CreatedAt.IsZero() {
		f.CreatedAt = s.now()
	}
	var have FileRow
	var existing bool
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		if err := s.engine.lock(ctx, tx, "files"); err != nil {
			return err
		}
		have, existing, err = putFile(ctx, tx, f)
		return err
	})
	if err != nil {
		return FileRow{}, false, err
	}
	return have, existing, nil
}

func putFile(ctx context.Context, tx *sql.Tx, f FileRow) (have FileRow, existing bool, err error) {
	have, err = scanFile(tx.QueryRowContext(ctx, selectFile+`WHERE caller = $1 AND idem_key = $2 AND idem_key <> ''`, f.Caller, f.Key))
	switch {
	case errors.Is(err, ErrNotFound): // the key is free, or there is none
	case err != nil:
		return FileRow{}, false, err
	case have.ArgsHash != f.ArgsHash:
		return FileRow{}, false, ErrKeyTaken
	case f.ID == "":
		return have, true, nil
	case have.ID == "":
		if err := freeFileKey(ctx, tx, f.Caller, f.Key); err != nil {
			return FileRow{}, false, err
		}
	case have.ID != f.ID:
		f.Key = "" // it stays with the first; this file is on record all the same
	}
	have, err = scanFile(tx.QueryRowContext(ctx, `INSERT INTO files (`+fileColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (caller, id) WHERE id <> '' DO UPDATE SET doc = excluded.doc, args_hash = excluded.args_hash,
			idem_key = CASE WHEN excluded.idem_key <> '' THEN excluded.idem_key ELSE files.idem_key END
		RETURNING `+fileColumns,
		f.Caller, f.ID, f.Key, f.ArgsHash, f.Doc, micros(f.CreatedAt)))
	return have, false, err
}

func (s *store) FreeFileKey(ctx context.Context, caller, key string) error {
	return s.write(ctx, func(tx *sql.Tx) error { return freeFileKey(ctx, tx, caller, key) })
}

// freeFileKey takes away a reservation, never a file.
func freeFileKey(ctx context.Context, tx *sql.Tx, caller, key string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM files WHERE caller = $1 AND idem_key = $2 AND id = ''`, caller, key)
	return err
}

func (s *store) File(ctx context.Context, caller, id string) (FileRow, error) {
	if id == "" || !storable(id) {
		return FileRow{}, ErrNotFound
	}
	var f FileRow
	err := s.with(ctx, func(db *sql.DB) (err error) {
		f, err = scanFile(db.QueryRowContext(ctx, selectFile+`WHERE caller = $1 AND id = $2`, caller, id))
		return err
	})
	return f, err
}

func (s *store) Files(ctx context.Context, caller string) ([]FileRow, error) {
	var files []FileRow
	err := s.with(ctx, func(db *sql.DB) error {
		files = nil
		rows, err := db.QueryContext(ctx, selectFile+`WHERE caller = $1 AND id <> '' ORDER BY created_at DESC, id DESC`, caller)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			f, err := scanFile(rows)
			if err != nil {
				return err
			}
			files = append(files, f)
		}
		return rows.Err()
	})
	return files, err
}

func (s *store) DropFile(ctx context.Context, caller, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM files WHERE caller = $1 AND id = $2 AND id <> ''`, caller, id)
		return err
	})
}
