package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Store is the projection in one SQLite file. It has one writer, the
// [Worker]; any number may read. Make it with [Open].
type Store struct {
	Stats StoreStats

	log   *slog.Logger
	write *sql.DB // one connection
	read  *sql.DB
	stmts statements

	booksMu sync.Mutex
	kept    *books
	ahead   *books // of entries that are being written
}

// statements are prepared once on the writing connection.
type statements struct {
	setState, getTag, putTag *sql.Stmt
	getRollup, putRollup     *sql.Stmt
	getClosure, putClosure   *sql.Stmt
	hourWaits, windowWaits   *sql.Stmt
	putLatest, setClean      *sql.Stmt
	setDirty, setSpoken      *sql.Stmt
}

// Open opens or makes the file at path. A file of another schema version is
// deleted first, one that is damaged is set aside: it is made again from the
// log by the worker, because its cursor starts at the first leaf.
func Open(ctx context.Context, path string, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("projection %s: %w", path, err)
	}
	s, err := open(ctx, path, log)
	remove := Delete
	switch {
	case errors.Is(err, ErrDamaged):
		remove = SetAside
		log.Error("projection: damaged, set aside and made again from the log; nothing is lost", "file", path, "kept", path+damagedSuffix, "cause", err)
	case errors.Is(err, errForeign):
		log.Warn("projection: made again from the log", "file", path, "cause", err)
	case err != nil:
		return nil, fmt.Errorf("projection %s: %w", path, err)
	default:
		return s, nil
	}
	if err := remove(path); err != nil {
		return nil, err
	}
	if s, err = open(ctx, path, log); err != nil {
		return nil, fmt.Errorf("projection %s: %w", path, err)
	}
	return s, nil
}

// errForeign is a file of another build.
var errForeign = errors.New("not a projection of this version")

func open(ctx context.Context, path string, log *slog.Logger) (s *Store, err error) {
	s = &Store{log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.write, err = connect(path, "page_size(16384)", "journal_mode(WAL)", "synchronous(NORMAL)", "busy_timeout(10000)",
		"cache_size(-32000)", "journal_size_limit(67108864)"); err != nil {
		return s, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return s, err
	}
	if s.read, err = connect(path, "query_only(1)", "busy_timeout(10000)", "cache_size(-8000)"); err != nil {
		return s, err
	}
	s.read.SetMaxOpenConns(4)
	return s, s.prepare(ctx)
}

func connect(path string, pragmas ...string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}.Encode()}
	if !filepath.IsAbs(path) {
		u.Opaque, u.Path = url.PathEscape(path), ""
	}
	return sql.Open("sqlite", u.String())
}

func (s *Store) migrate(ctx context.Context) error {
	var version, tables int
	if err := s.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return damage(err)
	}
	if err := s.write.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return damage(err)
	}
	switch {
	case version == schemaVersion:
		return nil
	case version != 0 || tables != 0:
		return fmt.Errorf("%w: schema version %d, this build has %d", errForeign, version, schemaVersion)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says so, before one the first error counts
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *Store) prepare(ctx context.Context) error {
	var err error
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&s.stmts.setState, `INSERT INTO state (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2`},
		{&s.stmts.getTag, `SELECT id, site, unit FROM tag WHERE tag = ?`},
		{&s.stmts.putTag, `INSERT INTO tag (tag, plant, site, unit) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (tag) DO UPDATE SET plant = ?2, site = ?3, unit = ?4 RETURNING id`},
		{&s.stmts.getRollup, `SELECT revision, minutes FROM rollup WHERE id = ?`},
		{&s.stmts.putRollup, `INSERT INTO rollup (id, revision, changed, hour, minutes) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (id) DO UPDATE SET revision = ?2, changed = ?3, hour = ?4, minutes = ?5`},
		{&s.stmts.getClosure, `SELECT revision, site, json, balance FROM closure WHERE plant = ? AND from_ns = ?`},
		{&s.stmts.putClosure, `INSERT INTO closure (plant, from_ns, to_ns, site, revision, changed, json, balance) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
			ON CONFLICT (plant, from_ns) DO UPDATE SET to_ns = ?3, site = ?4, revision = ?5, changed = ?6, json = ?7, balance = ?8`},
		{&s.stmts.hourWaits, `INSERT INTO unsent_hour (hour, tag, since, wipe, changed) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (hour, tag) DO UPDATE SET since = min(since, ?3), wipe = max(wipe, ?4), changed = ?5`},
		{&s.stmts.windowWaits, `INSERT INTO unsent_window (from_ns, plant, wipe, changed) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (from_ns, plant) DO UPDATE SET wipe = max(wipe, ?3), changed = ?4`},
		{&s.stmts.putLatest, `INSERT INTO latest (tag, plant, at, value, unit, quality) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			ON CONFLICT (tag) DO UPDATE SET at = ?3, value = ?4, unit = ?5, quality = ?6 WHERE at <= ?3`},
		{&s.stmts.setDirty, `INSERT INTO dirty (plant, hour) SELECT plant, hour FROM spoken WHERE plant = ? AND hour BETWEEN ? AND ? ON CONFLICT DO NOTHING`},
		{&s.stmts.setSpoken, `INSERT INTO spoken (plant, hour) VALUES (?, ?) ON CONFLICT DO NOTHING`},
		{&s.stmts.setClean, `DELETE FROM dirty WHERE plant = ? AND hour = ?`},
	} {
		if *p.to, err = s.write.PrepareContext(ctx, p.query); err != nil {
			return damage(fmt.Errorf("prepare %q: %w", p.query, err))
		}
	}
	return nil
}

// Close closes the file.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// update runs f in a transaction of the one writer.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says so, before one the first error counts
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// number returns the value of a name in state, 0 if it has none yet.
func number(ctx context.Context, tx *sql.Tx, name string) (value int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT value FROM state WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return value, err
}
