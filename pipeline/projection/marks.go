package projection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/lots"
)

// reach is the stretch of time that a plant's batches have covered so far, in
// Unix nanoseconds. Nothing is computed beyond its end: what has not happened
// yet is not bad, it is not there. It never ends ahead of the centre's clock,
// whatever a reading says.
type reach struct{ from, to int64 }

// mostBatches is how many of the newest batches are listed.
const mostBatches = 1000

// entry is a touch and, of a leaf that people wrote and that could be parsed,
// what it says: a laboratory file as it is, of records the lots that they change.
type entry struct {
	Touch
	lab  *lots.Lab
	gone []pair[string, string] // lots, by plant, that there are no more
}

// recordTouches records touches in one transaction: the lists they belong to, the
// hours they mark, the lots they speak of, and the cursor behind the last. What
// they say of a time after now waits for it. lookback tells how far a reading's
// influence goes to either side; ok is false for a plant that is not known,
// whose touches only count.
func (s *Store) recordTouches(ctx context.Context, entries []entry, now int64, lookback func(plant string) (d time.Duration, ok bool)) (unknown int, err error) {
	if len(entries) == 0 {
		return 0, nil
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		for _, t := range entries {
			if err := recordLeaf(ctx, tx, t.Touch); err != nil {
				return fmt.Errorf("leaf %d: %w", t.Index, err)
			}
			marks, err := touchedSpans(ctx, tx, t)
			if err != nil {
				return fmt.Errorf("leaf %d: %w", t.Index, err)
			}
			for _, m := range marks {
				d, ok := lookback(m.key)
				if !ok {
					unknown++
					continue
				}
				if err := s.markTouch(ctx, tx, m.key, t.Touch, m.value, int64(d), now); err != nil {
					return fmt.Errorf("leaf %d: plant %s: %w", t.Index, m.key, err)
				}
			}
		}
		// The list of batches is for people, who look at the newest; the log has them all.
		if _, err := tx.ExecContext(ctx, `DELETE FROM batch WHERE leaf <= (SELECT leaf FROM batch ORDER BY leaf DESC LIMIT 1 OFFSET ?)`, mostBatches); err != nil {
			return err
		}
		_, err := tx.StmtContext(ctx, s.stmts.setState).ExecContext(ctx, "cursor", int64(entries[len(entries)-1].Index+1))
		return err
	})
	return unknown, err
}

