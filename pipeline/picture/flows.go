package picture

import (
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/pipeline/flowsheet"
)

// A flow is what is drawn as an arrow: a stream, an energy flow, a residual.
type flow struct {
	name, title string // title: all that is known of it, in words
	rows        []row  // its label
	class       string // solid, liquid, gas, energy or residual
	status      Status
	width       int // px
	from, to    *box
	backwards   bool    // it runs in a lane below the columns
	chain       []*item // otherwise: what it passes, a column each, its ends included
	out, in     int     // where it leaves and enters its boxes, from their middle
	lane        int     // the lane's height
	outX, inX   int     // where a lane leaves and reaches its gap
}

// A box is a node as it is drawn.
type box struct {
	item         *item
	node         flowsheet.Node
	rows         []row
	vessels      []vessel
	ins, outs    []*flow // on its left and right, from the top down
	above, below []*flow // energy from and to the environment
	wide, high   int
}

// A vessel is a stock on its node.
type vessel struct {
	rows   []row
	title  string
	status Status
}

const (
	terminalRoom = 204 // the most that a line of text takes, px
	streamRoom   = 176
	boxRoom      = 176
	thickest     = 36 // of a line
	thinnest     = 2
)

// label makes the text of a flow: its name, then its value or, where there
// are no values, what measures it.
func label(name, glyph string, v Value, bare []string, room int) []row {
	list := rows(nameFace, room-16, 2, words(name))
	if len(list) == 0 { // a name of spaces alone
		list = []row{{face: nameFace}}
	}
	list[0].glyph = glyph
	if bare != nil {
		list = append(list, rows(noteFace, room, 2, bare...)...)
		return list[:min(len(list), 9)]
	}
	for i, text := range v.Lines {
		face := noteFace
		if i == 0 {
			face = valueFace
		}
		list = append(list, rows(face, room, 2, text)...)
	}
	switch v.Status {
	case NoValue:
		list = append(list, row{face: noteFace, text: "no value"})
	case Estimated, ByDifference:
		list = append(list, row{face: noteFace, text: string(v.Status)})
	case Suspect:
		list = append(list, row{face: noteFace, text: string(v.Status), glyph: "suspect"})
	}
	return list
}

// makeFlows makes the arrows of a plant.
func (s *sheet) makeFlows() {
	p, v := s.plant, s.values
	for i := range p.Streams {
		st := &p.Streams[i]
		f := &flow{name: st.ID, class: string(st.Phase), from: s.box(st.From), to: s.box(st.To), backwards: s.recycle[i]}
		room := terminalRoom
		if f.from != nil && f.to != nil {
			room = streamRoom
		}
		value, bare := v.Streams[st.ID], []string(nil)
		if v.Streams == nil {
			amount := st.Mass
			if amount == nil {
				amount = st.Volume
			}
			bare = append(meters(p, amount, st.Also), qualities(p, st)...)
			value.Status = bareStatus(amount)
		}
		f.finish(s, value, st.ID, st.About, string(st.Phase), bare, room)
		s.add(f)
	}
	for i := range p.Energy {
		e := &p.Energy[i]
		f := &flow{name: e.ID, class: "energy", from: s.box(e.From), to: s.box(e.To)}
		value, bare := v.Energy[e.ID], []string(nil)
		if v.Energy == nil {
			bare = meters(p, e.Power, nil)
			value.Status = bareStatus(e.Power)
		}
		value.Width = 0
		f.backwards = f.from != nil && f.to != nil && s.depth[e.To] <= s.depth[e.From]
		f.finish(s, value, e.ID, e.About, "", bare, terminalRoom)
		s.add(f)
	}
	for _, r := range v.Residuals {
		b := s.box(r.Node)
		if b == nil {
			continue
		}
		f := &flow{name: "residual of " + r.Node, class: "residual", status: Measured, from: b}
		if r.Width < 0 {
			f.from, f.to = nil, b
		}
		f.width = s.thickness(r.Width)
		f.rows = append(rows(nameFace, terminalRoom, 1, "residual"), rows(valueFace, terminalRoom, 2, r.Lines...)...)
		f.title = strings.Join(append([]string{f.name + ": what its balance does not explain"}, r.Lines...), ", ")
		s.add(f)
	}
}

// bareStatus is that of a flow in a picture without values.
func bareStatus(v *flowsheet.Value) Status {
	if v == nil || v.Constant != nil {
		return Estimated
	}
	return Measured
}

// finish gives a flow its width and its words.
func (f *flow) finish(s *sheet, v Value, id, about, glyph string, bare []string, room int) {
	f.status = v.Status
	f.width = s.thickness(v.Width)
	if v.Status == NoValue {
		f.width = thinnest
	}
	f.rows = label(id, glyph, v, bare, room)
	told := slices.Concat(v.Lines, bare)
	if bare == nil {
		status := string(v.Status)
		if v.Status == NoValue {
			status = "no value"
		}
		told = append(told, status)
	}
	if about != "" && about != words(id) {
		about = ": " + about
	}
	end := func(b *box) string {
		if b == nil {
			return flowsheet.Environment
		}
		return words(b.node.ID)
	}
	f.title = words(id) + about + ", from " + end(f.from) + " to " + end(f.to) + ": " + strings.Join(told, "; ")
}

// thickness is the width of a line for a mass flow: in proportion to the
// largest, and never so thin that it is lost.
func (s *sheet) thickness(mass float64) int {
	mass = math.Abs(mass)
	if !(s.largest > 0) || !(mass > 0) || math.IsInf(mass, 0) {
		return thinnest
	}
	return max(thinnest, int(math.Round(float64(thickest*mass)/s.largest)))
}

// largestFlow is what the thickest line stands for.
func largestFlow(v Values) float64 {
	most := 0.0
	for _, value := range v.Streams {
		if w := math.Abs(value.Width); w > most && !math.IsInf(w, 0) && value.Status != NoValue {
			most = w
		}
	}
	return most
}

func (s *sheet) box(id string) *box {
	for _, b := range s.boxes {
		if b.node.ID == id {
			return b
		}
	}
	return nil
}

// add gives a flow to the boxes at its ends. One that touches no box is not
// of this plant.
func (s *sheet) add(f *flow) {
	switch {
	case f.from == nil && f.to == nil:
		return
	case f.class == "energy" && f.from == nil:
		f.to.above = append(f.to.above, f)
	case f.class == "energy" && f.to == nil:
		f.from.below = append(f.from.below, f)
	default:
		if f.from != nil {
			f.from.outs = append(f.from.outs, f)
		}
		if f.to != nil {
			f.to.ins = append(f.to.ins, f)
		}
	}
	s.flows = append(s.flows, f)
}
