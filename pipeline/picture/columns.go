package picture

import (
	"cmp"
	"slices"

	"github.com/nielu/nielu/pipeline/flowsheet"
)

// A sheet is a flowsheet on its way to a picture. Nodes stand in columns by
// how many others the material passes before them. Between two such columns,
// before the first and behind the last is a column for what is written:
// terminals, where a flow comes from the environment or goes there, and the
// labels of flows between nodes. A flow that passes a column has a place in
// it. So flows run level through columns and bend only in the gaps between
// them, where nothing is written; no line crosses a text.
//
// After Sugiyama, Tagawa and Toda 1981: layers, order, coordinates.
type sheet struct {
	plant   *flowsheet.Plant
	values  Values
	largest float64 // mass flow, of the thickest line
	depth   map[string]int
	recycle []bool
	boxes   []*box
	flows   []*flow
	columns [][]*item // even: writing, odd: nodes
	left    []int     // of each column, px
	wide    []int
	top     int // of all that stands in the columns
	bottom  int
	end     int // of the lanes below
}

type itemKind int

const (
	isBox itemKind = iota
	isSource
	isSink
	isLabel
	isWay // a flow only passes
)

// An item takes room in a column: up above its line and down below.
type item struct {
	kind     itemKind
	column   int
	box      *box
	flow     *flow
	links    []*item // to the items before and after it on a flow
	up, down int
	y        int
}

const (
	between = 14 // the least gap between two items of a column
	portGap = 8  // the least gap between two lines at a box
)

func newSheet(p *flowsheet.Plant, v Values) *sheet {
	s := &sheet{plant: p, values: v, largest: largestFlow(v)}
	s.depth, s.recycle = depths(p)
	deepest := 0
	for _, n := range p.Nodes {
		b := &box{node: n}
		deepest = max(deepest, s.depth[n.ID])
		s.boxes = append(s.boxes, b)
	}
	s.makeFlows()
	s.columns = make([][]*item, 2*deepest+3)
	for _, b := range s.boxes {
		b.item = s.place(&item{kind: isBox, box: b}, 2*s.depth[b.node.ID]+1)
	}
	for _, f := range s.flows {
		s.chain(f)
	}
	s.order()
	for _, b := range s.boxes {
		s.fill(b)
	}
	for _, column := range s.columns {
		for _, i := range column {
			i.measure()
		}
	}
	for _, b := range s.boxes {
		s.grow(b)
	}
	s.straighten()
	s.spread()
	return s
}

func (s *sheet) place(i *item, column int) *item {
	i.column = column
	s.columns[column] = append(s.columns[column], i)
	return i
}

// chain lays a flow through the columns.
func (s *sheet) chain(f *flow) {
	switch {
	case f.backwards, f.class == "energy" && (f.from == nil || f.to == nil):
		return
	case f.from == nil:
		f.chain = []*item{s.place(&item{kind: isSource, flow: f}, f.to.item.column-1), f.to.item}
	case f.to == nil:
		f.chain = []*item{f.from.item, s.place(&item{kind: isSink, flow: f}, f.from.item.column+1)}
	default:
		f.chain = []*item{f.from.item}
		for c := f.from.item.column + 1; c < f.to.item.column; c++ {
			kind := isWay
			if len(f.chain) == 1 {
				kind = isLabel
			}
			f.chain = append(f.chain, s.place(&item{kind: kind, flow: f}, c))
		}
		f.chain = append(f.chain, f.to.item)
	}
	for i := 1; i < len(f.chain); i++ {
		a, b := f.chain[i-1], f.chain[i]
		a.links, b.links = append(a.links, b), append(b.links, a)
	}
}

