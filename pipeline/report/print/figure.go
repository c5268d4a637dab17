package print

import (
	"math"

	"codeberg.org/go-pdf/fpdf"

	"github.com/nielu/nielu/pipeline/report"
)

// mostHigh is how high a figure may be, mm.
const mostHigh = 215.0

// figure draws a picture as vectors, as wide as the sheet or as high as fits.
func (w *paper) figure(f *report.Figure) {
	d, err := readDrawing(f.SVG)
	if err != nil || d.wide <= 0 || d.high <= 0 {
		w.lines(small, sheetEdge, sheetInner, "This picture cannot be drawn on paper; see the page as HTML.")
		return
	}
	k := min(sheetInner/d.wide, mostHigh/d.high, 0.30)
	caption := 0.0
	if f.Caption != "" {
		w.use(small)
		caption = float64(len(w.wrap(f.Caption, sheetInner))) * small.line()
	}
	w.need(float64(d.high*k) + caption + 2)
	g := graphic{paper: w, k: k, left: sheetEdge, top: w.y}
	for _, s := range d.shapes {
		g.draw(s)
	}
	w.SetAlpha(1, "Normal")
	w.SetDashPattern(nil, 0)
	w.SetLineCapStyle("butt")
	w.y += float64(d.high * k)
	if f.Caption != "" {
		w.lines(small, sheetEdge, sheetInner, f.Caption)
	}
	w.y += 2
}

// graphic places a drawing on the sheet: k mm for each px.
type graphic struct {
	*paper
	k, left, top float64
}

func (g *graphic) x(px float64) float64 { return g.left + float64(px*g.k) }
func (g *graphic) y(px float64) float64 { return g.top + float64(px*g.k) }

func (g *graphic) draw(s shape) {
	if s.text != "" {
		g.write(s)
		return
	}
	how := ""
	if s.fill != nil {
		g.SetFillColor(s.fill[0], s.fill[1], s.fill[2])
		how = "F"
	}
	if s.stroke != nil && s.width > 0 {
		g.SetDrawColor(s.stroke[0], s.stroke[1], s.stroke[2])
		g.SetLineWidth(float64(s.width * g.k))
		g.SetLineCapStyle(s.lineCap)
		var dash []float64
		for _, d := range s.dash {
			dash = append(dash, float64(d*g.k))
		}
		g.SetDashPattern(dash, 0)
		how += "D"
	}
	if how == "" || len(s.path) == 0 {
		return
	}
	g.SetAlpha(s.opacity, "Normal")
	g.trace(g.Fpdf, s.path)
	g.DrawPath(how)
}

func (g *graphic) trace(to *fpdf.Fpdf, path []stroke) {
	for _, p := range path {
		switch p.kind {
		case 'M':
			to.MoveTo(g.x(p.at[0]), g.y(p.at[1]))
		case 'L':
			to.LineTo(g.x(p.at[0]), g.y(p.at[1]))
		case 'C':
			to.CurveBezierCubicTo(g.x(p.at[0]), g.y(p.at[1]), g.x(p.at[2]), g.y(p.at[3]), g.x(p.at[4]), g.y(p.at[5]))
		case 'Z':
			to.ClosePath()
		}
	}
}

// write sets a text; its size is that of the picture.
func (g *graphic) write(s shape) {
	i := ink{size: float64(s.size*g.k) / 0.3528, bold: s.bold}
	if s.fill != nil {
		i.rgb = *s.fill
	}
	g.SetAlpha(1, "Normal")
	g.use(i)
	text := printable(s.text)
	x := g.x(s.at[0])
	if s.middle {
		x -= g.GetStringWidth(text) / 2
	}
	g.Text(math.Max(0, x), g.y(s.at[1]), text)
}
