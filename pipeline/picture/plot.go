package picture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Chart is what [Plot] draws: numbers over time, in one panel.
type Chart struct {
	Title  string
	About  string    // under the title
	Unit   string    // of all numbers, as in "kg/h"; "" for pure numbers
	From   time.Time // of the panel; zero: where the data begin
	To     time.Time // zero: where the data end
	Series []Series
	Levels []Level
	Marks  []Mark
	Wide   int // px; 0 for 760
	High   int // px of the panel alone; 0 for 240
}

// Series is one quantity over time, in order of time.
type Series struct {
	Name   string
	Points []Point
	Dots   bool          // draw points, not a line through them
	Gap    time.Duration // points further apart are not joined; 0: only NaN breaks a line
}

// Point is one number at one time. A Value that is not a number leaves a gap.
type Point struct {
	At    time.Time
	Value float64
	U     float64 // the band is Value ± U; 0 for none
}

// Level is a number that stays: a limit, the value that would be right.
type Level struct {
	Value float64
	Text  string
}

// Mark is an instant at which something happened.
type Mark struct {
	At   time.Time
	Text string
}

// Plot draws numbers over time. Times are written in UTC. Where a series has
// no number its line has a hole, and nothing is drawn beyond the panel.
func Plot(c Chart) []byte {
	p := newPanel(c)
	var out pen
	out.open(p.wide, p.high, "plot", c.Title, p.about(), sheetStyle("plot", plotLook, plotShape))
	out.rows(margin, 18, p.head)
	p.drawScale(&out)
	p.drawTimes(&out)
	p.drawFrame(&out)
	p.drawMarks(&out)
	for i, s := range c.Series {
		p.drawBand(&out, i, s)
	}
	for i, s := range c.Series {
		p.drawSeries(&out, i, s)
	}
	p.drawLevels(&out)
	p.legend.draw(&out, p.legendAt, margin, p.bottom+46)
	return out.close()
}

// A panel is the frame of a plot: what is where.
type panel struct {
	Chart
	head                     []row
	from, to                 int64 // Unix nanoseconds
	least, most              float64
	ticks                    []tick
	left, right, top, bottom int // px
	wide, high               int
	rowOf                    []int // of each mark's text, from the top
	legend                   legend
	legendAt                 [][2]int
}

const markLine = 17

func newPanel(c Chart) *panel {
	p := &panel{Chart: c}
	p.Levels = slices.DeleteFunc(slices.Clone(c.Levels), func(l Level) bool { return !number(l.Value) })
	p.span()
	for i, s := range c.Series {
		p.legend = append(p.legend, p.sample(i, s))
	}
	p.layout()
	return p
}

// layout gives everything its place, once the axes and the legend are known.
func (p *panel) layout() {
	if p.wide = p.Wide; p.wide == 0 {
		p.wide = 760
	}
	p.head = append(rows(titleFace, p.wide-2*margin, 2, p.Title), rows(noteFace, p.wide-2*margin, 3, p.About)...)
	labels := 0
	for _, t := range p.ticks {
		labels = max(labels, noteFace.width(t.text))
	}
	p.left, p.right = margin+max(labels, 16)+10, p.wide-margin
	for _, l := range p.Levels {
		p.right = min(p.right, p.wide-margin-8-min(noteFace.width(l.Text), p.wide/4))
	}
	p.placeMarks()
	p.top = 18 + height(p.head) + 12 + noteFace.line() + 6
	for _, r := range p.rowOf {
		p.top = max(p.top, 18+height(p.head)+12+noteFace.line()+(r+1)*markLine+4)
	}
	high := p.High
	if high == 0 {
		high = 240
	}
	p.bottom = p.top + high
	legendHigh := 0
	if len(p.legend) > 0 {
		p.legendAt, legendHigh = p.legend.place(p.wide - 2*margin)
	}
	p.high = p.bottom + 46 + legendHigh + 14
}

