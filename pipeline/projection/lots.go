package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nielu/nielu/pipeline"
)

// Lab returns all laboratory files of the log as one: of a lot or a
// control reading that is given in several, the newest file's word stands. It is nil if there is none.
func (s *Store) Lab(ctx context.Context) (lab *pipeline.Lab, err error) {
	s.labMu.Lock()
	defer s.labMu.Unlock()
	newest := int64(-1)
	if err := s.write.QueryRowContext(ctx, `SELECT coalesce(max(leaf), -1) FROM lab`).Scan(&newest); err != nil {
		return nil, err
	}
	if newest == s.labLeaf {
		return s.lab, nil
	}
	defer func() {
		if err == nil {
			s.lab, s.labLeaf = lab, newest
		}
	}()
	rows, err := s.write.QueryContext(ctx, `SELECT name, body FROM lab ORDER BY leaf`)
	if err != nil {
		return nil, err
	}
	files, err := collect(rows, func(name *string, body *[]byte) []any { return []any{name, body} })
	if err != nil {
		return nil, err
	}
	var digests []string
	var labs []*pipeline.Lab
	for _, f := range files {
		one, err := pipeline.ParseLab(f.key, f.value)
		if err != nil {
			return nil, err
		}
		digests, labs = append(digests, one.Digest), append(labs, one)
	}
	if len(labs) > 0 {
		lab = pipeline.JoinLabs(labs)
		lab.Digest = strings.Join(digests, "+")
	}
	return lab, nil
}

// marked returns the hours of a plant that wait to be computed, in order, and its reach.
func (s *Store) marked(ctx context.Context, plant string) (hours []int64, r reach, err error) {
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

// planned notes which plant files the results are computed with. If they are
// others than before, everything is marked, and again is true.
func (s *Store) planned(ctx context.Context, digests string) (again bool, err error) {
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

// due returns the lots whose time ended before the reach of their plant by at
// least settle, none of whose hours waits to be computed.
func (s *Store) due(ctx context.Context, settle time.Duration) (all []dueLot, err error) {
	rows, err := s.write.QueryContext(ctx, `
		SELECT lot.plant, lot.lot, lot.from_ns, lot.to_ns FROM lot JOIN reach ON reach.plant = lot.plant
		WHERE lot.evidence > lot.stated AND lot.to_ns + ?1 <= reach.to_ns AND NOT EXISTS (
			SELECT 1 FROM dirty WHERE dirty.plant = lot.plant
			AND dirty.hour >= lot.from_ns / ?2 AND dirty.hour <= (lot.to_ns - 1) / ?2)
		ORDER BY lot.to_ns, lot.plant, lot.lot`, int64(settle), hourNs)
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
