// Package print puts a report on paper.
//
// In comes a [report.Input], out come the bytes of a PDF: words, tables and
// pictures are those of [report.Compose], the pictures drawn as vectors from
// their SVG. No verdict rests on the bytes. Start at [PDF]; a picture is read
// back in drawing.go.
package print

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/nielu/nielu/pipeline/report"
)

// PDF returns the report on A4 paper, pictures as vectors. The same input
// gives the same bytes: the document bears the end of its interval as its date.
func PDF(in report.Input) ([]byte, error) {
	p := report.Compose(in)
	w := newPaper(p)
	w.write(p)
	w.feet(printable(p.Subtitle))
	var out bytes.Buffer
	if err := w.Output(&out); err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	packed, err := repack(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return packed, nil
}

// The sheet, mm.
const (
	sheetWide  = 210.0
	sheetHigh  = 297.0
	sheetEdge  = 16.0
	sheetTop   = 16.0
	sheetFoot  = 281.0 // nothing stands below but the foot
	sheetInner = sheetWide - 2*sheetEdge
)

// An ink is a size and weight of text, and its grey.
type ink struct {
	size float64 // pt
	bold bool
	rgb  [3]int
}

var (
	black   = [3]int{27, 35, 39}
	grey    = [3]int{76, 90, 98}
	green   = [3]int{66, 112, 44}
	rule    = [3]int{194, 201, 205}
	title   = ink{20, true, black}
	chapter = ink{14, true, black}
	heading = ink{10.5, true, black}
	plain   = ink{9, false, black}
	strong  = ink{9.5, true, black}
	small   = ink{8, false, grey}
	cell    = ink{8, false, black}
	head    = ink{7.5, true, grey}
	tight   = ink{7, false, black}
	figures = ink{22, true, black}
)

// line is the height of a line of text, mm.
func (i ink) line() float64 { return i.size * 0.3528 * 1.32 }

// paper writes blocks from top to bottom.
type paper struct {
	*fpdf.Fpdf
	y float64
}

func newPaper(p *report.Page) *paper {
	w := &paper{Fpdf: fpdf.New("P", "mm", "A4", "")}
	w.SetAutoPageBreak(false, 0)
	w.SetMargins(0, 0, 0)
	w.SetCellMargin(0)
	w.SetCatalogSort(true)
	w.SetCompression(false) // repack does
	w.SetCreationDate(p.Until)
	w.SetModificationDate(p.Until)
	w.SetProducer(printable(p.Made), true)
	w.SetTitle(printable(p.Title+": "+p.Subtitle), true)
	w.SetLang("en")
	w.AddUTF8FontFromBytes("go", "", goregular.TTF)
	w.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	w.sheet()
	return w
}

// sheet begins a page.
func (w *paper) sheet() {
	w.AddPage()
	w.y = sheetTop
}

// feet writes the foot of each page, once it is known how many there are.
func (w *paper) feet(about string) {
	pages := w.PageCount()
	for n := 1; n <= pages; n++ {
		w.SetPage(n)
		w.use(small)
		number := fmt.Sprintf("%d of %d", n, pages)
		w.Text(sheetEdge, sheetHigh-9, w.fit(about, sheetInner-25))
		w.Text(sheetWide-sheetEdge-w.GetStringWidth(number), sheetHigh-9, number)
	}
}

func (w *paper) use(i ink) {
	style := ""
	if i.bold {
		style = "B"
	}
	w.SetFont("go", style, i.size)
	w.SetTextColor(i.rgb[0], i.rgb[1], i.rgb[2])
}

// need begins a page if there is less room than high.
func (w *paper) need(high float64) {
	if w.y+high > sheetFoot && w.y > sheetTop {
		w.sheet()
	}
}

func (w *paper) write(p *report.Page) {
	w.lines(title, sheetEdge, sheetInner, p.Title)
	w.lines(small, sheetEdge, sheetInner, p.Subtitle)
	w.y += 4
	for _, s := range p.Sections {
		w.need(30)
		w.y += 3
		w.Bookmark(printable(s.Title), 0, w.y)
		w.lines(chapter, sheetEdge, sheetInner, s.Title)
		w.line(grey, 0.35)
		w.y += 2
		for i := range s.Blocks {
			w.block(&s.Blocks[i])
		}
	}
	w.y += 4
	w.lines(small, sheetEdge, sheetInner, p.Foot)
}

// line draws a rule across the sheet.
func (w *paper) line(rgb [3]int, wide float64) {
	w.SetDrawColor(rgb[0], rgb[1], rgb[2])
	w.SetLineWidth(wide)
	w.Line(sheetEdge, w.y, sheetWide-sheetEdge, w.y)
}

// lines writes a text, as many lines as it takes.
func (w *paper) lines(i ink, x, wide float64, text string) {
	w.use(i)
	for _, line := range w.wrap(text, wide) {
		w.need(i.line())
		w.use(i)
		w.y += i.line()
		w.Text(x, w.y-i.line()*0.25, line)
	}
}

func (w *paper) block(b *report.Block) {
	if b.Heading != "" {
		w.need(24)
		w.y += 2.5
		w.lines(heading, sheetEdge, sheetInner, b.Heading)
		w.y += 0.8
	}
	for _, t := range []struct {
		i    ink
		text string
	}{{plain, b.Para}, {small, b.Note}, {small, b.Empty}} {
		if t.text != "" {
			w.lines(t.i, sheetEdge, sheetInner, t.text)
			w.y += 1.2
		}
	}
	if b.Claim != nil {
		w.claim(b.Claim)
	}
	for _, f := range b.Facts {
		w.fact(f)
	}
	for _, item := range b.List {
		w.item(plain, sheetEdge, item)
	}
	if b.Figure != nil {
		w.figure(b.Figure)
	}
	if b.Table != nil {
		w.table(b.Table)
	}
}

// item writes an item of a list behind a dash.
func (w *paper) item(i ink, x float64, text string) {
	w.need(i.line())
	w.use(i)
	w.Text(x, w.y+i.line()*0.75, "–")
	w.lines(i, x+4, sheetWide-sheetEdge-x-4, text)
	w.y += 0.6
}

// claim writes the sentence on a lot beside a bar, which is double where
// nothing is claimed.
func (w *paper) claim(c *report.Claim) {
	x, wide := sheetEdge+5, sheetInner-5
	high := figures.line() + 3
	w.use(strong)
	high += float64(len(w.wrap(c.Text, wide))) * strong.line()
	w.use(plain)
	for _, s := range c.Sure {
		high += float64(len(w.wrap(s, wide-4)))*plain.line() + 0.6
	}
	w.need(high)
	top, at := w.y, w.PageNo()
	big := figures
	if c.Kind != "claimed" {
		big.size, big.rgb = 14, grey
	}
	w.use(big)
	figure := printable(c.Big)
	w.y += big.line()
	w.Text(x, w.y-big.line()*0.25, figure)
	after := x + w.GetStringWidth(figure) + 2
	w.use(plain)
	w.Text(after, w.y-big.line()*0.25, printable(c.Unit))
	w.lines(strong, x, wide, c.Text)
	w.y++
	for _, s := range c.Sure {
		w.item(plain, x, s)
	}
	if w.PageNo() == at {
		w.bar(c.Kind == "claimed", top+1)
	}
	w.y += 3
}

func (w *paper) bar(claimed bool, top float64) {
	if claimed {
		w.SetFillColor(green[0], green[1], green[2])
		w.Rect(sheetEdge, top, 1.6, w.y-top, "F")
		return
	}
	w.SetFillColor(grey[0], grey[1], grey[2])
	w.Rect(sheetEdge, top, 0.5, w.y-top, "F")
	w.Rect(sheetEdge+1.1, top, 0.5, w.y-top, "F")
}

// fact writes a name and what it is beside it.
func (w *paper) fact(f report.Fact) {
	const names = 44
	w.use(cell)
	text := w.wrap(f.Text, sheetInner-names-2)
	w.need(float64(min(len(text), 4)) * cell.line())
	w.use(small)
	w.Text(sheetEdge, w.y+cell.line()*0.75, w.fit(printable(f.Name), names))
	w.lines(cell, sheetEdge+names+2, sheetInner-names-2, f.Text)
	w.y += 0.8
	w.line(rule, 0.1)
	w.y += 0.6
}

// wrap breaks a text into lines in the font that is set. A word that is too
// long is broken.
func (w *paper) wrap(text string, wide float64) (out []string) {
	line := ""
	for _, word := range strings.Fields(printable(text)) {
		if line != "" && w.GetStringWidth(line+" "+word) <= wide {
			line += " " + word
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		for w.GetStringWidth(word) > wide && len(word) > 1 {
			n := w.breaks(word, wide)
			out, word = append(out, word[:n]), word[n:]
		}
		line = word
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// breaks returns how many bytes of a word fit, behind a mark if there is one.
func (w *paper) breaks(word string, wide float64) int {
	fits, mark := 0, 0
	for i, c := range word {
		n := i + len(string(c))
		if fits > 0 && w.GetStringWidth(word[:n]) > wide {
			break
		}
		if fits = n; strings.ContainsRune("/_-:,;.", c) {
			mark = n
		}
	}
	if mark > 0 {
		return mark
	}
	return fits
}

// fit cuts a text where it does not fit.
func (w *paper) fit(text string, wide float64) string {
	if w.GetStringWidth(text) <= wide {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && w.GetStringWidth(string(runes)+"…") > wide {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
