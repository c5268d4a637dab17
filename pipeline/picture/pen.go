package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// A pen writes the elements of one picture.
type pen struct {
	bytes.Buffer
}

// open begins a picture. The title is its name, and about is what it tells
// somebody who does not see it.
func (p *pen) open(wide, high int, class, title, about, style string) {
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" class="%s" role="img" viewBox="0 0 %d %d" width="%d" height="%d">`+"\n", class, wide, high, wide, high)
	fmt.Fprintf(p, "<title>%s</title>\n<desc>%s</desc>\n<style>\n%s</style>\n", Escaped(title), Escaped(about), style)
	fmt.Fprintf(p, `<rect class="ground" width="%d" height="%d"/>`+"\n", wide, high)
}

func (p *pen) close() []byte {
	p.WriteString("</svg>\n")
	return p.Bytes()
}

// group begins a group with a title, which a pointer at rest shows.
func (p *pen) group(class, title string) {
	fmt.Fprintf(p, `<g class="%s">`, class)
	if title != "" {
		fmt.Fprintf(p, "<title>%s</title>", Escaped(title))
	}
	p.WriteString("\n")
}

func (p *pen) end() { p.WriteString("</g>\n") }

func (p *pen) path(class, format string, args ...any) {
	fmt.Fprintf(p, `<path class="%s" d="%s"/>`+"\n", class, fmt.Sprintf(format, args...))
}

// thick draws a path of some width.
func (p *pen) thick(class string, width int, d string) {
	fmt.Fprintf(p, `<path class="%s" stroke-width="%d" d="%s"/>`+"\n", class, width, d)
}

func (p *pen) rect(class string, x, y, wide, high, round int) {
	fmt.Fprintf(p, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="%d"/>`+"\n", class, x, y, wide, high, round)
}

func (p *pen) circle(class string, x, y, r int) {
	fmt.Fprintf(p, `<circle class="%s" cx="%d" cy="%d" r="%d"/>`+"\n", class, x, y, r)
}

// text writes one line from x on, its base line at y.
func (p *pen) text(f face, x, y int, text string) {
	fmt.Fprintf(p, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", f.class, x, y, Escaped(text))
}

// rows writes lines from x on, the first of them right under top.
func (p *pen) rows(x, top int, list []row) {
	for _, r := range list {
		p.text(r.face, x, top+r.face.size, r.text)
		top += r.face.line()
	}
}

// middle writes lines around x.
func (p *pen) middle(x, top int, list []row) {
	for _, r := range list {
		fmt.Fprintf(p, `<text class="%s" text-anchor="middle" x="%d" y="%d">%s</text>`+"\n", r.face.class, x, top+r.face.size, Escaped(r.text))
		top += r.face.line()
	}
}

// Escaped makes text safe within an element: what XML does not allow at all
// becomes U+FFFD, and line ends become spaces.
func Escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(strings.Join(strings.Fields(text), " "))) // a Builder does not fail
	return b.String()
}
