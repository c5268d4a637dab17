package report

import (
	"bytes"
	_ "embed" // the page's style
	"fmt"
	"strings"
)

//go:embed page.css
var pageStyle string

// HTML returns the report as one page that needs nothing else: no script, no
// file, no network. It is UTF-8, and the same input gives the same bytes.
//
// It is written without a template: packages of templates call methods by
// name, so that a program that links one carries every method of every type.
func HTML(in Input) ([]byte, error) {
	p := Compose(in)
	shareStyles(p)
	var w pageWriter
	w.page(p)
	return w.Bytes(), nil
}

// pageWriter writes the page line by line; every text goes through put, which
// escapes it.
type pageWriter struct{ bytes.Buffer }

// escape makes text what it is on a page, between tags and in quotes.
var escape = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// put writes markup with escaped texts in the places of %s.
func (w *pageWriter) put(markup string, texts ...string) {
	escaped := make([]any, len(texts))
	for i, text := range texts {
		escaped[i] = escape.Replace(text)
	}
	fmt.Fprintf(w, markup, escaped...)
}

// some writes markup with a text, unless that is empty.
func (w *pageWriter) some(markup, text string) {
	if text != "" {
		w.put(markup, text)
	}
}

func (w *pageWriter) page(p *Page) {
	w.put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s: %s</title>
<style>
`, p.Title, p.Subtitle)
	w.WriteString(pageStyle)
	w.put(`</style>
</head>
<body>
<a class="skip" href="#removals">To what is claimed</a>
<header>
<h1>%s</h1>
<p class="subtitle">%s</p>
</header>
<nav aria-label="Contents">
<ol>`, p.Title, p.Subtitle)
	for _, s := range p.Sections {
		w.put("\n<li><a href=\"#%s\">%s</a></li>", anchor(s.ID), s.Title)
	}
	w.put("\n</ol>\n</nav>\n<main>")
	for _, s := range p.Sections {
		id := anchor(s.ID)
		w.put("\n<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>", id, id, id, s.Title)
		for _, b := range s.Blocks {
			w.block(b)
		}
		w.put("\n</section>")
	}
	w.put("\n</main>\n<footer><p>%s</p></footer>\n</body>\n</html>\n", p.Foot)
}

func (w *pageWriter) block(b Block) {
	w.some("\n<h3>%s</h3>", b.Heading)
	w.some("\n<p>%s</p>", b.Para)
	w.some("\n<p class=\"note\">%s</p>", b.Note)
	w.some("\n<p class=\"empty\">%s</p>", b.Empty)
	if c := b.Claim; c != nil {
		w.put("\n<div class=\"claim %s\">\n<p class=\"big\"><span class=\"figure\">%s</span>", c.Kind, c.Big)
		w.some(" <span class=\"unit\">%s</span>", c.Unit)
		w.put("</p>\n<p class=\"sentence\">%s</p>", c.Text)
		w.list(c.Sure)
		w.put("\n</div>")
	}
	if len(b.Facts) > 0 {
		w.put("\n<dl>")
		for _, f := range b.Facts {
			w.put("\n<div><dt>%s</dt><dd>%s</dd></div>", f.Name, f.Text)
		}
		w.put("\n</dl>")
	}
	w.list(b.List)
	if f := b.Figure; f != nil {
		w.put("\n<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\">\n")
		w.Write(f.SVG) // package picture escapes every text it takes
		w.put("</div>")
		w.some("\n<figcaption>%s</figcaption>", f.Caption)
		w.put("\n</figure>")
	}
	if b.Table != nil {
		w.table(b.Table)
	}
}

func (w *pageWriter) list(items []string) {
	if len(items) == 0 {
		return
	}
	w.put("\n<ul>")
	for _, item := range items {
		w.put("\n<li>%s</li>", item)
	}
	w.put("\n</ul>")
}

func (w *pageWriter) table(t *Table) {
	w.put("\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">\n<table role=\"table\">")
	w.some("\n<caption>%s</caption>", t.Caption)
	w.put("\n<thead role=\"rowgroup\"><tr role=\"row\">")
	for _, c := range t.Columns {
		class := ""
		if c.Number {
			class = ` class="number"`
		}
		w.put("<th role=\"columnheader\" scope=\"col\""+class+">%s</th>", c.Name)
	}
	w.put("</tr></thead>\n<tbody role=\"rowgroup\">")
	for _, row := range t.Rows {
		w.put("\n<tr role=\"row\">")
		for i, cell := range row {
			c, class := t.Columns[i], ""
			switch {
			case c.Number:
				class = ` class="number"`
			case c.Code:
				class = ` class="code"`
			}
			w.put("<td role=\"cell\" data-of=\"%s\""+class+">%s</td>", c.Name, cell)
		}
		w.put("</tr>")
	}
	w.put("\n</tbody>\n</table>\n</div>")
}

// anchor makes a name that a link can hold.
func anchor(id string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
			return c
		}
		return '-'
	}, id)
}

// cutStyles takes the styles out of a picture, and returns the first.
func cutStyles(svg []byte) (first, rest []byte) {
	for {
		before, behind, _ := bytes.Cut(svg, []byte("<style>"))
		style, after, found := bytes.Cut(behind, []byte("</style>"))
		if !found {
			return first, append(rest, svg...)
		}
		after = bytes.TrimPrefix(after, []byte("\n"))
		if first == nil {
			first = style
		}
		rest, svg = append(rest, before...), after
	}
}

// shareStyles moves the styles of the pictures, which repeat each other, to the page:
// the first picture of each kind keeps its own, and it holds for all.
func shareStyles(p *Page) {
	seen := map[string]bool{}
	for i := range p.Sections {
		for k := range p.Sections[i].Blocks {
			f := p.Sections[i].Blocks[k].Figure
			if f == nil {
				continue
			}
			style, rest := cutStyles(f.SVG)
			if seen[string(style)] {
				f.SVG = rest
			}
			seen[string(style)] = true
		}
	}
}