// touchedSpans returns the time that a touch speaks of, by plant. A laboratory file
// speaks of its lots, as they are now and as an earlier file had them, and of
// all the time from its first control reading on.
func touchedSpans(ctx context.Context, tx *sql.Tx, t entry) (all []pair[string, measure.Interval], err error) {
	if t.lab == nil {
		runs := t.Runs
		if runs == nil {
			runs = []measure.Interval{t.Interval}
		}
		for _, plant := range t.Plants {
			for _, run := range runs {
				all = append(all, pair[string, measure.Interval]{plant, run})
			}
		}
		return all, nil
	}
	for _, g := range t.gone {
		var from, to int64
		err := tx.QueryRowContext(ctx, `DELETE FROM lot WHERE plant = ? AND lot = ? RETURNING from_ns, to_ns`, g.key, g.value).Scan(&from, &to)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		if err == nil {
			all = append(all, pair[string, measure.Interval]{g.key, interval(from, to)})
		}
	}
	for _, lot := range t.lab.Lots {
		var from, to int64
		switch err := tx.QueryRowContext(ctx, `SELECT from_ns, to_ns FROM lot WHERE plant = ? AND lot = ?`, lot.Plant, lot.ID).Scan(&from, &to); {
		case err == nil:
			all = append(all, pair[string, measure.Interval]{lot.Plant, interval(from, to)})
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
		all = append(all, pair[string, measure.Interval]{lot.Plant, lot.Interval})
		if _, err := tx.ExecContext(ctx, `INSERT INTO lot (plant, lot, from_ns, to_ns, evidence, stated) VALUES (?1, ?2, ?3, ?4, ?5, 0)
			ON CONFLICT (plant, lot) DO UPDATE SET from_ns = ?3, to_ns = ?4, evidence = ?5`,
			lot.Plant, lot.ID, lot.Interval.From.UnixNano(), lot.Interval.To.UnixNano(), int64(t.Index+1)); err != nil {
			return nil, err
		}
	}
	for _, plant := range t.lab.Plants() {
		if first, ok := firstControl(t.lab, plant); ok {
			all = append(all, pair[string, measure.Interval]{plant, interval(first, math.MaxInt64)})
		}
	}
	return all, nil
}

// firstControl returns when the first control reading of a plant was made.
func firstControl(lab *lots.Lab, plant string) (first int64, ok bool) {
	for _, c := range lab.Controls {
		if at := c.At.UnixNano(); c.Plant == plant && (!ok || at < first) {
			first, ok = at, true
		}
	}
	return first, ok
}

// recordLeaf keeps what a leaf says of itself.
func recordLeaf(ctx context.Context, tx *sql.Tx, t Touch) error {
	switch {
	case t.Batch != nil:
		body, err := json.Marshal(t.Batch)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO batch (leaf, json) VALUES (?, ?)`, int64(t.Index), body)
		return err
	case t.Statement != nil:
		body, err := json.Marshal(t.Statement)
		if err != nil {
			return err
		}
		if err := markYearDue(ctx, tx, t); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO statement (leaf, plant, lot, json) VALUES (?, ?, ?, ?)`,
			int64(t.Index), t.Statement.Plant, t.Statement.Lot, body); err != nil {
			return err
		}
		through := t.Statement.Through
		if through == 0 {
			through = t.Index
		}
		return stated(ctx, tx, t.Statement.Plant, t.Statement.Lot, through)
	case t.Lab != nil:
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO lab (leaf, kind, name, body, from_ns) VALUES (?, ?, ?, ?, ?)`, int64(t.Index), t.Lab.Kind.String(), t.Lab.Name, t.Lab.Body, t.Lab.From)
		return err
	}
	return nil
}

// markYearDue makes the lots of the year after a lot due again when that is stated
// for the first time: its analyses count for them from then on.
func markYearDue(ctx context.Context, tx *sql.Tx, t Touch) error {
	s := t.Statement
	var said int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM statement WHERE plant = ? AND lot = ? AND leaf < ?`, s.Plant, s.Lot, int64(t.Index)).Scan(&said)
	if err != nil || said > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE lot SET evidence = max(evidence, ?1) WHERE plant = ?2 AND lot <> ?3 AND stated > 0 AND to_ns > ?4 AND to_ns <= ?5`,
		int64(t.Index+1), s.Plant, s.Lot, s.Interval.To.UnixNano(), s.Interval.To.AddDate(1, 0, 0).UnixNano())
	return err
}

// stated notes that a lot has a statement that covers the leaves before through.
func stated(ctx context.Context, tx *sql.Tx, plant, lot string, through uint64) error {
	_, err := tx.ExecContext(ctx, `UPDATE lot SET stated = max(stated, ?) WHERE plant = ? AND lot = ?`, int64(through), plant, lot)
	return err
}

// markTouch marks the hours of one plant that a touch can change. A reading acts
// up to lookback to either side, by hold or by interpolation, but never beyond
// the reach. When the reach grows, what held beyond its old end becomes real.
// What a batch says of a time after now is set aside until then.
func (s *Store) markTouch(ctx context.Context, tx *sql.Tx, plant string, t Touch, w measure.Interval, lookback, now int64) error {
	if t.Kind == evidence.Statement {
		return nil
	}
	old, err := reachOf(ctx, tx, plant)
	if err != nil {
		return err
	}
	from, to := w.From.UnixNano(), w.To.UnixNano()
	all := w.From.IsZero() && w.To.IsZero()
	switch {
	case (t.Kind == evidence.Batch || t.Kind == evidence.Clock) && !all:
		from = max(from, 0)
		if to > now {
			if _, err := tx.ExecContext(ctx, `INSERT INTO ahead (from_ns, plant, leaf, to_ns) VALUES (?1, ?2, ?3, ?4)
				ON CONFLICT DO UPDATE SET to_ns = max(to_ns, ?4)`, max(from, now), plant, int64(t.Index), to); err != nil {
				return err
			}
			to = now
		}
		if from >= to {
			return nil
		}
		reached := old
		if reached == (reach{}) {
			reached, old = reach{from, to}, reach{to, to}
		}
		reached = reach{min(reached.from, from), max(reached.to, to)}
		if _, err := tx.ExecContext(ctx, `INSERT INTO reach (plant, from_ns, to_ns) VALUES (?1, ?2, ?3)
			ON CONFLICT (plant) DO UPDATE SET from_ns = ?2, to_ns = ?3`, plant, reached.from, reached.to); err != nil {
			return err
		}
		if reached.to > old.to {
			if err := s.markSpoken(ctx, tx, plant, old.to-1, min(old.to+lookback, reached.to)); err != nil {
				return err
			}
		}
		// Scans beside it may turn out to be of another setting of the clock:
		// those behind it and, of a batch that is not the newest, before it.
		before, behind := from-lookback, to+lookback+int64(measure.Near)
		if from < old.to-lookback {
			before -= int64(measure.Near)
		}
		if err := s.markSpoken(ctx, tx, plant, before, min(behind, reached.to)); err != nil {
			return err
		}
	case old == (reach{}):
		return nil // nothing was measured yet
	default:
		if all {
			from, to = old.from, old.to
		}
		if err := s.markDirty(ctx, tx, plant, max(from, old.from)-lookback, min(to, old.to)); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE lot SET evidence = max(evidence, ?1) WHERE plant = ?2 AND from_ns < ?3 AND to_ns > ?4`,
		int64(t.Index+1), plant, to, from)
	return err
}

