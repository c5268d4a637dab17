package polling

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/devices"
)

// cost is what a request takes on a bus, by which requests are joined.
type cost struct {
	request  time.Duration // each request: gaps, header, the instrument's own latency
	register time.Duration // each register more
}

// span is registers that must come in one request: a point, with the clock and
// the registers that say how it is to be read.
type span struct {
	function uint8
	from, to int // half-open
	points   []int
}

// coalesce joins points into the requests that take the least time together,
// never more than the profile's most registers, never across more unneeded
// registers than its holes, and never through the middle of a point.
//
// It is a shortest path: best[i] is the least time for the first i spans, and
// the last request of it starts at some span j.
func coalesce(points []devices.RegisterPoint, p *devices.Profile, c cost) ([]devices.Block, error) {
	spans, err := spansOf(points, p)
	if err != nil {
		return nil, err
	}
	best, from := make([]time.Duration, len(spans)+1), make([]int, len(spans)+1)
	for i := 1; i <= len(spans); i++ {
		best[i] = math.MaxInt64
		for j := i - 1; j >= 0 && joinable(spans[j:i], p); j-- {
			t := best[j] + c.request + time.Duration(spans[i-1].to-spans[j].from)*c.register
			if t < best[i] { // of equals the shorter request
				best[i], from[i] = t, j
			}
		}
	}
	var blocks []devices.Block
	for i := len(spans); i > 0; i = from[i] {
		blocks = append(blocks, blockOf(spans[from[i]:i], points))
	}
	slices.Reverse(blocks)
	return blocks, nil
}

// joinable tells whether one request may bring all these neighbouring spans.
func joinable(spans []span, p *devices.Profile) bool {
	first, last := spans[0], spans[len(spans)-1]
	most := p.MaxRegisters
	if first.function < 3 {
		most = 2000
	}
	if first.function != last.function || last.to-first.from > most {
		return false
	}
	for i := 1; i < len(spans); i++ {
		if p.Holes >= 0 && spans[i].from-spans[i-1].to > p.Holes {
			return false
		}
	}
	return true
}

// spansOf returns the spans in the order of their addresses, overlapping ones joined.
func spansOf(points []devices.RegisterPoint, p *devices.Profile) ([]span, error) {
	var spans []span
	for i, point := range points {
		s := span{function: point.Function, from: int(point.Address), to: int(point.Address) + point.Type.Registers(), points: []int{i}}
		if p.Clock != nil {
			if p.Clock.Function != s.function {
				return nil, fmt.Errorf("point %s is a %s but the profile's clock is a %s: one request cannot hold both", point.Name, devices.FunctionName(s.function), devices.FunctionName(p.Clock.Function))
			}
			s.from, s.to = min(s.from, int(p.Clock.Address)), max(s.to, int(p.Clock.Address)+p.Clock.Registers())
		}
		for _, address := range point.Companions() {
			s.from, s.to = min(s.from, int(address)), max(s.to, int(address)+1)
		}
		if s.to-s.from > p.MaxRegisters {
			return nil, fmt.Errorf("point %s and the registers it depends on span %d registers, one request holds at most %d", point.Name, s.to-s.from, p.MaxRegisters)
		}
		spans = append(spans, s)
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.function, b.function), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && joined[n-1].function == s.function && s.from < joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, s.to)
			joined[n-1].points = append(joined[n-1].points, s.points...)
			if joined[n-1].to-joined[n-1].from > p.MaxRegisters && s.function >= 3 {
				return nil, fmt.Errorf("points that share registers span %d registers, one request holds at most %d", joined[n-1].to-joined[n-1].from, p.MaxRegisters)
			}
			continue
		}
		joined = append(joined, s)
	}
	return joined, nil
}

// spansOfBlock returns what of a block must come together, in order of address.
func spansOfBlock(b devices.Block) []span {
	points := make([]devices.RegisterPoint, len(b.Points))
	for i, p := range b.Points {
		points[i] = devices.RegisterPoint{Point: p, Function: b.Function}
	}
	spans, err := spansOf(points, &devices.Profile{MaxRegisters: math.MaxInt, Clock: b.Clock})
	if err != nil || len(spans) == 0 {
		return []span{{function: b.Function, from: int(b.Address), to: int(b.Address) + int(b.Quantity)}}
	}
	return spans
}

func blockOf(spans []span, points []devices.RegisterPoint) devices.Block {
	first, last := spans[0], spans[len(spans)-1]
	b := devices.Block{Function: first.function, Address: uint16(first.from), Quantity: uint16(last.to - first.from)}
	for _, s := range spans {
		for _, i := range s.points {
			b.Points = append(b.Points, points[i].Point)
		}
	}
	slices.SortStableFunc(b.Points, func(a, c devices.Point) int { return cmp.Compare(a.Address, c.Address) })
	return b
}
