package print

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A drawing is a picture of package picture, read back from its SVG: shapes in
// the order in which they are drawn, each with its style on paper. It knows
// just what those pictures are made of.
type drawing struct {
	wide, high float64 // px
	shapes     []shape
}

// A shape is a path or, if text is set, a text at a place.
type shape struct {
	look
	path   []stroke
	text   string
	at     [2]float64
	middle bool
}

// A look is how a shape is drawn; a nil colour is none. Lengths are px.
type look struct {
	fill, stroke   *[3]int
	width, opacity float64
	dash           []float64
	lineCap        string
	size           float64
	bold           bool
}

// A stroke is a piece of a path: M and L with a point, C with three, Z.
type stroke struct {
	kind byte
	at   [6]float64
}

// readDrawing reads a picture.
func readDrawing(svg []byte) (*drawing, error) {
	d := &drawing{}
	var rules []cssRule
	type level struct {
		element
		look
	}
	stack := []level{{look: look{fill: &[3]int{}, width: 1, opacity: 1, lineCap: "butt", size: 13}}}
	x := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := x.Token()
		if token == nil {
			if d.wide == 0 {
				return nil, fmt.Errorf("picture: %v", err)
			}
			return d, nil
		}
		switch t := token.(type) {
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.StartElement:
			e := elementOf(t)
			var path []element
			for _, l := range stack[1:] {
				path = append(path, l.element)
			}
			l := level{e, styled(stack[len(stack)-1].look, append(path, e), rules)}
			switch e.name {
			case "title", "desc", "style", "text":
				var text string
				if err := x.DecodeElement(&text, &t); err != nil {
					return nil, fmt.Errorf("picture: %w", err)
				}
				switch e.name {
				case "style":
					rules = append(rules, readRules(text)...)
				case "text":
					d.shapes = append(d.shapes, shape{look: l.look, text: text, at: [2]float64{e.number("x"), e.number("y")}, middle: e.attr["text-anchor"] == "middle"})
				}
				continue // the decoder took the end with it
			case "svg":
				box := strings.Fields(e.attr["viewBox"])
				if len(box) == 4 {
					d.wide, d.high = parse(box[2]), parse(box[3])
				}
			default:
				if path := e.path(); path != nil {
					d.shapes = append(d.shapes, shape{look: l.look, path: path})
				}
			}
			stack = append(stack, l)
		}
	}
}

// An element is a name with its classes and attributes.
type element struct {
	name    string
	classes []string
	attr    map[string]string
}

func elementOf(t xml.StartElement) element {
	e := element{name: t.Name.Local, attr: map[string]string{}}
	for _, a := range t.Attr {
		e.attr[a.Name.Local] = a.Value
	}
	e.classes = strings.Fields(e.attr["class"])
	return e
}

func (e element) number(name string) float64 { return parse(e.attr[name]) }