// order sorts the columns so that flows cross as little as a few sweeps can
// make them. What is as good either way stays in the order of the file.
func (s *sheet) order() {
	rank := map[*item]int{}
	note := func(column []*item) {
		for i, x := range column {
			rank[x] = 1000 * (2*i + 1 - len(column))
		}
	}
	for _, column := range s.columns {
		note(column)
	}
	fewest, best := s.crossings(rank), s.copied()
	for sweep := range 24 {
		for c := range s.columns {
			if sweep%2 == 1 {
				c = len(s.columns) - 1 - c
			}
			want := map[*item]int64{}
			for _, i := range s.columns[c] {
				sum := int64(rank[i])
				for _, other := range i.links {
					sum += int64(rank[other])
				}
				want[i] = round(sum, int64(len(i.links)+1))
				if len(i.links) > 0 {
					want[i] = round(sum-int64(rank[i]), int64(len(i.links)))
				}
			}
			slices.SortStableFunc(s.columns[c], func(a, b *item) int { return cmp.Compare(want[a], want[b]) })
			note(s.columns[c])
		}
		if n := s.crossings(rank); n < fewest {
			fewest, best = n, s.copied()
		}
	}
	s.columns = best
}

func (s *sheet) copied() [][]*item {
	out := make([][]*item, len(s.columns))
	for i, column := range s.columns {
		out[i] = slices.Clone(column)
	}
	return out
}

// crossings counts the pairs of links between neighbouring columns that cross.
func (s *sheet) crossings(rank map[*item]int) int {
	n := 0
	for c := 1; c < len(s.columns); c++ {
		var links [][2]int
		for _, i := range s.columns[c] {
			for _, other := range i.links {
				if other.column == c-1 {
					links = append(links, [2]int{rank[other], rank[i]})
				}
			}
		}
		for i, a := range links {
			for _, b := range links[:i] {
				if (a[0]-b[0])*(a[1]-b[1]) < 0 {
					n++
				}
			}
		}
	}
	return n
}

// fill writes a box: name, description, balance, stocks.
func (s *sheet) fill(b *box) {
	b.rows = rows(nodeFace, boxRoom, 2, words(b.node.ID))
	if about := b.node.About; about != words(b.node.ID) {
		b.rows = append(b.rows, rows(noteFace, boxRoom, 3, about)...)
	}
	b.rows = append(b.rows, rows(noteFace, boxRoom, 2, s.values.Nodes[b.node.ID]...)...)
	for _, stock := range s.plant.Stocks {
		if stock.Node == b.node.ID {
			b.vessels = append(b.vessels, s.vessel(stock))
		}
	}
	b.wide = max(132, widest(b.rows)+28)
	b.high = 20 + height(b.rows)
	for _, v := range b.vessels {
		b.wide = max(b.wide, widest(v.rows)+vesselRoom+28)
		b.high += 10 + max(vesselHigh, height(v.rows))
	}
	for _, list := range [][]*flow{b.above, b.below} {
		for i, f := range list {
			b.wide = max(b.wide, energyStart+i*energyStep+12+widest(f.rows)+10)
		}
	}
}

// Energy flows stand on a box side by side, and each begins or ends one
// label further from it than the one before.
const (
	energyStart = 22 // of the first, from the box's left
	energyStep  = 26
	energyFoot  = 14 // the length of the shortest, beyond its label
	vesselRoom  = 38
	vesselHigh  = 34
)

func (s *sheet) vessel(stock flowsheet.Stock) vessel {
	value, bare := s.values.Stocks[stock.ID], []string(nil)
	if s.values.Stocks == nil {
		if stock.Mass != nil {
			bare = meters(s.plant, stock.Mass, nil)
			value.Status = bareStatus(stock.Mass)
		} else {
			bare = meters(s.plant, stock.Level, nil)
			bare[0] = "level: " + bare[0]
			value.Status = bareStatus(stock.Level)
		}
	}
	f := &flow{}
	f.rows = label(stock.ID, "", value, bare, boxRoom-vesselRoom)
	title := words(stock.ID) + ": stock of " + words(stock.Of)
	for _, r := range f.rows[1:] {
		title += "; " + r.text
	}
	return vessel{rows: f.rows, title: title, status: value.Status}
}

