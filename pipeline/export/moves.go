package export

import (
	"context"
	"math"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// moves is what clock corrections say, by agent.
type moves map[string][]evidence.Shift

// read takes a clock correction into account; one that cannot be read moves
// nothing, nor does one of the centre that is of other plants.
func (m moves) read(plant string, leaf evidence.Leaf) {
	if leaf.Epoch == 0 && !slices.Contains(leaf.Plants, plant) {
		return
	}
	if c, err := evidence.DecodeCorrection(leaf); err == nil {
		m[c.Agent] = append(m[c.Agent], c.Shifts...)
	}
}

// stood returns where scans stood before a correction: as they are stamped, and
// where corrections before it put them.
func (m moves) stood(c evidence.Correction) (runs []measure.Interval) {
	for _, x := range c.Shifts {
		runs = append(runs, stamped(x, 0))
		for _, o := range m[c.Agent] {
			if o.Epoch == x.Epoch && o.First <= x.Last && x.First <= o.Last {
				runs = append(runs, stamped(o, o.Offset))
			}
		}
	}
	return runs
}

// stamped returns the time of the stretch with an offset to its stamps.
func stamped(x evidence.Shift, offset int64) measure.Interval {
	return measure.Interval{From: at(x.From + offset), To: at(x.To + offset)}
}

// apply notes where the readings of a batch lie by the corrections of its clock.
func (m moves) apply(l *leafRef) {
	l.shift = nil
	for _, x := range m[l.Signer] {
		if l.Kind != evidence.Batch || x.Epoch != l.Epoch || l.Last < x.First || x.Last < l.First {
			continue
		}
		from, to := l.From+x.Offset, l.To+x.Offset
		if l.shift == nil {
			l.shift = &shift{from: math.MaxInt64, to: math.MinInt64, whole: false}
		}
		l.shift.from, l.shift.to = min(l.shift.from, from), max(l.shift.to, to)
		l.shift.whole = x.First <= l.First && l.Last <= x.Last
	}
}

// shift is where the readings of a batch lie that clock corrections moved, all
// of them or some.
type shift struct {
	from, to int64
	whole    bool
}

// touches tells whether readings of a leaf lie in w, as they are stamped or as
// they are moved.
func (l leafRef) touches(w measure.Interval) bool {
	from, to := w.From.UnixNano(), w.To.UnixNano()
	return l.From < to && from < l.To || l.shift != nil && l.shift.from < to && from < l.shift.to
}

// stands returns where a leaf stands in time.
func (l leafRef) stands() (from, to int64) {
	switch {
	case l.shift == nil:
		return l.From, l.To
	case l.shift.whole:
		return l.shift.from, l.shift.to
	}
	return min(l.From, l.shift.from), max(l.To, l.shift.to)
}

// move reads the clock corrections among the leaves and notes what they move.
func (s *leaves) move(ctx context.Context, plant string) error {
	m := moves{}
	for _, l := range s.list {
		if l.Kind != evidence.Clock {
			continue
		}
		leaf, err := s.leaf(ctx, l)
		if err != nil {
			return err
		}
		m.read(plant, leaf)
	}
	for i := range s.list {
		m.apply(&s.list[i])
	}
	return nil
}

// takeShifted takes the batches of a plant that corrections move into w. It tells
// whether there are any.
func (s *selection) takeShifted(ctx context.Context, w measure.Interval, plant string) (bool, error) {
	clocks := s.beside()
	if err := clocks.take(ctx, []evidence.Kind{evidence.Clock}, anytime, func(leafRef) bool { return true }); err != nil {
		return false, err
	}
	for _, l := range clocks.found().list {
		entry, err := s.log.Entry(ctx, l.Index)
		if err != nil {
			return false, err
		}
		if leaf, err := evidence.DecodeLeaf(entry); err == nil {
			s.moves.read(plant, leaf)
		}
	}
	any := false
	for agent, all := range s.moves {
		for _, x := range all {
			if x.From+x.Offset >= w.To.UnixNano() || w.From.UnixNano() >= x.To+x.Offset {
				continue
			}
			any = true
			stamped := measure.Interval{From: at(x.From), To: at(x.To)}
			if err := s.take(ctx, []evidence.Kind{evidence.Batch}, stamped, func(l leafRef) bool { return l.Signer == agent && slices.Contains(l.Plants, plant) && l.touches(w) }); err != nil {
				return false, err
			}
		}
	}
	return any, nil
}
