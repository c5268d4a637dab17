package picture_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/picture"
)

// A drawing is what a test sees of a picture.
type drawing struct {
	frame image.Rectangle
	texts []textBox
	paths []path
	title string
	about string
}

type textBox struct {
	image.Rectangle
	text string
}

type path struct{ class, d string }

// read parses a picture as XML, strictly.
func read(t fataler, svg []byte) drawing {
	t.Helper()
	var d drawing
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	var open []xml.StartElement
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg)
		}
		switch x := token.(type) {
		case xml.StartElement:
			open = append(open, x.Copy())
			switch x.Name.Local {
			case "svg":
				d.frame = image.Rect(0, 0, whole(t, attr(x, "width")), whole(t, attr(x, "height")))
				if attr(x, "role") != "img" {
					t.Fatalf("role is %q", attr(x, "role"))
				}
			case "path":
				d.paths = append(d.paths, path{attr(x, "class"), attr(x, "d")})
			case "script", "image", "use", "foreignObject":
				t.Fatalf("a picture that stands alone has no %s", x.Name.Local)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 {
				continue
			}
			switch at := open[len(open)-1]; {
			case at.Name.Local == "text":
				d.texts = append(d.texts, boxOf(t, at, string(x)))
			case at.Name.Local == "title" && len(open) == 2:
				d.title = string(x)
			case at.Name.Local == "desc":
				d.about = string(x)
			}
		}
	}
	return d
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func boxOf(t fataler, e xml.StartElement, text string) textBox {
	class, x, y := attr(e, "class"), whole(t, attr(e, "x")), whole(t, attr(e, "y"))
	wide, size := picture.RoomOf(class, text), picture.Faces()[class]
	if attr(e, "text-anchor") == "middle" {
		x -= wide / 2
	}
	return textBox{image.Rect(x, y-size*4/5, x+wide, y+size/5), text}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func whole(t fataler, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%q is no whole number", text)
	}
	return n
}

// clear fails if two texts touch, a text leaves the picture, or a flow runs
// through a text.
func (d drawing) clear(t fataler) {
	t.Helper()
	for i, a := range d.texts {
		if !a.In(d.frame) {
			t.Fatalf("%q leaves the picture: %v in %v", a.text, a.Rectangle, d.frame)
		}
		for _, b := range d.texts[:i] {
			if a.Overlaps(b.Rectangle) {
				t.Fatalf("%q %v lies upon %q %v", a.text, a.Rectangle, b.text, b.Rectangle)
			}
		}
	}
	for _, p := range d.paths {
		if p.class != "core" && p.class != "band" && p.class != "hollow" {
			continue
		}
		for _, at := range along(t, p.d) {
			for _, b := range d.texts {
				if at.In(b.Rectangle) {
					t.Fatalf("a flow runs through %q at %v: %s", b.text, at, p.d)
				}
			}
		}
	}
}

var step = regexp.MustCompile(`([MHVCQ])([-\d ]*)`)

// along returns points on a path of absolute commands, a few px apart.
func along(t fataler, d string) []image.Point {
	var out []image.Point
	x, y := 0, 0
	to := func(points ...int) {
		points = append([]int{x, y}, points...)
		for k := range 65 {
			out = append(out, bezier(points, float64(k)/64))
		}
		x, y = points[len(points)-2], points[len(points)-1]
	}
	for _, m := range step.FindAllStringSubmatch(d, -1) {
		var n []int
		for _, f := range strings.Fields(m[2]) {
			n = append(n, whole(t, f))
		}
		switch m[1] {
		case "M":
			x, y = n[0], n[1]
		case "H":
			to(n[0], y)
		case "V":
			to(x, n[0])
		default:
			to(n...)
		}
	}
	return out
}

func bezier(points []int, at float64) image.Point {
	xs := make([]float64, len(points))
	for i, p := range points {
		xs[i] = float64(p)
	}
	for n := len(xs); n > 2; n -= 2 {
		for i := range n - 2 {
			xs[i] = xs[i]*(1-at) + xs[i+2]*at
		}
	}
	return image.Pt(int(xs[0]), int(xs[1]))
}

func TestReadSeesAnOverlap(t *testing.T) {
	svg := `<svg width="100" height="50" role="img"><text class="note" x="10" y="20">one</text><text class="note" x="30" y="24">two</text></svg>`
	var c catcher
	read(t, []byte(svg)).clear(&c)
	if !strings.Contains(c.said, "lies upon") {
		t.Errorf("said %q", c.said)
	}
	c = catcher{}
	svg = `<svg width="100" height="50" role="img"><text class="note" x="10" y="20">one</text><path class="core" d="M0 5C10 5 20 30 60 30"/></svg>`
	read(t, []byte(svg)).clear(&c)
	if !strings.Contains(c.said, "runs through") {
		t.Errorf("said %q", c.said)
	}
}

type catcher struct{ said string }

func (c *catcher) Helper()                   {}
func (c *catcher) Fatalf(f string, a ...any) { c.said += fmt.Sprintf(f, a...) }