// markArrived marks what batches said of a time that was ahead of the centre's clock
// and is not any more. It returns of how many batches some still is.
func (s *Store) markArrived(ctx context.Context, now int64, lookback func(plant string) (d time.Duration, ok bool)) (ahead int64, err error) {
	count := func(q querier) (due bool, err error) {
		return due, q.QueryRowContext(ctx, `SELECT count(*), coalesce(min(from_ns) < ?, 0) FROM ahead`, now).Scan(&ahead, &due)
	}
	if due, err := count(s.write); err != nil || !due {
		return ahead, err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `DELETE FROM ahead WHERE from_ns < ? RETURNING plant, leaf, from_ns, to_ns`, now)
		if err != nil {
			return err
		}
		type place struct {
			plant string
			leaf  int64
		}
		come, err := collect(rows, func(at *place, w *reach) []any { return []any{&at.plant, &at.leaf, &w.from, &w.to} })
		if err != nil {
			return err
		}
		for _, c := range come {
			d, ok := lookback(c.key.plant)
			if !ok {
				continue
			}
			t := Touch{Index: uint64(c.key.leaf), Kind: evidence.Batch}
			if err := s.markTouch(ctx, tx, c.key.plant, t, interval(c.value.from, c.value.to), int64(d), now); err != nil {
				return err
			}
		}
		_, err = count(tx)
		return err
	})
	return ahead, err
}

// markSpoken marks the hours that [from, to) overlaps, and notes that there is
// evidence that bears on them.
func (s *Store) markSpoken(ctx context.Context, tx *sql.Tx, plant string, from, to int64) error {
	if from >= to {
		return nil
	}
	first, last := floorDiv(from, hourNs), floorDiv(to-1, hourNs)
	note := tx.StmtContext(ctx, s.stmts.setSpoken)
	for hour := first; hour <= last; hour++ {
		if _, err := note.ExecContext(ctx, plant, hour); err != nil {
			return err
		}
	}
	return s.markDirty(ctx, tx, plant, from, to)
}

// markDirty marks the hours that [from, to) overlaps, of those that some evidence
// bears on: there is nothing to compute in the others, be they ever so many.
func (s *Store) markDirty(ctx context.Context, tx *sql.Tx, plant string, from, to int64) error {
	if from >= to {
		return nil
	}
	_, err := tx.StmtContext(ctx, s.stmts.setDirty).ExecContext(ctx, plant, floorDiv(from, hourNs), floorDiv(to-1, hourNs))
	return err
}

// markAll marks everything that any evidence bears on.
func (s *Store) markAll(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO dirty (plant, hour) SELECT plant, hour FROM spoken WHERE true ON CONFLICT DO NOTHING`)
	return err
}

func reachOf(ctx context.Context, q querier, plant string) (r reach, err error) {
	err = q.QueryRowContext(ctx, `SELECT from_ns, to_ns FROM reach WHERE plant = ?`, plant).Scan(&r.from, &r.to)
	if errors.Is(err, sql.ErrNoRows) {
		return reach{}, nil
	}
	return r, err
}

// querier is what a transaction and a pool have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// pair is a row of two parts.
type pair[K, V any] struct {
	key   K
	value V
}

// collect reads all rows and closes them.
func collect[K, V any](rows *sql.Rows, into func(*K, *V) []any) (all []pair[K, V], err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p pair[K, V]
		if err := rows.Scan(into(&p.key, &p.value)...); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func interval(from, to int64) measure.Interval {
	return measure.Interval{From: time.Unix(0, from).UTC(), To: time.Unix(0, to).UTC()}
}
