package picture

import (
	"fmt"
	"strings"
)

// draw draws what was laid out: lines first, what runs backwards lowest, then
// boxes and words upon them.
func (s *sheet) draw(out *pen) {
	for _, backwards := range []bool{true, false} {
		for _, f := range s.flows {
			if f.backwards == backwards && (f.chain != nil || backwards) {
				s.line(out, f)
			}
		}
	}
	for _, b := range s.boxes {
		s.drawBox(out, b)
	}
	for _, f := range s.flows {
		s.drawLabel(out, f)
	}
}

// classes are what the style knows a flow by.
func (f *flow) classes() string {
	return f.class + " " + f.status.class()
}

func (s Status) class() string {
	if s == NoValue {
		return "no-value"
	}
	return strings.ReplaceAll(string(s), " ", "-")
}

// line draws a flow that runs through columns or in a lane.
func (s *sheet) line(out *pen, f *flow) {
	out.group("flow "+f.classes(), f.title)
	d, x, y := s.way(f)
	stroke(out, f.class, f.status, f.width, fmt.Sprintf("%sH%d", d, x-f.head()+1))
	half := max(6, f.width/2+4)
	out.path("head", "M%d %dL%d %dL%d %dZ", x-f.head(), y-half, x, y, x-f.head(), y+half)
	out.end()
}

// head is the length of a flow's arrow head.
func (f *flow) head() int { return min(18, 10+f.width/4) }

// stroke draws one path as a flow of its kind: a band as wide as the flow is
// large, and in it the line that tells the status.
func stroke(out *pen, class string, status Status, width int, d string) {
	out.thick("halo", width+6, d)
	if class == "residual" {
		out.thick("band", max(width, 5), d)
		out.thick("hollow", max(width, 5)-3, d)
		return
	}
	if width > 3 {
		out.thick("band", width, d)
	}
	out.path("core", "%s", d)
	if status == Reconciled {
		out.path("slit", "%s", d)
	}
}

// way returns a flow's path but for its last stretch, which is level, and
// where it ends.
func (s *sheet) way(f *flow) (d string, x, y int) {
	var b strings.Builder
	if f.backwards {
		x1, y1 := s.left[f.from.item.column]+s.wide[f.from.item.column], f.from.item.y+f.out
		x2, y2 := s.left[f.to.item.column], f.to.item.y+f.in
		r := f.width/2 + 8
		fmt.Fprintf(&b, "M%d %dH%dQ%d %d %d %dV%dQ%d %d %d %d", x1, y1, f.outX-r, f.outX, y1, f.outX, y1+r, f.lane-r, f.outX, f.lane, f.outX-r, f.lane)
		fmt.Fprintf(&b, "H%dQ%d %d %d %dV%dQ%d %d %d %d", f.inX+r, f.inX, f.lane, f.inX, f.lane-r, y2+r, f.inX, y2, f.inX+r, y2)
		return b.String(), x2, y2
	}
	for k, i := range f.chain {
		left, right := s.left[i.column], s.left[i.column]+s.wide[i.column]
		at := f.at(i)
		if k == 0 {
			x, y = right, at
			fmt.Fprintf(&b, "M%d %d", x, y)
			continue
		}
		end := left
		if k == len(f.chain)-1 {
			end -= f.head()
		}
		if at != y {
			middle := (x + end) / 2
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", middle, y, middle, at, end, at)
		}
		if k < len(f.chain)-1 {
			fmt.Fprintf(&b, "H%d", right)
		}
		x, y = right, at
	}
	return b.String(), s.left[f.chain[len(f.chain)-1].column], y
}

// drawLabel writes what a flow is called and carries, at its terminal or
// above its line.
func (s *sheet) drawLabel(out *pen, f *flow) {
	if f.chain == nil && !f.backwards {
		return // its box draws it
	}
	out.group("label "+f.classes(), f.title)
	defer out.end()
	if f.backwards {
		drawRows(out, s.left[f.to.item.column]+4, f.lane-(f.width+1)/2-4-height(f.rows), f.rows)
		return
	}
	for _, i := range f.chain {
		left, wide := s.left[i.column], s.wide[i.column]
		switch i.kind {
		case isSource:
			s.terminal(out, f, i, left+wide-s.terminalWide(i), s.terminalWide(i))
		case isSink:
			s.terminal(out, f, i, left, s.terminalWide(i))
		case isLabel:
			drawRows(out, left+4, i.y-f.width/2-4-height(f.rows), f.rows)
		}
	}
}

// terminalWide makes the terminals of one kind in a column equally wide.
func (s *sheet) terminalWide(i *item) int {
	most := 0
	for _, other := range s.columns[i.column] {
		if other.kind == i.kind {
			most = max(most, other.wide())
		}
	}
	return most
}

