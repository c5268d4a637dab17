package projection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrDamaged is a file that does not hold what was written to it: cut short by
// a power cut, overwritten, or on a disk that fails. Nothing is lost with it.
var ErrDamaged = errors.New("the projection's file is damaged; the centre sets it aside and makes it again from the log, as nielu rebuild sqlite does")

const damagedSuffix = ".damaged"

// damage adds ErrDamaged to what SQLite says of a file that is none any more.
func damage(err error) error {
	var e *sqlite.Error
	if errors.Is(err, ErrDamaged) || !errors.As(err, &e) {
		return err
	}
	switch code := e.Code(); {
	case code&0xff == sqlite3.SQLITE_CORRUPT, code&0xff == sqlite3.SQLITE_NOTADB, code == sqlite3.SQLITE_IOERR_SHORT_READ:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// Check reads the whole file and returns an error that wraps [ErrDamaged] if
// SQLite's own rules are broken in it, or what is longer than a page, of which
// SQLite does not look at the text, holds none. It may run beside everything
// else; a gigabyte takes seconds.
func (s *Store) Check(ctx context.Context) error {
	var verdict string
	if err := s.read.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return damage(fmt.Errorf("check: %w", err))
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, verdict)
	}
	for _, query := range []string{
		`SELECT json, balance FROM closure`,
		`SELECT json, NULL FROM batch`,
		`SELECT json, NULL FROM statement`,
		`SELECT iif(instr(body, x'00') > 0, '', '""'), NULL FROM lab`, // what people wrote has no zeros
	} {
		if err := s.checkText(ctx, query); err != nil {
			return damage(fmt.Errorf("check: %w", err))
		}
	}
	return nil
}

func (s *Store) checkText(ctx context.Context, query string) error {
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	var text, packed sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&text, &packed); err != nil {
			return err
		}
		if !json.Valid(text) {
			return fmt.Errorf("%w: %.40q is no text of ours", ErrDamaged, text)
		}
		if packed == nil {
			continue
		}
		if _, err := unpack(packed); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return rows.Err()
}

// Delete removes the file at path and what SQLite keeps beside it. The store must be closed.
func Delete(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("projection %s: delete: %w", path, err)
		}
	}
	return nil
}

// SetAside gives the file at path another name, in the place of one that was
// set aside before. The store must be closed.
func SetAside(path string) error {
	if err := Delete(path + damagedSuffix); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := os.Rename(path+suffix, path+damagedSuffix+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("projection %s: set aside: %w", path, err)
		}
	}
	return Delete(path)
}
