package projection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// DeadLetter is a line that a server refused for what it says.
type DeadLetter struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Status  int       `json:"status"`  // of the server's answer
	Message string    `json:"message"` // in the server's words
	Line    string    `json:"line"`
}

// place is how far a sink has come: change numbers.
type place struct{ rollups, closures int64 }

// changes is the next lines of a sink, and its place behind them.
type changes struct {
	lines    []string
	from, to place
}

func (c changes) empty() bool { return c.from == c.to }

// changes reads what changed behind the sink's place, in the order of the
// changes, until there are about limit lines.
func (s *Store) changes(ctx context.Context, sink string, limit int) (c changes, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT rollups, closures FROM sink WHERE name = ?`, sink).Scan(&c.from.rollups, &c.from.closures)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("%s: place: %w", sink, err)
	}
	c.to = c.from
	if err := s.rollupLines(ctx, &c, limit); err != nil {
		return c, fmt.Errorf("%s: rollups: %w", sink, err)
	}
	if err := s.closureLines(ctx, &c, limit); err != nil {
		return c, fmt.Errorf("%s: closures: %w", sink, err)
	}
	return c, nil
}

func (s *Store) rollupLines(ctx context.Context, c *changes, limit int) error {
	rows, err := s.read.QueryContext(ctx, `SELECT rollup.id, changed, minutes, tag, plant, site, unit
		FROM rollup JOIN tag ON tag.id = rollup.id >> 32 WHERE changed > ? ORDER BY changed LIMIT ?`, c.from.rollups, limit)
	if err != nil {
		return err
	}
	defer rows.Close()
	var (
		l                line
		m                minutes
		blob             sql.RawBytes
		id, changed      int64
		tag, plant, site string
		unit             string
		heads            = map[int64]string{} // the part of a line before its fields, by tag
		behind           = uint64(c.from.rollups)
	)
	for len(c.lines) < limit && rows.Next() {
		if err := rows.Scan(&id, &changed, &blob, &tag, &plant, &site, &unit); err != nil {
			return err
		}
		if err := m.decode(blob); err != nil {
			return err
		}
		tagID, hour := splitRowID(id)
		head, ok := heads[tagID]
		if !ok {
			l.start("nielu_rollup")
			l.tag("plant", plant)
			l.tag("site", site)
			l.tag("tag", tag)
			l.tag("unit", unit)
			l.fields()
			head = string(l.buf)
			heads[tagID] = head
		}
		m.each(func(i int) {
			if m.columns[columnChanged][i] > behind {
				l.start(head)
				c.lines = append(c.lines, l.rollup(m.get(i, measure.Tag(tag), hour*hourNs)))
			}
		})
		c.to.rollups = changed
	}
	return rows.Err()
}

// rollup adds the fields of a rollup to its head. A rollup that is not usable
// has no numbers: what is not known must not be drawn.
func (l *line) rollup(r pipeline.Rollup) string {
	if r.Quality.Usable() {
		l.float("mean", r.Mean)
		l.float("min", r.Min)
		l.float("max", r.Max)
		l.float("last", r.Last)
		l.float("total", r.Total)
	}
	l.integer("count", int64(r.Count))
	l.float("coverage", r.Coverage)
	l.quality(r.Quality)
	return l.stamp(r.From)
}

func (s *Store) closureLines(ctx context.Context, c *changes, limit int) error {
	rows, err := s.read.QueryContext(ctx, `SELECT changed, site, json, balance FROM closure WHERE changed > ? ORDER BY changed LIMIT ?`, c.from.closures, max(1, limit/3))
	if err != nil {
		return err
	}
	defer rows.Close()
	var l line
	for rows.Next() {
		var site string
		var body, packed sql.RawBytes
		if err := rows.Scan(&c.to.closures, &site, &body, &packed); err != nil {
			return err
		}
		var closure pipeline.Closure
		if err := json.Unmarshal(body, &closure); err != nil {
			return err
		}
		for _, b := range closure.Budgets() {
			l.start("nielu_closure")
			l.tag("component", b.Name)
			l.tag("plant", closure.Plant)
			l.tag("site", site)
			l.tag("unit", b.Unit)
			l.fields()
			c.lines = append(c.lines, l.closure(closure, b.Budget))
		}
		balance, err := unpack(packed)
		if err != nil {
			return err
		}
		c.lines = append(c.lines, balanceLines(site, balance)...)
	}
	return rows.Err()
}

// closure adds the fields of one budget. A budget with a hole in it has no ratio.
func (l *line) closure(c pipeline.Closure, b pipeline.Budget) string {
	l.float("in", b.In)
	l.float("out", b.Out)
	l.float("accumulation", b.Accumulation)
	if b.Closure != nil {
		l.float("ratio", *b.Closure)
	}
	complete := int64(0)
	if b.Complete {
		complete = 1
	}
	l.integer("complete", complete)
	l.float("coverage", c.Coverage)
	l.quality(c.Quality)
	return l.stamp(c.From)
}

// passed keeps refused lines and moves the sink behind a batch, in one
// transaction. A sink that was rewound meanwhile stays where it is.
func (s *Store) passed(ctx context.Context, sink string, c changes, refused []DeadLetter) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		var at place
		err := tx.QueryRowContext(ctx, `SELECT rollups, closures FROM sink WHERE name = ?`, sink).Scan(&at.rollups, &at.closures)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if at != c.from {
			return nil
		}
		if err := bury(ctx, tx, sink, c.lines, refused); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO sink (name, rollups, closures) VALUES (?1, ?2, ?3)
			ON CONFLICT (name) DO UPDATE SET rollups = ?2, closures = ?3`, sink, c.to.rollups, c.to.closures)
		return err
	})
}

