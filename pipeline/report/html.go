package report

import (
	"bytes"
	_ "embed" // the page's frame and style
	"fmt"
	"html/template"
	"regexp"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"style":   func() template.CSS { return template.CSS(pageStyle) },
	"picture": func(svg []byte) template.HTML { return template.HTML(svg) }, // package picture escapes every text it takes
	"anchor":  anchor,
	"list":    func(items ...string) []string { return items },
}).Parse(pageText))

// HTML returns the report as one page that needs nothing else: no script, no
// file, no network. It is UTF-8, and the same input gives the same bytes.
func HTML(in Input) ([]byte, error) {
	p := Compose(in)
	shareStyles(p)
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return out.Bytes(), nil
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

var pictureStyle = regexp.MustCompile(`(?s)<style>.*?</style>\n?`)

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
			style := string(pictureStyle.Find(f.SVG))
			if seen[style] {
				f.SVG = pictureStyle.ReplaceAll(f.SVG, nil)
			}
			seen[style] = true
		}
	}
}
