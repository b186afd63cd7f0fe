package ledger

import (
	"context"
	"errors"
	"time"
)

// FileRow is a qfile a caller made, for hosts that hold the key.
type FileRow struct {
	Caller, ID string
	Key        string
	ArgsHash   string
	Doc        []byte
	CreatedAt  time.Time
}

// Files records the qfiles of callers.
type Files interface {
	// Put records a file. One without ID reserves its key: existing says that
	// the key was reserved before, and have is that row. One with ID fills the
	// reservation of its key if it has one. ErrKeyTaken, *TooLong.
	Put(ctx context.Context, f FileRow) (have FileRow, existing bool, err error)
	// FreeKey drops a reservation whose upload surely did not happen.
	FreeKey(ctx context.Context, caller, key string) error
	// Get is a caller's file. ErrNotFound.
	Get(ctx context.Context, caller, id string) (FileRow, error)
	// List is a caller's files, newest first, at most limit: those after the
	// file with the id after, all for "". ErrNotFound if after is none of them.
	List(ctx context.Context, caller, after string, limit int) ([]FileRow, error)
	Drop(ctx context.Context, caller, id string) error
}

func (s *store) Files() Files { return files{s} }

type files struct{ s *store }

func scanFile(from scanner) (FileRow, error) {
	var f FileRow
	var created int64
	err := from.Scan(&f.Caller, &f.ID, &f.Key, &f.ArgsHash, &f.Doc, &created)
	f.CreatedAt = moment(created)
	return f, err
}

func (fs files) Put(ctx context.Context, f FileRow) (FileRow, bool, error) {
	if f.ID == "" && f.Key == "" {
		return FileRow{}, false, errors.New("record a file: it has neither id nor key")
	}
	if err := errors.Join(CheckKey(f.Key), checkName("caller", f.Caller), checkName("file's id", f.ID)); err != nil {
		return FileRow{}, false, err
	}
	if f.CreatedAt.IsZero() {
		f.CreatedAt = fs.s.now()
	}
	var have FileRow
	var existing bool
	err := fs.s.write(ctx, f.Caller, func(t *tx) (err error) {
		have, existing, err = putFile(t, f)
		return err
	})
	if err != nil {
		return FileRow{}, false, err
	}
	return have, existing, nil
}

func putFile(t *tx, f FileRow) (have FileRow, existing bool, err error) {
	if f.Key != "" {
		if err := t.lock("file key " + f.Caller + " " + f.Key); err != nil {
			return FileRow{}, false, err
		}
		have, err = one(t, fileByKey, scanFile, f.Caller, f.Key)
		switch {
		case errors.Is(err, ErrNotFound): // the key is free
		case err != nil:
			return FileRow{}, false, err
		case have.ArgsHash != f.ArgsHash:
			return FileRow{}, false, ErrKeyTaken
		case f.ID == "":
			return have, true, nil
		case have.ID == "":
			if err := t.exec(freeFileKey, f.Caller, f.Key); err != nil {
				return FileRow{}, false, err
			}
		case have.ID != f.ID:
			f.Key = "" // it stays with the first; this file is on record all the same
		}
	}
	have, err = one(t, insertFile, scanFile, f.Caller, f.ID, f.Key, f.ArgsHash, f.Doc, micros(f.CreatedAt))
	return have, false, err
}

// FreeKey takes away a reservation, never a file.
func (fs files) FreeKey(ctx context.Context, caller, key string) error {
	return fs.s.write(ctx, caller, func(t *tx) error { return t.exec(freeFileKey, caller, key) })
}

func (fs files) Get(ctx context.Context, caller, id string) (FileRow, error) {
	if id == "" || !storable(id) {
		return FileRow{}, ErrNotFound
	}
	return readOne(ctx, fs.s.queue, fileByID, scanFile, caller, id)
}

func (fs files) List(ctx context.Context, caller, after string, limit int) ([]FileRow, error) {
	statement, args := filesNewest, []any{caller, limit}
	if after != "" {
		last, err := fs.Get(ctx, caller, after)
		if err != nil {
			return nil, err
		}
		statement, args = filesAfter, []any{caller, micros(last.CreatedAt), last.ID, limit}
	}
	return readAll(ctx, fs.s.queue, statement, scanFile, args...)
}

func (fs files) Drop(ctx context.Context, caller, id string) error {
	if !storable(id) {
		return nil
	}
	return fs.s.write(ctx, caller, func(t *tx) error { return t.exec(dropFile, caller, id) })
}
