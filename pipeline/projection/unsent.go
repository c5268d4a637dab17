package projection

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// What InfluxDB was not told yet stands in two tables: a row for each hour of
// a tag and each balance window of which something changed. The newest go
// first, so that a backlog never hides the present. A row leaves its table
// once the server has taken what it stands for and nothing of it changed
// meanwhile; a crash in between writes the same points again.

// unsent is the next rows of the two tables, as they go to the server:
// withdrawals before lines.
type unsent struct {
	withdrawals []withdrawal
	lines       []string
	plants      []string // whose points of old were not withdrawn yet

	hours   []sentHour
	windows []sentWindow
}

type sentHour struct{ hour, tag, changed int64 }

type sentWindow struct {
	from    int64
	plant   string
	changed int64
}

// mostWithdrawals is how many withdrawals one batch has, about.
const mostWithdrawals = 200

// unsent reads the newest rows until there are about limit lines.
func (s *Store) unsent(ctx context.Context, limit int) (u unsent, err error) {
	if err := s.unsentHours(ctx, &u, limit); err != nil {
		return u, fmt.Errorf("unsent rollups: %w", err)
	}
	if err := s.unsentWindows(ctx, &u, max(1, limit/3)); err != nil {
		return u, fmt.Errorf("unsent windows: %w", err)
	}
	swept, err := s.swept(ctx)
	u.plants = slices.DeleteFunc(u.plants, func(plant string) bool { return swept[plant] })
	return u, err
}

func (u *unsent) empty() bool { return len(u.hours) == 0 && len(u.windows) == 0 }

func (u *unsent) addPlant(plant string) {
	if !slices.Contains(u.plants, plant) {
		u.plants = append(u.plants, plant)
	}
}

func (s *Store) unsentHours(ctx context.Context, u *unsent, limit int) error {
	rows, err := s.read.QueryContext(ctx, `SELECT u.hour, u.tag, u.since, u.wipe, u.changed, tag.tag, tag.plant, tag.site, tag.unit, rollup.minutes
		FROM unsent_hour AS u CROSS JOIN tag ON tag.id = u.tag LEFT JOIN rollup ON rollup.id = (u.tag << 32) + u.hour + 2147483648
		ORDER BY u.hour DESC, u.tag LIMIT ?`, limit)
	if err != nil {
		return err
	}
	defer rows.Close()
	var (
		l                      line
		m                      minutes
		h                      sentHour
		since                  uint64
		wipe                   bool
		tag, plant, site, unit string
		blob                   sql.RawBytes
		later                  = map[int64]int{} // withdrawal of a tag's hour after this one
	)
	for len(u.lines) < limit && len(u.withdrawals) < mostWithdrawals && rows.Next() {
		if err := rows.Scan(&h.hour, &h.tag, &since, &wipe, &h.changed, &tag, &plant, &site, &unit, &blob); err != nil {
			return err
		}
		u.hours = append(u.hours, h)
		u.addPlant(plant)
		if wipe {
			from := h.hour * hourNs
			if i, ok := later[h.tag]; ok && u.withdrawals[i].from == from+hourNs {
				u.withdrawals[i].from = from
			} else {
				later[h.tag] = len(u.withdrawals)
				u.withdrawals = append(u.withdrawals, withdrawal{measurement: "nielu_rollup", plant: plant, tag: tag, from: from, to: from + hourNs})
			}
		}
		if blob == nil {
			continue
		}
		if err := m.decode(blob); err != nil {
			return err
		}
		m.each(func(i int) {
			if m.columns[columnChanged][i] > since {
				l.start("nielu_rollup")
				l.tag("plant", plant)
				l.tag("site", site)
				l.tag("tag", tag)
				l.tag("unit", unit)
				u.lines = append(u.lines, l.rollup(m.get(i, measure.Tag(tag), h.hour*hourNs)))
			}
		})
	}
	return rows.Err()
}

