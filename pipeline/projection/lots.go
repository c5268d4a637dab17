package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/lots"
)

// books is what people wrote, as of a leaf.
type books struct {
	leaf    int64 // newest leaf that people wrote, -1 for none
	entries []custody.Entry
	book    *custody.Book
	lab     *lots.Lab
}

func newBooks(leaf int64, entries []custody.Entry) *books {
	b := &books{leaf: leaf, entries: entries, book: custody.Replay(entries)}
	var digests []string
	for _, e := range entries {
		if e.Lab != nil {
			digests = append(digests, e.Lab.Digest)
		} else {
			digests = append(digests, e.Submission.Digest)
		}
	}
	b.lab = b.book.Lab()
	b.lab.Digest = strings.Join(digests, "+")
	return b
}

// Lab returns all that people wrote as one: of a lot or a control reading
// that is given in several files, the newest file's word stands, and records
// stand beside them. It is nil if there is nothing.
func (s *Store) Lab(ctx context.Context) (*lots.Lab, error) {
	b, err := s.books(ctx)
	if err != nil || b.leaf < 0 {
		return nil, err
	}
	return b.lab, nil
}

// Book returns the book of what people wrote.
func (s *Store) Book(ctx context.Context) (*custody.Book, error) {
	b, err := s.books(ctx)
	if err != nil {
		return nil, err
	}
	return b.book, nil
}

// books reads what people wrote, again only when there is more of it.
func (s *Store) books(ctx context.Context) (*books, error) {
	s.booksMu.Lock()
	defer s.booksMu.Unlock()
	newest := int64(-1)
	if err := s.write.QueryRowContext(ctx, `SELECT coalesce(max(leaf), -1) FROM lab`).Scan(&newest); err != nil {
		return nil, err
	}
	if s.ahead != nil && newest == s.ahead.leaf {
		s.kept, s.ahead = s.ahead, nil
	}
	if s.kept != nil && newest == s.kept.leaf {
		return s.kept, nil
	}
	var entries []custody.Entry
	after := int64(-1)
	if s.kept != nil && s.kept.leaf < newest {
		entries, after = slices.Clip(s.kept.entries), s.kept.leaf
	}
	rows, err := s.write.QueryContext(ctx, `SELECT leaf, from_ns, kind || ' ' || name, body FROM lab WHERE leaf > ? ORDER BY leaf`, after)
	if err != nil {
		return nil, err
	}
	type place struct {
		leaf, from int64
		name       string
	}
	files, err := collect(rows, func(at *place, body *[]byte) []any { return []any{&at.leaf, &at.from, &at.name, body} })
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		kind, name, _ := strings.Cut(f.key.name, " ")
		e, err := custody.Open(uint64(f.key.leaf), f.key.from, evidence.ParseKind(kind), name, f.value)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	s.kept = newBooks(newest, entries)
	return s.kept, nil
}

// changedLots returns the lots that new entries change, and those that they take away.
func (s *Store) changedLots(ctx context.Context, entries []custody.Entry) (changed []lots.Lot, gone []pair[string, string], err error) {
	before, err := s.books(ctx)
	if err != nil {
		return nil, nil, err
	}
	after := newBooks(int64(entries[len(entries)-1].Leaf), append(slices.Clip(before.entries), entries...))
	s.booksMu.Lock()
	s.ahead = after // what is kept once the entries are in the table
	s.booksMu.Unlock()
	for _, lot := range after.lab.Lots {
		old, ok := before.lab.Lot(lot.ID)
		if !ok || !reflect.DeepEqual(old, lot) {
			changed = append(changed, lot)
		}
	}
	for _, lot := range before.lab.Lots {
		if now, ok := after.lab.Lot(lot.ID); !ok || now.Plant != lot.Plant {
			gone = append(gone, pair[string, string]{lot.Plant, lot.ID})
		}
	}
	return changed, gone, nil
}

// dirtyHours returns the hours of a plant that wait to be computed, in order, and its reach.
func (s *Store) dirtyHours(ctx context.Context, plant string) (hours []int64, r reach, err error) {
	rows, err := s.write.QueryContext(ctx, `SELECT hour, 0 FROM dirty WHERE plant = ? ORDER BY hour`, plant)
	if err != nil {
		return nil, r, err
	}
	all, err := collect(rows, func(hour, _ *int64) []any { return []any{hour, new(int64)} })
	if err != nil {
		return nil, r, err
	}
	for _, p := range all {
		hours = append(hours, p.key)
	}
	r, err = reachOf(ctx, s.write, plant)
	return hours, r, err
}

// notePlantFiles notes which plant files the results are computed with. If they are
// others than before, everything is marked, and again is true.
func (s *Store) notePlantFiles(ctx context.Context, digests string) (again bool, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		var held string
		err := tx.QueryRowContext(ctx, `SELECT digests FROM planned`).Scan(&held)
		switch fresh := errors.Is(err, sql.ErrNoRows); {
		case err != nil && !fresh:
			return err
		case !fresh && held == digests:
			return nil
		default:
			again = !fresh
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM planned`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO planned (digests) VALUES (?)`, digests); err != nil {
			return err
		}
		return s.markAll(ctx, tx)
	})
	return again, err
}

// dueLot is a lot that is over and has evidence its last statement does not cover.
type dueLot struct {
	plant, lot string
	from, to   int64
}

// due returns the lots whose time ended before now by at least settle, and
// before the reach of their plant, if no hour of the plant before that end waits
// to be computed: what a lot may claim rests on the lots before it too, which
// are stated first, however late their readings came.
func (s *Store) due(ctx context.Context, settle time.Duration, now int64) (all []dueLot, err error) {
	rows, err := s.write.QueryContext(ctx, `
		SELECT lot.plant, lot.lot, lot.from_ns, lot.to_ns FROM lot JOIN reach ON reach.plant = lot.plant
		WHERE lot.evidence > lot.stated AND lot.to_ns + ?1 <= min(reach.to_ns, ?3) AND NOT EXISTS (
			SELECT 1 FROM dirty WHERE dirty.plant = lot.plant AND dirty.hour <= (lot.to_ns - 1) / ?2)
		ORDER BY lot.to_ns, lot.plant, lot.lot`, int64(settle), hourNs, now)
	if err != nil {
		return nil, fmt.Errorf("projection: lots due: %w", err)
	}
	lots, err := collect(rows, func(lot *dueLot, _ *struct{}) []any { return []any{&lot.plant, &lot.lot, &lot.from, &lot.to} })
	for _, l := range lots {
		all = append(all, l.key)
	}
	return all, err
}

func (s *Store) stated(ctx context.Context, plant, lot string, through uint64) error {
	return s.update(ctx, func(tx *sql.Tx) error { return stated(ctx, tx, plant, lot, through) })
}
