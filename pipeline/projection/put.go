package projection

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// Results is what was computed for some hours of one plant.
type Results struct {
	Plant, Site string
	Tags        []TagRollups
	Closures    []pipeline.Closure
	Balances    []pipeline.Reconciliation // one beside each closure
	Latest      []Latest
	Settles     []int64 // marked hours, counted from 1970, that need no computing any more
}

// TagRollups is the minutes of one tag, in order of time, in its plan's unit.
type TagRollups struct {
	Tag     measure.Tag
	Unit    measure.Unit
	Rollups []pipeline.Rollup
}

// Latest is the last value of a tag. Of a bad one there is no value.
type Latest struct {
	Tag     measure.Tag `json:"tag"`
	Time    time.Time   `json:"time"`
	Value   *float64    `json:"value"`
	Unit    string      `json:"unit"`
	Quality string      `json:"quality"`
}

// Put stores results in one transaction. What differs from what is stored
// gets the next revision; what is equal is left alone.
func (s *Store) Put(ctx context.Context, r Results) error {
	if len(r.Closures) != len(r.Balances) {
		return fmt.Errorf("results of %s: %d closures but %d balances: each window has both", r.Plant, len(r.Closures), len(r.Balances))
	}
	var rollups, closures tally
	err := s.update(ctx, func(tx *sql.Tx) error {
		change, err := number(ctx, tx, "change")
		if err != nil {
			return err
		}
		rollups, closures = tally{}, tally{}
		p := putter{ctx: ctx, stmts: s.stmts.in(ctx, tx), change: change}
		for _, t := range r.Tags {
			if err := p.tag(r, t, &rollups); err != nil {
				return fmt.Errorf("tag %s: %w", t.Tag, err)
			}
		}
		for i, c := range r.Closures {
			if err := p.closure(r, c, r.Balances[i], &closures); err != nil {
				return fmt.Errorf("closure %s: %w", c.Interval, err)
			}
		}
		for _, l := range r.Latest {
			if err := p.latest(r.Plant, l); err != nil {
				return fmt.Errorf("latest of %s: %w", l.Tag, err)
			}
		}
		for _, hour := range r.Settles {
			if _, err := p.stmts.setClean.ExecContext(ctx, r.Plant, hour); err != nil {
				return err
			}
		}
		if p.change == change {
			return nil
		}
		_, err = p.stmts.setState.ExecContext(ctx, "change", p.change)
		return err
	})
	if err != nil {
		return err
	}
	s.Stats.RollupsChanged.Add(rollups.changed)
	s.Stats.RollupsEqual.Add(rollups.equal)
	s.Stats.ClosuresChanged.Add(closures.changed)
	s.Stats.ClosuresEqual.Add(closures.equal)
	return nil
}

type tally struct{ changed, equal int64 }

// in returns the statements bound to a transaction.
func (s statements) in(ctx context.Context, tx *sql.Tx) statements {
	for _, stmt := range []**sql.Stmt{&s.setState, &s.putTag, &s.tagID, &s.getRollup, &s.putRollup,
		&s.getClosure, &s.putClosure, &s.putLatest, &s.setDirty, &s.setSpoken, &s.setClean} {
		*stmt = tx.StmtContext(ctx, *stmt)
	}
	return s
}

// putter writes within one transaction.
type putter struct {
	ctx     context.Context
	stmts   statements
	change  int64 // last change number given
	minutes minutes
	buf     []byte
	hour    minutes
	hourBuf []byte
}

func (p *putter) tag(r Results, t TagRollups, n *tally) error {
	if len(t.Rollups) == 0 {
		return nil
	}
	if _, err := p.stmts.putTag.ExecContext(p.ctx, string(t.Tag), r.Plant, r.Site, t.Unit.String()); err != nil {
		return err
	}
	var id int64
	if err := p.stmts.tagID.QueryRowContext(p.ctx, string(t.Tag)).Scan(&id); err != nil {
		return err
	}
	for rest := t.Rollups; len(rest) > 0; {
		hour, end := floorDiv(rest[0].From, hourNs), 1
		for end < len(rest) && floorDiv(rest[end].From, hourNs) == hour {
			end++
		}
		if err := p.row(id, hour, rest[:end], n); err != nil {
			return err
		}
		rest = rest[end:]
	}
	return nil
}

// row overlays the minutes of one hour on what is stored of it.
func (p *putter) row(tag, hour int64, rollups []pipeline.Rollup, n *tally) error {
	var revision int64
	id := rowID(tag, hour)
	switch err := p.stmts.getRollup.QueryRowContext(p.ctx, id).Scan(&revision, &p.buf); {
	case errors.Is(err, sql.ErrNoRows):
		p.minutes = minutes{}
	case err != nil:
		return err
	default:
		if err := p.minutes.decode(p.buf); err != nil {
			return err
		}
	}
	changed := int64(0)
	for _, r := range rollups {
		if r.From%minuteNs != 0 {
			return fmt.Errorf("rollup at %s does not start at a minute", time.Unix(0, r.From).UTC())
		}
		if p.minutes.put(int((r.From-hour*hourNs)/minuteNs), r, uint64(p.change+1)) {
			changed++
		}
	}
	n.changed += changed
	n.equal += int64(len(rollups)) - changed
	if changed == 0 {
		return nil
	}
	p.change++
	p.hour = minutes{}
	p.hour.put(0, p.minutes.hour(rollups[0].Tag, hour*hourNs), uint64(p.change))
	p.hourBuf = p.hour.encode(p.hourBuf[:0])
	p.buf = p.minutes.encode(p.buf[:0])
	_, err := p.stmts.putRollup.ExecContext(p.ctx, id, revision+1, p.change, p.hourBuf, p.buf)
	return err
}

func (p *putter) closure(r Results, c pipeline.Closure, b pipeline.Reconciliation, n *tally) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	balance, err := pack(b)
	if err != nil {
		return err
	}
	var revision int64
	var held, heldBalance []byte
	from := c.Interval.From.UnixNano()
	switch err := p.stmts.getClosure.QueryRowContext(p.ctx, r.Plant, from).Scan(&revision, &held, &heldBalance); {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case err == nil && bytes.Equal(held, body) && bytes.Equal(heldBalance, balance):
		n.equal++
		return nil
	}
	n.changed++
	p.change++
	_, err = p.stmts.putClosure.ExecContext(p.ctx, r.Plant, from, c.Interval.To.UnixNano(), r.Site, revision+1, p.change, body, balance)
	return err
}

func (p *putter) latest(plant string, l Latest) error {
	var value sql.NullFloat64
	if l.Value != nil {
		value = sql.NullFloat64{Float64: *l.Value, Valid: true}
	}
	_, err := p.stmts.putLatest.ExecContext(p.ctx, string(l.Tag), plant, l.Time.UnixNano(), value, l.Unit, l.Quality)
	return err
}

// rowID is the key of a tag's hour: hours since 1970 fit 32 bits, before it too.
func rowID(tag, hour int64) int64 { return tag<<32 | (hour+1<<31)&(1<<32-1) }
