package picture

import (
	"fmt"
	"strings"

	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Flowsheet draws a plant. With empty Values it shows what measures each
// flow; with values each flow says its own, its line is as wide as its mass
// flow is large, and its kind of line is how the value came about.
func Flowsheet(p *flowsheet.Plant, v Values) []byte {
	s := newSheet(p, v)
	legend := s.legend()
	wide := s.left[len(s.left)-1] + s.wide[len(s.wide)-1] + margin
	title := rows(titleFace, 900, 2, p.Name)
	subtitle := rows(noteFace, 900, 3, subtitle(p, v))
	wide = max(wide, margin+widest(title)+margin, margin+widest(subtitle)+margin, 560)
	placed, legendHigh := legend.place(wide - 2*margin)

	head := 18 + height(title) + height(subtitle) + 20
	s.move(head-s.top, (wide-s.left[len(s.left)-1]-s.wide[len(s.wide)-1]-margin)/2)
	foot := s.end + 26
	high := foot + legendHigh + 20

	var out pen
	out.open(wide, high, "flowsheet", p.Name+": flowsheet", s.about(), sheetStyle("flowsheet", flowsheetLook, flowsheetShape))
	out.rows(margin, 18, append(title, subtitle...))
	s.draw(&out)
	out.path("rule", "M%d %dH%d", margin, foot-8, wide-margin)
	legend.draw(&out, placed, margin, foot)
	return out.close()
}

func subtitle(p *flowsheet.Plant, v Values) string {
	parts := []string{p.ID}
	if len(p.Digest) >= 12 {
		parts = append(parts, "plant file "+p.Digest[:12])
	}
	if v.About != "" {
		parts = append(parts, v.About)
	} else if v.Streams == nil {
		parts = append(parts, "what measures each flow")
	}
	return strings.Join(parts, " · ")
}

// about says in words what the picture shows.
func (s *sheet) about() string {
	var b strings.Builder
	for _, n := range s.boxes {
		fmt.Fprintf(&b, "%s: %s. ", words(n.node.ID), n.node.About)
	}
	for _, f := range s.flows {
		b.WriteString(f.title + ". ")
	}
	for _, n := range s.boxes {
		for _, v := range n.vessels {
			b.WriteString(v.title + ". ")
		}
	}
	return b.String()
}

// move shifts all that was laid out.
func (s *sheet) move(down, right int) {
	for _, column := range s.columns {
		for _, i := range column {
			i.y += down
		}
	}
	for _, f := range s.flows {
		f.lane += down
		f.outX += right
		f.inX += right
	}
	for c := range s.left {
		s.left[c] += right
	}
	s.bottom += down
	s.end += down
}