// bury keeps refused lines. Dead letters of the points that lines have
// written anew are forgotten: replayed, they would undo a later revision.
func bury(ctx context.Context, tx *sql.Tx, sink string, lines []string, refused []DeadLetter) error {
	var any bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM dead_letter WHERE sink = ?)`, sink).Scan(&any); err != nil {
		return err
	}
	if any {
		forget, err := tx.PrepareContext(ctx, `DELETE FROM dead_letter WHERE sink = ? AND point = ?`)
		if err != nil {
			return err
		}
		defer forget.Close()
		for _, line := range lines {
			if _, err := forget.ExecContext(ctx, sink, pointOf(line)); err != nil {
				return err
			}
		}
	}
	now := time.Now().UnixNano()
	for _, d := range refused {
		if _, err := tx.ExecContext(ctx, `INSERT INTO dead_letter (sink, at, status, message, line, point) VALUES (?, ?, ?, ?, ?, ?)`,
			sink, now, d.Status, d.Message, d.Line, pointOf(d.Line)); err != nil {
			return err
		}
	}
	return nil
}

// pointOf returns a line without its fields.
func pointOf(line string) string {
	head := 0
	for i := 1; i < len(line); i++ {
		if line[i] == ' ' && line[i-1] != '\\' {
			head = i
			break
		}
	}
	return line[:head] + line[strings.LastIndexByte(line, ' '):]
}

func (s *Store) rewind(ctx context.Context, sink string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sink WHERE name = ?`, sink)
		return err
	})
}

// DeadLetters returns the lines that were refused, oldest first.
func (s *Store) DeadLetters(ctx context.Context) (all []DeadLetter, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, at, status, message, line FROM dead_letter ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	letters, err := collect(rows, func(d *DeadLetter, at *int64) []any { return []any{&d.ID, at, &d.Status, &d.Message, &d.Line} })
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	for _, l := range letters {
		l.key.At = time.Unix(0, l.value).UTC()
		all = append(all, l.key)
	}
	return all, nil
}

// DropDeadLetters forgets the dead letters of the given ids. What they said
// stays in the evidence log and in the store.
func (s *Store) DropDeadLetters(ctx context.Context, ids ...int64) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `DELETE FROM dead_letter WHERE id = ?`, id); err != nil {
				return fmt.Errorf("dead letter %d: %w", id, err)
			}
		}
		return nil
	})
}
