package picture_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/picture"
)

// errorOf is a plot of an error against the load, with points that have no numbers.
func errorOf() picture.Scatter {
	s := picture.Scatter{Title: "FT-1 & FT-2", About: "each hour", X: "what flows", XUnit: "kg/h", Unit: "%", Levels: []picture.Level{{Value: 0, Text: "no error"}, {Value: math.NaN(), Text: "not known"}}}
	points := picture.Cloud{Name: "error"}
	for i := range 40 {
		x := 100 + float64(i*37%40)*5
		points.Points = append(points.Points, picture.XY{X: x, Y: (x-200)/20 + float64(i*13%7-3)/4})
	}
	points.Points = append(points.Points, picture.XY{X: math.NaN(), Y: 1}, picture.XY{X: 150, Y: math.Inf(1)})
	s.Clouds = []picture.Cloud{points, {Name: "line", Points: []picture.XY{{X: 100, Y: -5}, {X: 295, Y: 4.75}}, Joined: true}, {Name: "nothing"}}
	return s
}

// What is no number is not drawn, whatever is missing the picture stays whole,
// and what was handed over is not changed.
func TestPlotAgainst(t *testing.T) {
	s := errorOf()
	svg := string(picture.PlotAgainst(s))
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range s.Clouds[0].Points[:40] {
		low, high = min(low, x.Y), max(high, x.Y)
	}
	for _, want := range []string{"FT-1 &amp; FT-2", "what flows, kg/h", fmt.Sprintf("error: 40 values from %.4g to %.4g %%", low, high), "nothing: no values", "no error: 0"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in\n%s", want, svg)
		}
	}
	if n := strings.Count(svg, `class="dot"`); n != 40+2 { // and in the legend
		t.Errorf("%d dots, want 42", n)
	}
	for _, no := range []string{"NaN", "Inf", "not known"} {
		if strings.Contains(svg, no) {
			t.Errorf("%q in\n%s", no, svg)
		}
	}
	if len(s.Clouds[0].Points) != 42 {
		t.Errorf("the points became %d", len(s.Clouds[0].Points))
	}
	for _, s := range []picture.Scatter{{}, {Clouds: []picture.Cloud{{Points: []picture.XY{{X: 1, Y: 1}}}}}, {Title: "x", Levels: []picture.Level{{Value: 3}}}} {
		if svg := string(picture.PlotAgainst(s)); strings.Contains(svg, "NaN") || !strings.HasSuffix(strings.TrimSpace(svg), "</svg>") {
			t.Errorf("%+v:\n%s", s, svg)
		}
	}
}
