package projection

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Results is what was computed for some hours of one plant.
type Results struct {
	Plant, Site string

	// Window is whole hours and balance windows of which this is all there is:
	// whatever else the store holds of it is withdrawn. It may be empty.
	Window measure.Interval

	Tags     []TagRollups
	Closures []pipeline.Closure
	Balances []reconciled.Reconciliation // one beside each closure
	Latest   []Latest
	Settles  []int64 // marked hours, counted from 1970, that need no computing any more
}

// TagRollups is the minutes of one tag, in order of time, in its plan's unit.
type TagRollups struct {
	Tag     measure.Tag
	Unit    measure.Unit
	Rollups []rollup.Rollup
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
	var rollups, closures putCounts
	err := s.update(ctx, func(tx *sql.Tx) error {
		change, err := number(ctx, tx, "change")
		if err != nil {
			return err
		}
		rollups, closures = putCounts{}, putCounts{}
		p := putter{ctx: ctx, tx: tx, stmts: s.stmts.boundTo(ctx, tx), change: change}
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
		if err := p.withdraw(r, &rollups, &closures); err != nil {
			return fmt.Errorf("withdraw %s: %w", r.Window, err)
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

type putCounts struct{ changed, equal int64 }

// boundTo returns the statements bound to a transaction.
func (s statements) boundTo(ctx context.Context, tx *sql.Tx) statements {
	for _, stmt := range []**sql.Stmt{&s.setState, &s.getTag, &s.putTag, &s.getRollup, &s.putRollup, &s.getClosure, &s.putClosure,
		&s.hourWaits, &s.windowWaits, &s.putLatest, &s.setDirty, &s.setSpoken, &s.setClean} {
		*stmt = tx.StmtContext(ctx, *stmt)
	}
	return s
}

// putter writes within one transaction.
type putter struct {
	ctx     context.Context
	tx      *sql.Tx
	stmts   statements
	change  int64 // last change number given
	minutes minutes
	buf     []byte
	hour    minutes
	hourBuf []byte

	rows map[int64]bool // hours of tags that were put
}

func (p *putter) tag(r Results, t TagRollups, n *putCounts) error {
	if len(t.Rollups) == 0 {
		return nil
	}
	id, err := p.series(r, t)
	if err != nil {
		return err
	}
	for rest := t.Rollups; len(rest) > 0; {
		hour, end := floorDiv(rest[0].From, hourNs), 1
		for end < len(rest) && floorDiv(rest[end].From, hourNs) == hour {
			end++
		}
		if err := p.row(r.Window, id, hour, rest[:end], n); err != nil {
			return err
		}
		rest = rest[end:]
	}
	return nil
}

// series returns the number of a tag. Where its site or unit changed,
// InfluxDB holds it under another name, and in another unit the values are
// others: they are gone until they are computed again.
func (p *putter) series(r Results, t TagRollups) (id int64, err error) {
	var site, unit string
	err = p.stmts.getTag.QueryRowContext(p.ctx, string(t.Tag)).Scan(&id, &site, &unit)
	fresh := errors.Is(err, sql.ErrNoRows)
	switch {
	case err != nil && !fresh:
		return 0, err
	case err == nil && site == r.Site && unit == t.Unit.String():
		return id, nil
	}
	if err := p.stmts.putTag.QueryRowContext(p.ctx, string(t.Tag), r.Plant, r.Site, t.Unit.String()).Scan(&id); err != nil || fresh {
		return id, err
	}
	p.change++
	first, last := rowID(id, -1<<31), rowID(id, 1<<31-1)
	if _, err := p.tx.ExecContext(p.ctx, `INSERT INTO unsent_hour (hour, tag, since, wipe, changed)
		SELECT (id & 4294967295) - 2147483648, ?1, 0, 1, ?2 FROM rollup WHERE id BETWEEN ?3 AND ?4
		ON CONFLICT (hour, tag) DO UPDATE SET since = 0, wipe = 1, changed = ?2`, id, p.change, first, last); err != nil {
		return 0, err
	}
	if unit != t.Unit.String() {
		_, err = p.tx.ExecContext(p.ctx, `DELETE FROM rollup WHERE id BETWEEN ? AND ?`, first, last)
		return id, err
	}
	return id, nil
}

// row puts the minutes of one hour over what is stored of it, or, in an hour
// of the window, in its place.
func (p *putter) row(window measure.Interval, tag, hour int64, rollups []rollup.Rollup, n *putCounts) error {
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
	changed, lost, given := int64(0), false, uint64(0)
	for _, r := range rollups {
		if r.From%minuteNs != 0 {
			return fmt.Errorf("rollup at %s does not start at a minute", time.Unix(0, r.From).UTC())
		}
		minute, before := int((r.From-hour*hourNs)/minuteNs), uint8(0)
		if p.minutes.present&(1<<minute) != 0 {
			before = fieldsOfRollup(p.minutes.get(minute, r.Tag, hour*hourNs))
		}
		given |= 1 << minute
		if p.minutes.put(minute, r, uint64(p.change+1)) {
			changed++
			lost = lost || before&^fieldsOfRollup(r) != 0
		}
	}
	n.equal += int64(len(rollups)) - changed
	if window.Contains(hour * hourNs) {
		if p.rows == nil {
			p.rows = map[int64]bool{}
		}
		p.rows[id] = true
		if gone := p.minutes.present &^ given; gone != 0 {
			changed, lost = changed+int64(bits.OnesCount64(gone)), true
			p.minutes.drop(gone)
		}
	}
	n.changed += changed
	if changed == 0 {
		return nil
	}
	since := p.change
	p.change++
	p.hour = minutes{}
	p.hour.put(0, p.minutes.hour(rollups[0].Tag, hour*hourNs), uint64(p.change))
	p.hourBuf = p.hour.encode(p.hourBuf[:0])
	p.buf = p.minutes.encode(p.buf[:0])
	if _, err := p.stmts.putRollup.ExecContext(p.ctx, id, revision+1, p.change, p.hourBuf, p.buf); err != nil {
		return err
	}
	if lost {
		since = 0
	}
	_, err := p.stmts.hourWaits.ExecContext(p.ctx, hour, tag, since, lost, p.change)
	return err
}

// withdraw takes away what is stored of the window and was not put.
func (p *putter) withdraw(r Results, rollups, closures *putCounts) error {
	from, to := r.Window.From.UnixNano(), r.Window.To.UnixNano()
	switch {
	case r.Window.Length() == 0:
		return nil
	case from%hourNs != 0 || to%hourNs != 0:
		return errors.New("not whole hours")
	}
	rows, err := p.tx.QueryContext(p.ctx, `SELECT id, 0 FROM tag WHERE plant = ?`, r.Plant)
	if err != nil {
		return err
	}
	tags, err := collect(rows, func(id *int64, zero *int) []any { return []any{id, zero} })
	if err != nil {
		return err
	}
	for _, tag := range tags {
		rows, err := p.tx.QueryContext(p.ctx, `SELECT id, minutes FROM rollup WHERE id BETWEEN ? AND ?`,
			rowID(tag.key, from/hourNs), rowID(tag.key, to/hourNs-1))
		if err != nil {
			return err
		}
		held, err := collect(rows, func(id *int64, minutes *[]byte) []any { return []any{id, minutes} })
		if err != nil {
			return err
		}
		for _, row := range held {
			if p.rows[row.key] {
				continue
			}
			if err := p.minutes.decode(row.value); err != nil {
				return err
			}
			rollups.changed += int64(bits.OnesCount64(p.minutes.present))
			p.change++
			if _, err := p.tx.ExecContext(p.ctx, `DELETE FROM rollup WHERE id = ?`, row.key); err != nil {
				return err
			}
			_, hour := splitRowID(row.key)
			if _, err := p.stmts.hourWaits.ExecContext(p.ctx, hour, tag.key, 0, true, p.change); err != nil {
				return err
			}
		}
	}
	if err := p.withdrawClosures(r, closures); err != nil {
		return err
	}
	// What was the latest may be withdrawn too; what is left of the window is put next.
	_, err = p.tx.ExecContext(p.ctx, `DELETE FROM latest WHERE plant = ? AND at >= ? AND at < ?`, r.Plant, from, to)
	return err
}

func (p *putter) withdrawClosures(r Results, n *putCounts) error {
	rows, err := p.tx.QueryContext(p.ctx, `SELECT from_ns, 0 FROM closure WHERE plant = ? AND from_ns >= ? AND from_ns < ?`,
		r.Plant, r.Window.From.UnixNano(), r.Window.To.UnixNano())
	if err != nil {
		return err
	}
	held, err := collect(rows, func(from *int64, zero *int) []any { return []any{from, zero} })
	if err != nil {
		return err
	}
	for _, row := range held {
		if slices.ContainsFunc(r.Closures, func(c pipeline.Closure) bool { return c.Interval.From.UnixNano() == row.key }) {
			continue
		}
		n.changed++
		p.change++
		if _, err := p.tx.ExecContext(p.ctx, `DELETE FROM closure WHERE plant = ? AND from_ns = ?`, r.Plant, row.key); err != nil {
			return err
		}
		if _, err := p.stmts.windowWaits.ExecContext(p.ctx, row.key, r.Plant, true, p.change); err != nil {
			return err
		}
	}
	return nil
}

func (p *putter) closure(r Results, c pipeline.Closure, b reconciled.Reconciliation, n *putCounts) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	balance, err := pack(b)
	if err != nil {
		return err
	}
	var revision int64
	var site string
	var held, heldBalance []byte
	from := c.Interval.From.UnixNano()
	err = p.stmts.getClosure.QueryRowContext(p.ctx, r.Plant, from).Scan(&revision, &site, &held, &heldBalance)
	fresh := errors.Is(err, sql.ErrNoRows)
	switch {
	case err != nil && !fresh:
		return err
	case err == nil && site == r.Site && bytes.Equal(held, body) && bytes.Equal(heldBalance, balance):
		n.equal++
		return nil
	}
	lost := false
	if !fresh {
		before, err := windowLines(site, held, heldBalance)
		if err != nil {
			return err
		}
		after, err := windowLines(r.Site, body, balance)
		if err != nil {
			return err
		}
		if lost, err = loses(before, after); err != nil {
			return err
		}
	}
	n.changed++
	p.change++
	if _, err := p.stmts.putClosure.ExecContext(p.ctx, r.Plant, from, c.Interval.To.UnixNano(), r.Site, revision+1, p.change, body, balance); err != nil {
		return err
	}
	_, err = p.stmts.windowWaits.ExecContext(p.ctx, from, r.Plant, lost, p.change)
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
