package print

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/report/reporttest"
)

// TestPath holds the commands of a path.
func TestPath(t *testing.T) {
	for d, want := range map[string][]stroke{
		"M1 2H5V7h-4z":              {{'M', [6]float64{1, 2}}, {'L', [6]float64{5, 2}}, {'L', [6]float64{5, 7}}, {'L', [6]float64{1, 7}}, {kind: 'Z'}},
		"m1,2l1-1 2-2":              {{'M', [6]float64{1, 2}}, {'L', [6]float64{2, 1}}, {'L', [6]float64{4, -1}}},
		"M0 0c1 2 3 4 5 6zm1 1l1 0": {{'M', [6]float64{}}, {'C', [6]float64{1, 2, 3, 4, 5, 6}}, {kind: 'Z'}, {'M', [6]float64{1, 1}}, {'L', [6]float64{2, 1}}},
		"M1 1 2 2Q1 1 2 2":          {{'M', [6]float64{1, 1}}, {'L', [6]float64{2, 2}}},
	} {
		got := readPath(d)
		if len(got) != len(want) {
			t.Errorf("%s: %v", d, got)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: piece %d is %v, not %v", d, i, got[i], want[i])
			}
		}
	}
}

// TestArc holds that the curves of an arc end where it ends and lie on the
// ellipse.
func TestArc(t *testing.T) {
	for _, c := range []struct {
		rx, ry       float64
		large, sweep bool
		x, y, cx, cy float64
	}{
		{5, 5, false, true, 10, 0, 5, 0}, {5, 5, false, false, 10, 0, 5, 0}, {11, 5, false, false, 22, 0, 11, 0},
		{5, 5, false, true, 5, 5, 0, 5}, {5, 5, true, true, 5, 5, 5, 0}, {1, 1, false, true, 10, 0, 5, 0},
	} {
		at := [2]float64{0, 0}
		rx, ry := c.rx, c.ry
		if rx == 1 {
			rx, ry = 5, 5 // it was too small to reach
		}
		for _, s := range arc(0, 0, c.rx, c.ry, c.large, c.sweep, c.x, c.y) {
			for _, u := range []float64{0, 0.25, 0.5, 0.75, 1} {
				v := 1 - u
				x := v*v*v*at[0] + 3*v*v*u*s.at[0] + 3*v*u*u*s.at[2] + u*u*u*s.at[4]
				y := v*v*v*at[1] + 3*v*v*u*s.at[1] + 3*v*u*u*s.at[3] + u*u*u*s.at[5]
				if off := math.Hypot((x-c.cx)/rx, (y-c.cy)/ry) - 1; math.Abs(off) > 4e-4 {
					t.Errorf("%+v: %g, %g is off the ellipse by %g", c, x, y, off)
				}
				if c.sweep && c.y == 0 && y > 1e-9 || !c.sweep && c.y == 0 && y < -1e-9 {
					t.Errorf("%+v: turns the wrong way", c)
				}
			}
			at = [2]float64{s.at[4], s.at[5]}
		}
		if math.Hypot(at[0]-c.x, at[1]-c.y) > 1e-9 {
			t.Errorf("%+v ends at %v", c, at)
		}
	}
}

// TestStyle holds which rule of a picture's style counts on paper.
func TestStyle(t *testing.T) {
	d, err := readDrawing([]byte(`<svg viewBox="0 0 10 20"><style>.r .a{fill:#010203;stroke:#040506;stroke-width:2}
.r text{fill:#0a0b0c;font-size:12px}.r .b .a{fill:none}.r .b.c .a{stroke-dasharray:3 1.5;opacity:.2}
@media screen and (prefers-color-scheme:dark){.r .a{fill:#ffffff}}
@media print{.r .p{fill:none}}
.r .p{fill:#0d0e0f}</style><g class="r"><path class="a" d="M0 0h1"/><g class="b c"><path class="a" stroke-width="9" d="M0 0h1"/></g><rect class="p" width="1" height="1"/><text x="3" y="4" class="a" text-anchor="middle">a &lt; b</text></g></svg>`))
	if err != nil || d.wide != 10 || d.high != 20 || len(d.shapes) != 4 {
		t.Fatalf("%v %+v", err, d)
	}
	a, b, p, text := d.shapes[0], d.shapes[1], d.shapes[2], d.shapes[3]
	if a.fill == nil || *a.fill != [3]int{1, 2, 3} || a.stroke == nil || *a.stroke != [3]int{4, 5, 6} || a.width != 2 || a.opacity != 1 {
		t.Errorf("a plain one: %+v", a.look)
	}
	if b.fill != nil || b.width != 2 || len(b.dash) != 2 || b.dash[1] != 1.5 || b.opacity != 0.2 {
		t.Errorf("one within: %+v", b.look)
	}
	if p.fill == nil || *p.fill != [3]int{13, 14, 15} {
		t.Errorf("the later rule of one weight counts: %+v", p.look)
	}
	if text.text != "a < b" || !text.middle || text.size != 12 || text.at != [2]float64{3, 4} || *text.fill != [3]int{1, 2, 3} {
		t.Errorf("text: %+v", text)
	}
}