func (s *Store) unsentWindows(ctx context.Context, u *unsent, limit int) error {
	rows, err := s.read.QueryContext(ctx, `SELECT u.from_ns, u.plant, u.wipe, u.changed, coalesce(closure.site, ''), closure.json, closure.balance
		FROM unsent_window AS u LEFT JOIN closure ON closure.plant = u.plant AND closure.from_ns = u.from_ns
		ORDER BY u.from_ns DESC, u.plant LIMIT ?`, limit)
	if err != nil {
		return err
	}
	defer rows.Close()
	var (
		w            sentWindow
		wipe         bool
		site         string
		body, packed sql.RawBytes
	)
	for len(u.withdrawals) < mostWithdrawals && rows.Next() {
		if err := rows.Scan(&w.from, &w.plant, &wipe, &w.changed, &site, &body, &packed); err != nil {
			return err
		}
		u.windows = append(u.windows, w)
		u.addPlant(w.plant)
		if wipe {
			for _, measurement := range windowMeasurements {
				u.withdrawals = append(u.withdrawals, withdrawal{measurement: measurement, plant: w.plant, from: w.from, to: w.from + int64(time.Second)})
			}
		}
		if body == nil {
			continue
		}
		lines, err := windowLines(site, body, packed)
		if err != nil {
			return err
		}
		u.lines = append(u.lines, lines...)
	}
	return rows.Err()
}

// sent takes the rows of a batch off the tables, but for those of which
// something changed meanwhile, and keeps what was refused, in one transaction.
func (s *Store) sent(ctx context.Context, u unsent, refused []DeadLetter) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := dropSuperseded(ctx, tx, u.lines, u.withdrawals); err != nil {
			return err
		}
		if err := insertDeadLetters(ctx, tx, refused); err != nil {
			return err
		}
		for _, h := range u.hours {
			if _, err := tx.ExecContext(ctx, `DELETE FROM unsent_hour WHERE hour = ? AND tag = ? AND changed = ?`, h.hour, h.tag, h.changed); err != nil {
				return err
			}
		}
		for _, w := range u.windows {
			if _, err := tx.ExecContext(ctx, `DELETE FROM unsent_window WHERE from_ns = ? AND plant = ? AND changed = ?`, w.from, w.plant, w.changed); err != nil {
				return err
			}
		}
		return nil
	})
}

// swept returns the plants whose points of before this store, or of before
// the last rewind, are withdrawn.
func (s *Store) swept(ctx context.Context) (map[string]bool, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT plant, 0 FROM swept`)
	if err != nil {
		return nil, fmt.Errorf("swept plants: %w", err)
	}
	plants, err := collect(rows, func(plant *string, zero *int) []any { return []any{plant, zero} })
	if err != nil {
		return nil, fmt.Errorf("swept plants: %w", err)
	}
	swept := map[string]bool{}
	for _, p := range plants {
		swept[p.key] = true
	}
	return swept, nil
}

// sweep notes that what a server held of a plant is withdrawn.
func (s *Store) sweep(ctx context.Context, plant string, withdrawals []withdrawal) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := dropSuperseded(ctx, tx, nil, withdrawals); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO swept (plant) VALUES (?) ON CONFLICT DO NOTHING`, plant)
		return err
	})
}

// rewind makes everything wait again, and what the server holds be withdrawn first.
func (s *Store) rewind(ctx context.Context) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		change, err := number(ctx, tx, "change")
		if err != nil {
			return err
		}
		change++
		for _, query := range []string{
			`DELETE FROM swept`,
			`DELETE FROM unsent_hour`,
			`DELETE FROM unsent_window`,
			`INSERT INTO unsent_hour (hour, tag, since, wipe, changed) SELECT (id & 4294967295) - 2147483648, id >> 32, 0, 0, ?1 FROM rollup`,
			`INSERT INTO unsent_window (from_ns, plant, wipe, changed) SELECT from_ns, plant, 0, ?1 FROM closure`,
			`INSERT INTO state (name, value) VALUES ('change', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1`,
		} {
			if _, err := tx.ExecContext(ctx, query, change); err != nil {
				return fmt.Errorf("rewind: %w", err)
			}
		}
		return nil
	})
}