// measure says how much room an item takes above and below its line.
func (i *item) measure() {
	switch i.kind {
	case isBox:
		b := i.box
		i.up, i.down = b.high/2+stairs(b.above)+6, b.high-b.high/2+stairs(b.below)+6
	case isSource, isSink:
		high := max(height(i.flow.rows)+12, i.flow.width+10)
		i.up, i.down = high/2, high-high/2
	case isLabel:
		i.up, i.down = height(i.flow.rows)+i.flow.width/2+4, i.flow.width/2+3
	case isWay:
		i.up, i.down = i.flow.width/2+4, i.flow.width/2+4
	}
}

// stairs is how high the labels of energy flows are, one upon the other.
func stairs(list []*flow) int {
	sum := 0
	for _, f := range list {
		sum += height(f.rows) + 8
	}
	if sum > 0 {
		sum += energyFoot
	}
	return sum
}

// next is the item that stands beside the box at a flow's end.
func (b *box) next(f *flow) *item {
	switch {
	case f.backwards:
		return nil
	case f.from == b:
		return f.chain[1]
	}
	return f.chain[len(f.chain)-2]
}

// grow makes a box so high that what enters and leaves it can run level.
func (s *sheet) grow(b *box) {
	for _, list := range [][]*flow{b.ins, b.outs} {
		s.sortPorts(b, list)
		if len(list) == 0 {
			continue
		}
		need := list[0].width/2 + list[len(list)-1].width/2 + 32
		for i, d := range b.apart(list, false) {
			need += max(d, s.level(b, list[i], list[i+1]))
		}
		b.high = max(b.high, need)
	}
	b.item.measure()
}

// sortPorts puts the flows on one side of a box in the order in which they
// stand beside it, those that run backwards last.
func (s *sheet) sortPorts(b *box, list []*flow) {
	at := func(f *flow) int {
		next := b.next(f)
		if next == nil { // the longest way has the lowest lane, and turns farthest out
			return 1e6 - 1000*(f.from.item.column-f.to.item.column) - slices.Index(s.flows, f)
		}
		return slices.Index(s.columns[next.column], next)
	}
	slices.SortStableFunc(list, func(x, y *flow) int { return cmp.Compare(at(x), at(y)) })
}

// level is how far apart two flows leave or enter a box if they do so at the
// height of what stands beside it; within reason, for the box must be that high.
func (s *sheet) level(b *box, x, y *flow) int {
	first, last := b.next(x), b.next(y)
	if first == nil || last == nil || first.column != last.column {
		return 0
	}
	column, d := s.columns[first.column], 0
	for i := slices.Index(column, first); i < slices.Index(column, last); i++ {
		d += column[i].down + between + column[i+1].up
	}
	return min(d, 180)
}

// apart says how far the flows on one side of a box are from each other:
// at least, or so that they meet what stands beside the box level.
func (b *box) apart(list []*flow, level bool) []int {
	var out []int
	for i := 1; i < len(list); i++ {
		d := max((list[i-1].width+list[i].width+1)/2+portGap, 16)
		if x, y := b.next(list[i-1]), b.next(list[i]); level && x != nil && y != nil {
			d = max(d, x.down+between+y.up)
		}
		out = append(out, d)
	}
	return out
}

// ports places the flows on both sides of a box: level with what stands
// beside it or, as long as terminals may still move, those evenly.
func (b *box) ports(final bool) {
	for _, list := range [][]*flow{b.ins, b.outs} {
		if len(list) == 0 {
			continue
		}
		even, want, weight := b.even(list), make([]int, len(list)), make([]int, len(list))
		for i, f := range list {
			want[i], weight[i] = b.high, 1
			if next := b.next(f); next != nil {
				want[i] = next.y - b.item.y
				if terminal := next.kind == isSource || next.kind == isSink; terminal && !final {
					want[i] = even[i]
				}
			}
		}
		apart := b.apart(list, false)
		for i, at := range b.within(list, apart, settle(want, weight, apart)) {
			if list[i].to == b {
				list[i].in = at
			} else {
				list[i].out = at
			}
		}
	}
}

// even spreads the flows on one side of a box around its middle.
func (b *box) even(list []*flow) []int {
	at := make([]int, len(list))
	for i, d := range b.apart(list, true) {
		at[i+1] = at[i] + d
	}
	middle := at[len(at)-1] / 2
	for i := range at {
		at[i] -= middle
	}
	return at
}

