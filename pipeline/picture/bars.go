package picture

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// BarChart is what [Bars] draws: for each name, the times over which something
// holds.
type BarChart struct {
	Title    string
	From, To time.Time
	Spans    []Bar // times to compare with, drawn behind all rows
	Rows     []BarRow
}

// BarRow is one name and its bars, in any order.
type BarRow struct {
	Name string
	Bars []Bar
}

// Bar is a time and what it is called. What lies outside the chart is cut.
type Bar struct {
	From, To time.Time
	Text     string
}

const (
	barsWide = 760
	barRow   = 26
)

// Bars draws times over which something holds. Times are written in UTC. A
// row without a bar says so in words.
func Bars(c BarChart) []byte {
	head := rows(titleFace, barsWide-2*margin, 2, c.Title)
	left := margin + 40
	for _, r := range c.Rows {
		left = max(left, margin+min(nameFace.width(r.Name), 200)+12)
	}
	right, top := barsWide-margin, 18+height(head)+10
	if len(c.Spans) > 0 {
		top += noteFace.line() + 4
	}
	bottom := top + barRow*len(c.Rows)
	p := panel{from: c.From.UnixNano(), to: max(c.To.UnixNano(), c.From.UnixNano()+1), left: left, right: right, top: top, bottom: bottom}

	var out pen
	out.open(barsWide, bottom+46, "bars", c.Title, c.about(), sheetStyle("bars", barsLook, barsShape))
	out.rows(margin, 18, head)
	out.rect("panel", left, top, right-left, bottom-top, 0)
	until := 0
	for _, s := range c.Spans {
		from, to := p.cut(s)
		if from >= to {
			continue
		}
		out.rect("span", from, top, to-from, bottom-top, 0)
		if wide := noteFace.width(s.Text); from+4 >= until && from+4+wide <= right {
			out.text(noteFace, from+4, top-6, s.Text)
			until = from + 4 + wide + 8
		}
	}
	for i, r := range c.Rows {
		y := top + i*barRow
		out.rows(margin, y+5, rows(nameFace, left-margin-8, 1, r.Name))
		drawn := false
		for _, b := range r.Bars {
			if from, to := p.cut(b); from < to {
				drawn = true
				out.group("bar", fmt.Sprintf("%s: %s, %s to %s", r.Name, b.Text, b.From.UTC().Format(time.DateOnly), b.To.UTC().Format(time.DateOnly)))
				out.rect("held", from, y+5, to-from, barRow-10, 2)
				if noteFace.width(b.Text)+8 <= to-from {
					out.text(noteFace, from+5, y+5+noteFace.size, b.Text)
				}
				out.end()
			}
		}
		if !drawn {
			out.text(noteFace, left+6, y+6+noteFace.size, "nothing on record")
		}
		out.path("grid", "M%d %dH%d", margin, y+barRow, right)
	}
	p.drawTimes(&out)
	out.path("axis", "M%d %dV%dH%d", left, top, bottom, right)
	return out.close()
}

// cut places a bar within the panel, in px.
func (p *panel) cut(b Bar) (from, to int) {
	place := func(t time.Time) int {
		ns := max(p.from, min(p.to, t.UnixNano()))
		share := float64(ns-p.from) / float64(p.to-p.from)
		return p.left + int(math.Round(float64(share*float64(p.right-p.left))))
	}
	return place(b.From), place(b.To)
}

// about says in words what the chart shows.
func (c BarChart) about() string {
	var b strings.Builder
	for _, r := range c.Rows {
		if len(r.Bars) == 0 {
			fmt.Fprintf(&b, "%s: nothing on record. ", r.Name)
		}
		for _, x := range r.Bars {
			fmt.Fprintf(&b, "%s: %s from %s to %s. ", r.Name, x.Text, x.From.UTC().Format(time.DateOnly), x.To.UTC().Format(time.DateOnly))
		}
	}
	return b.String()
}

var barsLook = []look{
	{"ground", "fill", "#eceff0", "#1e2427"}, {"text", "fill", "#1b2327", "#dfe5e8"}, {"note", "fill", "#4c5a62", "#a0adb4"},
	{"panel", "fill", "#f7f8f9", "#262d31"}, {"grid", "stroke", "#d3d9dc", "#39434a"}, {"axis", "stroke", "#62717a", "#84949d"},
	{"span", "fill", "#e3dccf", "#3a342a"}, {"held", "fill", "#1f5f9e", "#82b7ea"}, {"bar .note", "fill", "#ffffff", "#10181d"},
}

const barsShape = `.bars .grid,.bars .axis{fill:none}
`