func parse(text string) float64 {
	x, err := strconv.ParseFloat(strings.TrimSuffix(text, "px"), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// path returns the outline of a shape, nil of anything else.
func (e element) path() []stroke {
	switch e.name {
	case "path":
		return readPath(e.attr["d"])
	case "rect":
		x, y, w, h := e.number("x"), e.number("y"), e.number("width"), e.number("height")
		return readPath(fmt.Sprintf("M%g %gh%gv%gh%gz", x, y, w, h, -w))
	case "circle":
		r := e.number("r")
		return readPath(fmt.Sprintf("M%g %ga%g %g 0 0 1 %g 0a%g %g 0 0 1 %g 0z", e.number("cx")-r, e.number("cy"), r, r, 2*r, r, r, -2*r))
	}
	return nil
}

// readPath reads the commands of a path: M, L, H, V, C, A without a turned
// axis, and Z, absolute and relative. It ends where it meets another.
func readPath(d string) (out []stroke) {
	var x, y, startX, startY float64
	for _, c := range commands(d) {
		n := arguments[c.name|0x20]
		if n < 0 || len(c.args) < n {
			return out
		}
		if n == 0 {
			out = append(out, stroke{kind: 'Z'})
			x, y = startX, startY
			continue
		}
		name := c.name
		for args := c.args; len(args) >= n; args = args[n:] {
			relX, relY := 0.0, 0.0
			if name >= 'a' {
				relX, relY = x, y
			}
			switch name | 0x20 {
			case 'h':
				x = relX + args[0]
			case 'v':
				y = relY + args[0]
			case 'c':
				at := [6]float64{relX + args[0], relY + args[1], relX + args[2], relY + args[3], relX + args[4], relY + args[5]}
				out = append(out, stroke{'C', at})
				x, y = at[4], at[5]
				continue
			case 'a':
				toX, toY := relX+args[5], relY+args[6]
				out = append(out, arc(x, y, args[0], args[1], args[3] != 0, args[4] != 0, toX, toY)...)
				x, y = toX, toY
				continue
			default:
				x, y = relX+args[0], relY+args[1]
			}
			if name|0x20 == 'm' {
				startX, startY = x, y
				out = append(out, stroke{'M', [6]float64{x, y}})
				name = 'L' | name&0x20 // further points are lines
				continue
			}
			out = append(out, stroke{'L', [6]float64{x, y}})
		}
	}
	return out
}

// arguments of each command.
var arguments = func() (n [256]int) {
	for i := range n {
		n[i] = -1
	}
	for c, of := range map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 'a': 7, 'z': 0} {
		n[c] = of
	}
	return n
}()

type command struct {
	name byte
	args []float64
}

func commands(d string) (out []command) {
	for d != "" {
		c := command{name: d[0]}
		d = d[1:]
		end := strings.IndexFunc(d, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
		if end < 0 {
			end = len(d)
		}
		for _, number := range strings.FieldsFunc(strings.ReplaceAll(d[:end], "-", " -"), func(r rune) bool { return r == ' ' || r == ',' }) {
			c.args = append(c.args, parse(number))
		}
		out, d = append(out, c), d[end:]
	}
	return out
}

// arc draws an elliptic arc with curves, each of a quarter turn at most.
//
// Source: SVG 1.1, appendix F.6.5, for an axis that is not turned; the control
// points of a curve for an angle t lie (4/3) tan(t/4) along the tangents.
func arc(x0, y0, rx, ry float64, large, sweep bool, x, y float64) []stroke {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || x0 == x && y0 == y {
		return []stroke{{'L', [6]float64{x, y}}}
	}
	dx, dy := (x0-x)/2/rx, (y0-y)/2/ry // in radii
	s := float64(dx*dx) + float64(dy*dy)
	if s > 1 { // too small to reach: as large as it must be
		rx, ry = rx*math.Sqrt(s), ry*math.Sqrt(s)
		dx, dy, s = dx/math.Sqrt(s), dy/math.Sqrt(s), 1
	}
	f := math.Sqrt(max(0, 1/s-1))
	if large == sweep {
		f = -f
	}
	cx, cy := float64(f*dy), float64(-f*dx) // the centre, from the middle, in radii
	from, to := math.Atan2(dy-cy, dx-cx), math.Atan2(-dy-cy, -dx-cx)
	turn := to - from
	if sweep && turn < 0 {
		turn += 2 * math.Pi
	}
	if !sweep && turn > 0 {
		turn -= 2 * math.Pi
	}
	midX, midY := (x0+x)/2+float64(rx*cx), (y0+y)/2+float64(ry*cy)
	n := int(math.Ceil(math.Abs(turn)/(math.Pi/2) - 1e-9))
	step := turn / float64(max(1, n))
	k := 4.0 / 3 * math.Tan(step/4)
	var out []stroke
	for i := range max(1, n) {
		a := from + float64(float64(i)*step)
		b := a + step
		p := func(u, v float64) (float64, float64) { return midX + float64(rx*u), midY + float64(ry*v) }
		x1, y1 := p(math.Cos(a)-float64(k*math.Sin(a)), math.Sin(a)+float64(k*math.Cos(a)))
		x2, y2 := p(math.Cos(b)+float64(k*math.Sin(b)), math.Sin(b)-float64(k*math.Cos(b)))
		x3, y3 := p(math.Cos(b), math.Sin(b))
		out = append(out, stroke{'C', [6]float64{x1, y1, x2, y2, x3, y3}})
	}
	return out
}