// within keeps places on the side of a box.
func (b *box) within(list []*flow, apart, at []int) []int {
	low := -b.high/2 + list[0].width/2 + 10
	for i := range at {
		if i > 0 {
			low += apart[i-1]
		}
		at[i] = max(at[i], low)
	}
	high := b.high/2 - list[len(list)-1].width/2 - 10
	for i := len(at) - 1; i >= 0; i-- {
		at[i] = min(at[i], high)
		if i > 0 {
			high -= apart[i-1]
		}
	}
	return at
}

// straighten gives every item its height: near to what it is linked with.
func (s *sheet) straighten() {
	for _, column := range s.columns {
		y := 0
		for _, i := range column {
			i.y = y + i.up
			y += i.up + i.down + between
		}
		for _, i := range column {
			i.y -= y / 2
		}
	}
	for sweep := range 48 {
		for c := range s.columns {
			if sweep%2 == 1 {
				c = len(s.columns) - 1 - c
			}
			s.align(s.columns[c])
		}
	}
	s.snap()
	s.top, s.bottom = 0, 0
	for _, column := range s.columns {
		for _, i := range column {
			s.top, s.bottom = min(s.top, i.y-i.up), max(s.bottom, i.y+i.down)
		}
	}
}

// snap takes out of flows what is too little to be a bend.
func (s *sheet) snap() {
	const little = 5
	small := func(d int) bool { return -little <= d && d <= little }
	for _, f := range s.flows {
		for k := 1; k < len(f.chain); k++ {
			if a, b := f.chain[k-1], f.chain[k]; a.kind != isBox && b.kind != isBox && small(a.y-b.y) {
				b.y = a.y
			}
		}
	}
	for _, b := range s.boxes {
		b.ports(true)
		for _, f := range b.outs {
			if next := b.next(f); next != nil && small(next.y-b.item.y-f.out) {
				f.out = next.y - b.item.y
			}
		}
		for _, f := range b.ins {
			if next := b.next(f); next != nil && small(next.y-b.item.y-f.in) {
				f.in = next.y - b.item.y
			}
		}
	}
}

// align moves the items of one column to where their flows want them.
func (s *sheet) align(column []*item) {
	if len(column) == 0 {
		return
	}
	for _, i := range column {
		if i.box != nil {
			i.box.ports(false)
		}
		for _, other := range i.links {
			if other.box != nil {
				other.box.ports(false)
			}
		}
	}
	want, weight, apart := make([]int, len(column)), make([]int, len(column)), []int{}
	for k, i := range column {
		want[k], weight[k] = i.want(), max(1, len(i.links))
		if k > 0 {
			gap := between
			if i.kind == isBox && column[k-1].kind == isBox {
				gap = 2 * between
			}
			apart = append(apart, column[k-1].down+gap+i.up)
		}
	}
	for k, y := range settle(want, weight, apart) {
		column[k].y = y
	}
}

// want is the mean of the heights that would make an item's flows level.
func (i *item) want() int {
	if len(i.links) == 0 {
		return i.y
	}
	if i.kind == isBox {
		return i.box.want()
	}
	sum := 0
	for _, other := range i.links {
		sum += i.flow.at(other)
	}
	return int(round(int64(sum), int64(len(i.links))))
}

// want is the same of a box. Flows between nodes count for more than
// terminals, which can follow.
func (b *box) want() int {
	sum, weights := int64(0), int64(0)
	for side, list := range [][]*flow{b.ins, b.outs} {
		for _, f := range list {
			next, at := b.next(f), f.in
			if side == 1 {
				at = f.out
			}
			if next == nil {
				continue
			}
			weight := int64(16)
			if next.kind == isSource || next.kind == isSink {
				weight = 1
			}
			sum, weights = sum+weight*int64(next.y-at), weights+weight
		}
	}
	if weights == 0 {
		return b.item.y
	}
	return int(round(sum, weights))
}
