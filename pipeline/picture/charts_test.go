package picture_test

import (
	"math"
	"time"

	"github.com/nielu/nielu/pipeline/picture"
)

// closures is a chart of some days of closures, with a hole, a drift and the
// time at which it was found.
func closures() picture.Chart {
	start := time.Date(2026, 10, 29, 6, 0, 0, 0, time.UTC)
	c := picture.Chart{
		Title: "Mass closure of the kiln", About: "raw, one hour each; the belt scale drifts from 1 November", Unit: "%",
		Levels: []picture.Level{{100, "closed"}, {101.8, "upper limit, 95 %"}, {98.2, "lower limit, 95 %"}},
		Marks: []picture.Mark{{start.Add(70 * time.Hour), "change found: feed/mass_flow"}, {start.Add(84 * time.Hour), "scale calibrated"},
			{start.Add(119 * time.Hour), "end of the lot"}},
	}
	raw, fixed, lab := picture.Series{Name: "raw"}, picture.Series{Name: "reconciled", Gap: 90 * time.Minute}, picture.Series{Name: "from ash", Dots: true}
	for h := range 120 {
		at := start.Add(time.Duration(h) * time.Hour)
		v := 100 + float64(h*37%17-8)/12
		if h > 60 && h < 84 {
			v += float64(h-60) / 6
		}
		if h > 20 && h < 27 {
			raw.Points = append(raw.Points, picture.Point{At: at, Value: math.NaN()})
			continue
		}
		raw.Points = append(raw.Points, picture.Point{At: at, Value: v, U: 0.9})
		fixed.Points = append(fixed.Points, picture.Point{At: at, Value: 100 + float64(h*29%13-6)/40})
		if h%12 == 0 {
			lab.Points = append(lab.Points, picture.Point{At: at, Value: v - 1.1})
		}
	}
	c.Series = []picture.Series{raw, fixed, lab}
	return c
}
