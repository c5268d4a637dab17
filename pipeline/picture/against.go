package picture

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Scatter is what [PlotAgainst] draws: numbers against another number, as an
// error against the load.
type Scatter struct {
	Title  string
	About  string // under the title
	X      string // what lies across, as in "feedwater"
	XUnit  string // as in "kg/h"; "" for pure numbers
	Unit   string // of what goes up
	Clouds []Cloud
	Levels []Level
	Wide   int // px; 0 for 760
	High   int // px of the panel alone; 0 for 240
}

// Cloud is points of one kind.
type Cloud struct {
	Name   string
	Points []XY
	Joined bool // a line in the order of the points, not dots
}

// XY is one point; one that has not two numbers is left out.
type XY struct{ X, Y float64 }

// PlotAgainst draws numbers against another number. What is no number is left
// out, and nothing is drawn beyond the panel.
func PlotAgainst(s Scatter) []byte {
	p := &panel{Chart: Chart{Title: s.Title, About: s.About, Unit: s.Unit, Wide: s.Wide, High: s.High}}
	s.Levels = slices.DeleteFunc(slices.Clone(s.Levels), func(l Level) bool { return !number(l.Value) })
	s.Clouds, p.Levels = slices.Clone(s.Clouds), s.Levels
	left, right, low, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i, c := range s.Clouds {
		s.Clouds[i].Points = slices.DeleteFunc(slices.Clone(c.Points), func(x XY) bool { return !number(x.X) || !number(x.Y) })
		for _, x := range s.Clouds[i].Points {
			left, right, low, high = min(left, x.X), max(right, x.X), min(low, x.Y), max(high, x.Y)
		}
		p.legend = append(p.legend, p.sample(i, Series{Name: c.Name, Dots: !c.Joined}))
	}
	for _, l := range p.Levels {
		low, high = min(low, l.Value), max(high, l.Value)
	}
	p.least, p.most, p.ticks = scale(low, high, 6)
	p.layout()
	from, to, ticks := scale(left, right, max(2, (p.right-p.left)/90))
	across := func(x float64) int {
		return 10*p.left + int(math.Round(float64((x-from)/(to-from)*float64(10*(p.right-p.left)))))
	}
	var out pen
	out.open(p.wide, p.high, "plot", s.Title, s.about(), sheetStyle("plot", plotLook, plotShape))
	out.rows(margin, 18, p.head)
	p.drawScale(&out)
	for _, t := range ticks {
		out.path("grid", "M%s %dV%d", tenths(across(t.value)), p.top, p.bottom+4)
		out.middle(across(t.value)/10, p.bottom+5, []row{{face: noteFace, text: t.text}})
	}
	label := strings.TrimSpace(s.X + ", " + unit(s.XUnit))
	if s.XUnit == "" {
		label = s.X
	}
	out.text(noteFace, p.right-noteFace.width(label), p.bottom+5+noteFace.line()+noteFace.size, label)
	p.drawFrame(&out)
	for i, c := range s.Clouds {
		out.group(fmt.Sprintf("series s%d", i%kinds), c.Name)
		var b strings.Builder
		for k, x := range c.Points {
			if c.Joined {
				fmt.Fprintf(&b, "%c%s %s", "ML"[min(k, 1)], tenths(across(x.X)), tenths(p.y(x.Y)))
				continue
			}
			dot(&out, i, across(x.X), p.y(x.Y))
		}
		if b.Len() > 0 {
			out.path("line", "%s", b.String())
		}
		out.end()
	}
	p.drawLevels(&out)
	p.legend.draw(&out, p.legendAt, margin, p.bottom+46)
	return out.close()
}

// about says in words what the plot shows.
func (s *Scatter) about() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s Across: %s, %s. ", s.About, s.X, unit(s.XUnit))
	for _, c := range s.Clouds {
		if len(c.Points) == 0 {
			fmt.Fprintf(&b, "%s: no values. ", c.Name)
			continue
		}
		first, last, low, high := c.Points[0], c.Points[0], c.Points[0].Y, c.Points[0].Y
		for _, x := range c.Points {
			if x.X < first.X {
				first = x
			}
			if x.X > last.X {
				last = x
			}
			low, high = min(low, x.Y), max(high, x.Y)
		}
		fmt.Fprintf(&b, "%s: %d values from %s to %s %s; %s at %s, %s at %s. ", c.Name, len(c.Points), short(low), short(high), unit(s.Unit), short(first.Y), short(first.X), short(last.Y), short(last.X))
	}
	for _, l := range s.Levels {
		fmt.Fprintf(&b, "%s: %s. ", l.Text, short(l.Value))
	}
	return b.String()
}