// terminal draws where a flow comes from the environment or goes there: a
// plate that points where the flow goes. That of a residual is no place, and
// has no plate.
func (s *sheet) terminal(out *pen, f *flow, i *item, x, wide int) {
	top, bottom := i.y-i.up, i.y+i.down
	if f.class != "residual" {
		out.path("terminal", "M%d %dH%dL%d %dL%d %dH%dZ", x, top, x+wide-tip, x+wide, i.y, x+wide-tip, bottom, x)
	}
	drawRows(out, x+10, i.y-height(f.rows)/2, f.rows)
}

// drawRows writes rows with their glyphs.
func drawRows(out *pen, x, top int, list []row) {
	for _, r := range list {
		at := x
		if r.glyph != "" {
			glyph(out, r.glyph, x, top+r.face.size-10)
			at += glyphRoom
		}
		out.text(r.face, at, top+r.face.size, r.text)
		top += r.face.line()
	}
}

// glyph draws a small sign, 11 px wide and high: a lump, a drop, bubbles, a warning.
func glyph(out *pen, name string, x, y int) {
	switch name {
	case "solid":
		out.path("glyph-solid", "M%d %dl6 -2l4 4l-1 6l-7 2l-3 -5z", x+1, y+2)
	case "liquid":
		out.path("glyph-liquid", "M%d %dc2 3 4 5 4 7a4 4 0 0 1 -8 0c0 -2 2 -4 4 -7z", x+5, y)
	case "gas":
		out.circle("glyph-gas", x+3, y+8, 2)
		out.circle("glyph-gas", x+8, y+7, 3)
		out.circle("glyph-gas", x+5, y+2, 2)
	case "suspect":
		out.path("glyph-suspect", "M%d %dl6 11h-12z", x+6, y-1)
		out.path("glyph-slit", "M%d %dv4m0 1v2", x+6, y+2)
	}
}

// drawBox draws a node with its stocks, and the energy that comes and goes.
func (s *sheet) drawBox(out *pen, b *box) {
	x, wide := s.left[b.item.column], s.wide[b.item.column]
	top := b.item.y - b.high/2
	for i, f := range b.above {
		b.energyAbove(out, f, x+energyStart+i*energyStep, top-6-stairs(b.above[i:])+2, top)
	}
	for i, f := range b.below {
		b.energyBelow(out, f, x+energyStart+(len(b.below)-1-i)*energyStep, top+b.high, top+b.high+stairs(b.below[:i+1]))
	}
	out.group("node", "")
	out.rect("box", x, top, wide, b.high, 4)
	content := height(b.rows)
	for _, v := range b.vessels {
		content += 10 + max(vesselHigh, height(v.rows))
	}
	y := b.item.y - content/2
	out.middle(x+wide/2, y, b.rows)
	y += height(b.rows)
	for _, v := range b.vessels {
		y += 10
		v.draw(out, x+(wide-widest(v.rows)-vesselRoom)/2, y)
		y += max(vesselHigh, height(v.rows))
	}
	out.end()
}

// energyAbove draws an energy flow that comes down to a box, its label at its start.
func (b *box) energyAbove(out *pen, f *flow, x, from, to int) {
	out.group("flow "+f.classes(), f.title)
	f.upright(out, x, from, to)
	drawRows(out, x+12, from, f.rows)
	out.end()
}

// energyBelow draws an energy flow that leaves a box, its label at its end.
func (b *box) energyBelow(out *pen, f *flow, x, from, to int) {
	out.group("flow "+f.classes(), f.title)
	f.upright(out, x, from, to)
	drawRows(out, x+12, to-height(f.rows)-2, f.rows)
	out.end()
}

func (f *flow) upright(out *pen, x, from, to int) {
	stroke(out, f.class, f.status, f.width, fmt.Sprintf("M%d %dV%d", x, from, to-9))
	out.path("head", "M%d %dL%d %dL%d %dZ", x-5, to-10, x, to-1, x+5, to-10)
}

// draw draws a tank, half full, and beside it what is known of it.
func (v vessel) draw(out *pen, x, y int) {
	out.group("stock "+v.status.class(), v.title)
	out.path("vessel", "M%d %dv22a11 5 0 0 0 22 0v-22z", x, y+5)
	out.path("level", "M%d %dv11a11 5 0 0 0 22 0v-11z", x, y+16)
	out.path("vessel", "M%d %da11 5 0 0 0 22 0a11 5 0 0 0 -22 0z", x, y+5)
	drawRows(out, x+vesselRoom-6, y+(max(vesselHigh, height(v.rows))-height(v.rows))/2, v.rows)
	out.end()
}
