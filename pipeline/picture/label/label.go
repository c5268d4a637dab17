// Package label draws the label of a packed unit, with a QR code: a [Label]
// comes in, SVG goes out. It is apart from package picture because nobody who
// reads a report needs a QR code.
package label

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"github.com/nielu/nielu/pipeline/picture"
)

// Label is what a packed unit's label says.
type Label struct {
	Unit, Plant, Lot, Packed string
	Dry, Wet                 string // masses with their units
	Link                     string // what the code holds: "" is the unit's own name
}

// Draw draws the label of a packed unit as SVG, 100 by 62 mm, with a QR code
// of error correction level Q, which can be read with a quarter of it gone.
func Draw(l Label) ([]byte, error) {
	text := l.Link
	if text == "" {
		text = "nielu:" + l.Plant + "/" + l.Lot + "/" + l.Unit
	}
	code, err := qr.Encode(text, qr.Q)
	if err != nil {
		return nil, fmt.Errorf("label of %s: %w", l.Unit, err)
	}
	const side = 46.0 // mm, with its quiet zone of four modules
	module := side / float64(code.Size+8)
	var dots strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&dots, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="62mm" viewBox="0 0 100 62" font-family="system-ui, sans-serif" role="img" aria-label="%s">`, picture.Escaped("Label of unit "+l.Unit))
	b.WriteString(`<rect width="100" height="62" fill="#fff"/>`)
	fmt.Fprintf(&b, `<path transform="translate(2 8) scale(%.4f)" d="%s" fill="#000"/>`, module, dots.String())
	fmt.Fprintf(&b, `<text x="50" y="18" font-size="%d" font-weight="700">%s</text>`, max(4, 10-len(l.Unit)/3), picture.Escaped(l.Unit))
	for i, line := range []string{"lot " + l.Lot, "plant " + l.Plant, l.Dry + " dry", l.Wet + " as packed", l.Packed} {
		fmt.Fprintf(&b, `<text x="50" y="%d" font-size="4">%s</text>`, 27+6*i, picture.Escaped(line))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}
