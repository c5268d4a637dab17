package picture

import (
	"slices"
	"strconv"
)

// A legend explains what its picture uses and nothing else.
type legend []entry

// An entry is a sample, and what it stands for.
type entry struct {
	text  string
	wide  int // of the sample
	draws func(out *pen, x, y int)
}

const (
	sampleWide = 44
	legendLine = 24
)

// legend collects what the sheet shows.
func (s *sheet) legend() legend {
	var l legend
	uses := func(class string) bool {
		return slices.ContainsFunc(s.flows, func(f *flow) bool { return f.class == class })
	}
	for _, class := range []string{"solid", "liquid", "gas"} {
		if uses(class) {
			line := sample(class, class, Measured, 2)
			l = append(l, entry{text: class, wide: glyphRoom + line.wide, draws: func(out *pen, x, y int) {
				glyph(out, class, x, y-5)
				line.draws(out, x+glyphRoom, y)
			}})
		}
	}
	if uses("energy") {
		l = append(l, sample("heat, power", "energy", Measured, 2))
	}
	said := map[Status]string{Measured: "measured", Reconciled: "reconciled: measured and adjusted, value ± standard uncertainty",
		Estimated: "estimated: not measured, implied or stated", ByDifference: "by difference: what is left of one balance, proves nothing",
		NoValue: "no value: neither measured nor implied", Suspect: "suspect: does not fit the others"}
	if s.values.Streams == nil {
		said[Estimated] = "not measured, or stated"
	}
	for _, status := range []Status{Measured, Reconciled, Estimated, ByDifference, NoValue, Suspect} {
		if slices.ContainsFunc(s.flows, func(f *flow) bool { return f.status == status && f.class != "residual" }) {
			l = append(l, sample(said[status], "any", status, 2))
		}
	}
	if uses("residual") {
		l = append(l, sample("residual: what a balance does not explain", "residual", Measured, 8))
	}
	if slices.ContainsFunc(s.boxes, func(b *box) bool { return len(b.vessels) > 0 }) {
		l = append(l, entry{text: "stock", wide: 26, draws: func(out *pen, x, y int) {
			out.path("vessel", "M%d %dv10a8 3 0 0 0 16 0v-10z", x+2, y-5)
			out.path("vessel", "M%d %da8 3 0 0 0 16 0a8 3 0 0 0 -16 0z", x+2, y-5)
		}})
	}
	if s.largest > 0 {
		l = append(l, s.scale())
	}
	return l
}

// sample shows a kind of line.
func sample(text, class string, status Status, width int) entry {
	return entry{text: text, wide: sampleWide + 6, draws: func(out *pen, x, y int) {
		f := flow{class: class, status: status, width: width}
		out.group("flow "+f.classes(), "")
		d := "M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "H" + strconv.Itoa(x+sampleWide-9)
		stroke(out, class, status, width, d)
		half := max(6, width/2+3)
		out.path("head", "M%d %dL%d %dL%d %dZ", x+sampleWide-10, y-half, x+sampleWide, y, x+sampleWide-10, y+half)
		out.end()
	}}
}

// scale shows how wide a round mass flow is drawn: the largest of 1, 2 or 5
// times a power of ten that is no wider than half of the thickest line.
func (s *sheet) scale() entry {
	round := roundBelow(s.largest / 2)
	width := s.thickness(round)
	text := "width: " + strconv.FormatFloat(round, 'g', 6, 64) + " " + unit(s.values.Unit)
	return entry{text: text, wide: sampleWide + 6, draws: func(out *pen, x, y int) {
		out.group("flow any", "")
		out.thick("band", width, "M"+strconv.Itoa(x)+" "+strconv.Itoa(y)+"H"+strconv.Itoa(x+sampleWide))
		out.end()
	}}
}

// roundBelow returns the largest of 1, 2 and 5 times a power of ten that is
// not above x.
func roundBelow(x float64) float64 {
	e := 0
	for power(e) <= x/10 {
		e++
	}
	for power(e) > x && e > -300 {
		e--
	}
	for _, m := range []float64{5, 2} {
		if float64(m*power(e)) <= x {
			return float64(m * power(e))
		}
	}
	return power(e)
}

// power returns 10^e, correctly rounded.
func power(e int) float64 {
	x, _ := strconv.ParseFloat("1e"+strconv.Itoa(e), 64)
	return x
}

// place puts the entries into lines no wider than wide, and returns for each
// its place, and how high all are.
func (l legend) place(wide int) (at [][2]int, high int) {
	x, y := 0, 0
	for _, e := range l {
		w := e.wide + noteFace.width(e.text)
		if x > 0 && x+w > wide {
			x, y = 0, y+legendLine
		}
		at = append(at, [2]int{x, y})
		x += w + 22
	}
	return at, y + legendLine
}

func (l legend) draw(out *pen, at [][2]int, x, y int) {
	out.group("legend", "")
	for i, e := range l {
		cx, cy := x+at[i][0], y+at[i][1]+legendLine/2
		e.draws(out, cx, cy)
		out.text(noteFace, cx+e.wide, cy+4, e.text)
	}
	out.end()
}