// TestPicturesHaveTheirColours holds that nothing of the report's pictures is
// drawn in the colour of what has no rule.
func TestPicturesHaveTheirColours(t *testing.T) {
	in := reporttest.World(t)
	drawn := 0
	for _, s := range report.Compose(in).Sections {
		for _, b := range s.Blocks {
			if b.Figure == nil {
				continue
			}
			d, err := readDrawing(b.Figure.SVG)
			if err != nil {
				t.Fatal(err)
			}
			drawn++
			if len(d.shapes) < 10 {
				t.Errorf("%s: a picture of %d shapes", s.Title, len(d.shapes))
			}
			for _, x := range d.shapes {
				if x.fill != nil && *x.fill == [3]int{} {
					t.Errorf("%s: %q %v is black", s.Title, x.text, x.path)
				}
				for _, p := range x.path {
					if x.text == "" && p.kind == 'M' && (p.at[0] < -1 || p.at[0] > d.wide+1 || p.at[1] < -1 || p.at[1] > d.high+1) {
						t.Errorf("%s: a path begins outside, at %v", s.Title, p.at)
					}
				}
			}
		}
	}
	if drawn < 4 {
		t.Errorf("%d pictures: want the flowsheet, closures, a temperature and calibrations", drawn)
	}
}

// TestLetters holds that the paper's fonts have every letter it may print.
func TestLetters(t *testing.T) {
	for _, font := range [][]byte{goregular.TTF, gobold.TTF} {
		f := reporttest.Must(sfnt.Parse(font))(t)
		var b sfnt.Buffer
		for c := rune(1); c < 0x3000; c++ {
			if printable(string(c)) != string(c) {
				continue
			}
			if i, err := f.GlyphIndex(&b, c); err != nil || i == 0 {
				t.Errorf("there is no letter %U %q", c, c)
			}
		}
	}
}

// FuzzDrawing holds that no picture breaks the paper.
func FuzzDrawing(f *testing.F) {
	f.Add([]byte(`<svg viewBox="0 0 10 20"><style>.a{fill:#010203}</style><path class="a" d="M0 0a1 1 0 0 1 2 2z"/><text>x</text></svg>`))
	f.Add([]byte(`<svg viewBox="0 0 1 1"><style>@media print{</style></svg>`))
	f.Fuzz(func(t *testing.T, svg []byte) {
		d, err := readDrawing(svg)
		if err == nil && d == nil {
			t.Error("neither a picture nor an error")
		}
	})
}

// TestPaper holds that the table of a document leads to each of its objects,
// and that each stream has the length it says and can be unpacked.
func TestPaper(t *testing.T) {
	pdf := reporttest.Must(PDF(reporttest.World(t)))(t)
	at, err := strconv.Atoi(strings.Fields(string(pdf[bytes.LastIndex(pdf, []byte("startxref")):]))[1])
	if err != nil || !bytes.HasPrefix(pdf[at:], []byte("xref\n0 ")) {
		t.Fatalf("startxref leads to %.20q", pdf[at:])
	}
	lines := strings.Split(string(pdf[at:]), "\n")
	objects := reporttest.Must(strconv.Atoi(strings.Fields(lines[1])[1]))(t)
	if objects < 10 {
		t.Fatalf("%d objects", objects)
	}
	streams := 0
	for n := 1; n < objects; n++ {
		place := reporttest.Must(strconv.Atoi(strings.Fields(lines[2+n])[0]))(t)
		object := pdf[place:]
		if want := fmt.Sprintf("%d 0 obj\n", n); !bytes.HasPrefix(object, []byte(want)) {
			t.Fatalf("object %d is %.20q", n, object)
		}
		head, body, ok := bytes.Cut(object[:min(len(object), 400)], []byte(streamBegins))
		if !ok || bytes.Contains(head, []byte("endobj")) {
			continue
		}
		streams++
		length := reporttest.Must(strconv.Atoi(string(streamLength.FindSubmatch(head)[1])))(t)
		start := place + len(head) + len(streamBegins)
		if !bytes.HasPrefix(pdf[start+length:], []byte("\nendstream")) {
			t.Errorf("the stream of object %d is not %d bytes: %.20q", n, length, body)
		}
		if _, err := inflate(pdf[start : start+length]); err != nil {
			t.Errorf("object %d: %v", n, err)
		}
	}
	if streams < 4 {
		t.Errorf("%d streams", streams)
	}
}