// span finds what the axes must hold.
func (p *panel) span() {
	p.from, p.to = math.MaxInt64, math.MinInt64
	low, high := math.Inf(1), math.Inf(-1)
	stretch := func(v float64) {
		if number(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	for _, s := range p.Series {
		for _, x := range s.Points {
			at := x.At.UnixNano()
			p.from, p.to = min(p.from, at), max(p.to, at)
			if p.within(x.At) {
				stretch(x.Value)
				if number(x.U) {
					stretch(x.Value - x.U)
					stretch(x.Value + x.U)
				}
			}
		}
	}
	for _, l := range p.Levels {
		stretch(l.Value)
	}
	if !p.From.IsZero() {
		p.from = p.From.UnixNano()
	}
	if !p.To.IsZero() {
		p.to = p.To.UnixNano()
	}
	if p.from >= p.to { // no data, or one instant
		if p.from == math.MaxInt64 {
			p.from = 0
		}
		p.from, p.to = p.from-int64(30*time.Minute), p.from+int64(30*time.Minute)
	}
	p.least, p.most, p.ticks = scale(low, high, 6)
}

func number(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// within tells whether an instant is in the panel, as far as the chart says.
func (p *panel) within(at time.Time) bool {
	return (p.From.IsZero() || !at.Before(p.From)) && (p.To.IsZero() || !at.After(p.To))
}

// x and y place a time and a number, in tenths of a px. Explicit conversions
// keep each product from being fused with a sum.
func (p *panel) x(at time.Time) int {
	share := float64(at.UnixNano()-p.from) / float64(p.to-p.from)
	return 10*p.left + int(math.Round(float64(share*float64(10*(p.right-p.left)))))
}

func (p *panel) y(v float64) int {
	share := (v - p.least) / (p.most - p.least)
	share = max(-1, min(2, share))
	return 10*p.bottom - int(math.Round(float64(share*float64(10*(p.bottom-p.top)))))
}

// tenths writes tenths of a px.
func tenths(n int) string {
	if n%10 == 0 {
		return strconv.Itoa(n / 10)
	}
	return strconv.FormatFloat(float64(n)/10, 'f', 1, 64)
}

// drawScale draws the panel, its ticks, and what they stand for.
func (p *panel) drawScale(out *pen) {
	out.rect("panel", p.left, p.top, p.right-p.left, p.bottom-p.top, 0)
	for _, t := range p.ticks {
		y := p.y(t.value)
		out.path("grid", "M%d %sH%d", p.left, tenths(y), p.right)
		out.text(noteFace, p.left-8-noteFace.width(t.text), y/10+4, t.text)
	}
	if p.Unit != "" {
		out.text(noteFace, margin, 18+height(p.head)+12+noteFace.size, unit(p.Unit))
	}
}

// drawFrame draws the two axes, above the ticks.
func (p *panel) drawFrame(out *pen) {
	out.path("axis", "M%d %dV%dH%d", p.left, p.top, p.bottom, p.right)
}

// drawTimes writes the time axis: times, under them days, and at the end
// whose time it is.
func (p *panel) drawTimes(out *pen) {
	const zone = "UTC"
	end, under := p.right-noteFace.width(zone), p.bottom+5+noteFace.line()
	out.text(noteFace, end, under+noteFace.size, zone)
	until := 0
	for _, t := range timeTicks(p.from, p.to, max(2, (p.right-p.left)/90)) {
		x := p.x(t.at) / 10
		out.path("grid", "M%d %dV%d", x, p.top, p.bottom+4)
		out.middle(x, p.bottom+5, []row{{face: noteFace, text: t.text}})
		if half := noteFace.width(t.day)/2 + 4; t.day != "" && x-half >= until && x+half < end {
			out.middle(x, under, []row{{face: noteFace, text: t.day}})
			until = x + half
		}
	}
}

// placeMarks gives the text of each mark a row in which it is alone.
func (p *panel) placeMarks() {
	p.Marks = slices.DeleteFunc(slices.Clone(p.Marks), func(m Mark) bool { return m.At.UnixNano() < p.from || m.At.UnixNano() > p.to })
	slices.SortStableFunc(p.Marks, func(a, b Mark) int { return a.At.Compare(b.At) })
	var ends []int
	for _, m := range p.Marks {
		x := p.markText(m)
		r := slices.IndexFunc(ends, func(end int) bool { return end < x })
		if r < 0 {
			r = len(ends)
			ends = append(ends, 0)
		}
		ends[r] = x + noteFace.width(m.Text) + 12
		p.rowOf = append(p.rowOf, r)
	}
}

// markText is where a mark's text begins: at its line, or before it where it
// would leave the picture.
func (p *panel) markText(m Mark) int {
	return max(margin, min(p.x(m.At)/10+4, p.wide-margin-noteFace.width(m.Text)))
}

func (p *panel) drawMarks(out *pen) {
	lowest := 0
	for _, r := range p.rowOf {
		lowest = max(lowest, r)
	}
	for i, m := range p.Marks {
		top := p.top - 4 - (lowest-p.rowOf[i]+1)*markLine
		out.path("mark", "M%s %dV%d", tenths(p.x(m.At)), top+3, p.bottom)
		out.text(noteFace, p.markText(m), top+noteFace.size, m.Text)
	}
}

// drawLevels draws the horizontal lines, their texts beside the panel and
// apart from each other.
func (p *panel) drawLevels(out *pen) {
	levels := slices.Clone(p.Levels)
	slices.SortStableFunc(levels, func(a, b Level) int { return p.y(a.Value) - p.y(b.Value) })
	var texts [][]row
	var want, weight, apart []int
	for i, l := range levels {
		texts = append(texts, rows(noteFace, p.wide-margin-p.right-8, 3, l.Text))
		want, weight = append(want, p.y(l.Value)/10-height(texts[i])/2), append(weight, 1)
		if i > 0 {
			apart = append(apart, height(texts[i-1])+2)
		}
	}
	at := settle(want, weight, apart)
	for i, l := range levels {
		out.path("level-line", "M%d %sH%d", p.left, tenths(p.y(l.Value)), p.right)
		out.rows(p.right+8, at[i], texts[i])
	}
}

// runs cuts a series where its line must break.
func (p *panel) runs(s Series) [][]Point {
	var out [][]Point
	open := false
	for i, x := range s.Points {
		if !number(x.Value) || !p.within(x.At) {
			open = false
			continue
		}
		if !number(x.U) {
			x.U = 0
		}
		if open && s.Gap > 0 && x.At.Sub(s.Points[i-1].At) > s.Gap {
			open = false
		}
		if !open {
			out = append(out, nil)
		}
		out[len(out)-1], open = append(out[len(out)-1], x), true
	}
	return out
}

func (p *panel) drawBand(out *pen, i int, s Series) {
	for _, run := range p.runs(s) {
		if !slices.ContainsFunc(run, func(x Point) bool { return x.U > 0 }) {
			continue
		}
		var b strings.Builder
		for k, x := range run {
			fmt.Fprintf(&b, "%c%s %s", "ML"[min(k, 1)], tenths(p.x(x.At)), tenths(p.y(x.Value+x.U)))
		}
		for _, x := range slices.Backward(run) {
			fmt.Fprintf(&b, "L%s %s", tenths(p.x(x.At)), tenths(p.y(x.Value-x.U)))
		}
		out.group(fmt.Sprintf("s%d", i%kinds), "")
		out.path("spread", "%sZ", b.String())
		out.end()
	}
}

func (p *panel) drawSeries(out *pen, i int, s Series) {
	out.group(fmt.Sprintf("series s%d", i%kinds), s.Name)
	for _, run := range p.runs(s) {
		if s.Dots || len(run) == 1 { // a lone point is seen
			for _, x := range run {
				dot(out, i, p.x(x.At), p.y(x.Value))
			}
			continue
		}
		var b strings.Builder
		for k, x := range run {
			fmt.Fprintf(&b, "%c%s %s", "ML"[min(k, 1)], tenths(p.x(x.At)), tenths(p.y(x.Value)))
		}
		out.path("line", "%s", b.String())
	}
	out.end()
}

// kinds is how many series are told apart.
const kinds = 6

// dot draws a point in the shape of its series, around x and y in tenths of a px.
func dot(out *pen, i, x, y int) {
	shape := [kinds]string{"m-3 -3h6v6h-6z", "m0 -4l4 4l-4 4l-4 -4z", "m0 -4l4 7h-8z", "m-3 -3l6 6m0 -6l-6 6", "m0 4l4 -7h-8z", "m0 -4v8m-4 -4h8"}[i%kinds]
	out.path("dot", "M%s %s%s", tenths(x), tenths(y), shape)
}

// sample is a series in the legend.
func (p *panel) sample(i int, s Series) entry {
	return entry{text: s.Name, wide: 34, draws: func(out *pen, x, y int) {
		out.group(fmt.Sprintf("series s%d", i%kinds), "")
		if slices.ContainsFunc(s.Points, func(x Point) bool { return x.U > 0 }) {
			out.path("spread", "M%d %dh28v12h-28z", x, y-6)
		}
		if s.Dots {
			dot(out, i, 10*(x+14), 10*y)
		} else {
			out.path("line", "M%d %dh28", x, y)
		}
		out.end()
	}}
}

// about says in words what the plot shows.
func (p *panel) about() string {
	at := func(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04") }
	var b strings.Builder
	fmt.Fprintf(&b, "%s From %s to %s UTC. ", p.About, at(p.from), at(p.to))
	for _, s := range p.Series {
		low, high, n := math.Inf(1), math.Inf(-1), 0
		for _, run := range p.runs(s) {
			for _, x := range run {
				low, high, n = min(low, x.Value), max(high, x.Value), n+1
			}
		}
		if n == 0 {
			fmt.Fprintf(&b, "%s: no values. ", s.Name)
			continue
		}
		fmt.Fprintf(&b, "%s: %d values from %s to %s %s. ", s.Name, n, short(low), short(high), unit(p.Unit))
	}
	for _, l := range p.Levels {
		fmt.Fprintf(&b, "%s: %s. ", l.Text, short(l.Value))
	}
	for _, m := range p.Marks {
		fmt.Fprintf(&b, "%s: %s. ", at(m.At.UnixNano()), m.Text)
	}
	return b.String()
}

func short(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

// plotLook takes colours that people who see no red or no green tell apart;
// series differ in dash and shape as well.
var plotLook = []look{
	{"ground", "fill", "#eceff0", "#1e2427"}, {"text", "fill", "#1b2327", "#dfe5e8"}, {"note", "fill", "#4c5a62", "#a0adb4"},
	{"panel", "fill", "#f7f8f9", "#262d31"}, {"grid", "stroke", "#d3d9dc", "#39434a"}, {"axis", "stroke", "#62717a", "#84949d"},
	{"mark", "stroke", "#b0123a", "#ff7089"}, {"level-line", "stroke", "#1b2327", "#dfe5e8"},
	{"s0 .line", "stroke", "#1f5f9e", "#82b7ea"}, {"s0 .dot", "stroke", "#1f5f9e", "#82b7ea"}, {"s0 .spread", "fill", "#1f5f9e", "#82b7ea"},
	{"s1 .line", "stroke", "#b35900", "#f0a35e"}, {"s1 .dot", "stroke", "#b35900", "#f0a35e"}, {"s1 .spread", "fill", "#b35900", "#f0a35e"},
	{"s2 .line", "stroke", "#42702c", "#a2c98d"}, {"s2 .dot", "stroke", "#42702c", "#a2c98d"}, {"s2 .spread", "fill", "#42702c", "#a2c98d"},
	{"s3 .line", "stroke", "#7d3f9b", "#cb9ce3"}, {"s3 .dot", "stroke", "#7d3f9b", "#cb9ce3"}, {"s3 .spread", "fill", "#7d3f9b", "#cb9ce3"},
	{"s4 .line", "stroke", "#6b4a2f", "#d3ae8c"}, {"s4 .dot", "stroke", "#6b4a2f", "#d3ae8c"}, {"s4 .spread", "fill", "#6b4a2f", "#d3ae8c"},
	{"s5 .line", "stroke", "#4c5a62", "#a0adb4"}, {"s5 .dot", "stroke", "#4c5a62", "#a0adb4"}, {"s5 .spread", "fill", "#4c5a62", "#a0adb4"},
}

const plotShape = `.plot .grid,.plot .axis,.plot .mark,.plot .line,.plot .level-line,.plot .dot{fill:none}
.plot .line{stroke-width:1.8;stroke-linejoin:round}
.plot .dot{stroke-width:1.5}
.plot .spread{opacity:.2}
.plot .mark{stroke-width:1.5;stroke-dasharray:2 3}
.plot .level-line{stroke-dasharray:10 4}
.plot .s1 .line{stroke-dasharray:8 3}
.plot .s2 .line{stroke-dasharray:3 2}
.plot .s3 .line{stroke-dasharray:10 3 2 3}
.plot .s4 .line{stroke-dasharray:14 4}
.plot .s5 .line{stroke-dasharray:1.5 2.5}
`
