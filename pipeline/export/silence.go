package export

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// silence finds the stretches, in whole minutes, for which a tag of the plant
// has no reading, not even a bad one, longer than its stale time. Days are
// added in order; days that were left out divide what is looked at into
// blocks.
type silence struct {
	plant     *flowsheet.Plant
	w         measure.Interval
	first     int64   // minutes of the interval
	behind    int64   //
	blocks    []block // what was looked at
	last      []int64 // by tag: the minute of its last reading, or the one before the block
	stretches map[stretch][]int
	open      []openStretch
}

type block struct{ from, to int64 } // minutes

type stretch struct{ from, to int64 }

// openStretch is a silence at an edge of a block that may go on where nobody
// looked.
type openStretch struct {
	stretch
	tag int
}

func (r *recomputation) silence() *silence {
	return &silence{
		plant: r.plant, w: r.w, last: make([]int64, len(r.plant.Tags)), stretches: map[stretch][]int{},
		first: r.w.From.UnixNano() / step, behind: (r.w.To.UnixNano() + step - 1) / step,
	}
}

// add takes the next day.
func (s *silence) add(d measure.Interval, seen []minutes) {
	start := d.From.UnixNano() / step
	from, to := max(s.first, start), min(s.behind, d.To.UnixNano()/step)
	if n := len(s.blocks); n == 0 || s.blocks[n-1].to != from {
		s.close()
		s.blocks = append(s.blocks, block{from, from})
		for i := range s.last {
			s.last[i] = from - 1
		}
	}
	for i, set := range seen {
		for k, word := range set {
			for ; word != 0; word &= word - 1 {
				m := start + int64(64*k+bits.TrailingZeros64(word))
				s.silent(i, m, false)
				s.last[i] = m
			}
		}
	}
	s.blocks[len(s.blocks)-1].to = to
}

// close ends a block.
func (s *silence) close() {
	if len(s.blocks) == 0 {
		return
	}
	for i := range s.last {
		s.silent(i, s.blocks[len(s.blocks)-1].to, true)
	}
}

// silent notes that a tag had no reading since its last one until the minute,
// with which the block may end.
func (s *silence) silent(tag int, until int64, ends bool) {
	x := stretch{s.last[tag] + 1, until}
	if time.Duration((x.to-x.from)*step) <= s.plant.Tags[tag].Stale {
		return
	}
	b := s.blocks[len(s.blocks)-1]
	if x.from == b.from && x.from > s.first || ends && x.to < s.behind {
		s.open = append(s.open, openStretch{x, tag})
		return
	}
	s.stretches[x] = append(s.stretches[x], tag)
}

// end returns the silences as gaps. Tags that are silent together share one.
func (s *silence) end() []Gap {
	s.close()
	var holes []Gap
	for x, tags := range s.stretches {
		slices.Sort(tags)
		names := make([]string, len(tags))
		for i, tag := range tags {
			names[i] = string(s.plant.Tags[tag].Tag)
		}
		holes = append(holes, Gap{Agent: anyAgent, From: at(max(x.from*step, s.w.From.UnixNano())), To: at(min(x.to*step, s.w.To.UnixNano())),
			Reason: fmt.Sprintf("no reading of %d of the plant's %d tags: %s", len(tags), len(s.plant.Tags), strings.Join(names, ", "))})
	}
	slices.SortFunc(holes, gapOrder)
	return holes
}

// anyAgent stands in the place of an agent in a gap that readings show.
const anyAgent = "any agent"

// undeclared returns, of the silences at the edges of what was looked at,
// those that no declared gap covers.
func (s *silence) undeclared(declared []Gap) (holes []Gap) {
	for _, x := range s.open {
		tag := string(s.plant.Tags[x.tag].Tag)
		from, to := at(max(x.from*step, s.w.From.UnixNano())), at(min(x.to*step, s.w.To.UnixNano()))
		if !slices.ContainsFunc(declared, func(g Gap) bool {
			_, names, _ := strings.Cut(g.Reason, ": ")
			return g.Agent == anyAgent && !g.From.After(from) && !g.To.Before(to) && slices.Contains(strings.Split(names, ", "), tag)
		}) {
			holes = append(holes, Gap{Agent: anyAgent, From: from, To: to, Reason: "no reading of " + tag})
		}
	}
	return holes
}

// looked tells whether a gap that readings show lies within what was looked
// at, its ends included.
func (s *silence) looked(g Gap) bool {
	return slices.ContainsFunc(s.blocks, func(b block) bool {
		from, to := g.From.UnixNano()/step, (g.To.UnixNano()+step-1)/step
		return (b.from < from || b.from == from && from == s.first) && (to < b.to || to == b.to && to == s.behind)
	})
}

func joinGaps(a, b []Gap) []Gap {
	all := slices.Concat([]Gap{}, a, b)
	slices.SortFunc(all, gapOrder)
	return all
}
