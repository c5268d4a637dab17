package picture

import "slices"

// spread gives every column its place from left to right, and every flow that
// runs backwards its lane below the columns.
func (s *sheet) spread() {
	s.wide = make([]int, len(s.columns))
	for c, column := range s.columns {
		for _, i := range column {
			s.wide[c] = max(s.wide[c], i.wide())
		}
	}
	lanes := s.lanes()
	s.left = make([]int, len(s.columns))
	x := margin
	for c := range s.columns {
		if c > 0 {
			x += s.gap(c-1, lanes)
		}
		s.left[c] = x
		x += s.wide[c]
	}
	s.turns(lanes)
}

func (i *item) wide() int {
	switch i.kind {
	case isBox:
		return i.box.wide
	case isSource, isSink:
		return widest(i.flow.rows) + 20 + tip
	case isLabel:
		return widest(i.flow.rows) + 8
	}
	return 0
}

const (
	margin = 24
	tip    = 12 // of a terminal
)

// lanes returns the flows that run backwards, the shortest way first, and
// makes the column of the node they lead to wide enough for their labels.
func (s *sheet) lanes() []*flow {
	var lanes []*flow
	for _, f := range s.flows {
		if f.backwards {
			lanes = append(lanes, f)
			c := f.to.item.column
			s.wide[c] = max(s.wide[c], widest(f.rows)+8)
		}
	}
	slices.SortStableFunc(lanes, func(a, b *flow) int {
		return (a.from.item.column - a.to.item.column) - (b.from.item.column - b.to.item.column)
	})
	y := s.bottom
	for _, f := range lanes {
		y += 12 + height(f.rows) + 4 + (f.width+1)/2
		f.lane = y
		y += f.width / 2
	}
	s.end = y
	return lanes
}

// gap is the room between a column and the next: the steeper the flows in it
// the wider, and beside nodes with room for the flows that turn there.
func (s *sheet) gap(c int, lanes []*flow) int {
	steep := 0
	for _, f := range s.flows {
		for k := 1; k < len(f.chain); k++ {
			if a, b := f.chain[k-1], f.chain[k]; a.column == c {
				d := f.at(a) - f.at(b)
				steep = max(steep, d, -d)
			}
		}
	}
	room := 44 + min(steep/4, 52)
	for _, f := range lanes {
		if f.from.item.column == c || f.to.item.column == c+1 {
			room += f.width + laneGap
		}
	}
	return room
}

const laneGap = 14

// at is the height of a flow at an item it passes.
func (f *flow) at(i *item) int {
	switch {
	case i.kind != isBox:
		return i.y
	case i.box == f.from:
		return i.y + f.out
	}
	return i.y + f.in
}

// turns says where in the gaps the flows that run backwards turn: next to the
// nodes, side by side.
func (s *sheet) turns(lanes []*flow) {
	right, left := map[int]int{}, map[int]int{}
	for _, f := range lanes {
		c := f.from.item.column
		f.outX = s.left[c] + s.wide[c] + right[c] + laneGap + f.width/2
		right[c] += f.width + laneGap
		c = f.to.item.column
		f.inX = s.left[c] - left[c] - laneGap - f.width/2
		left[c] += f.width + laneGap
	}
}
