package replay

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/picture"
)

// normalInStandard is how many litres at 273.15 K and 1 bar a minute, the unit
// of the bench's authors, are one m3{N}/h.
const normalInStandard = 1000.0 / 60 * 1.01325

// stretch is what the authors of the bench published of some minutes.
type stretch struct {
	from, to          time.Time
	meter, controller float64 // m3{N}/h
}

// drawBiogasMeter shows the meter's flow minute by minute, the means that the
// authors published of it, and what their mass flow controllers let through.
func (r *Rig) drawBiogasMeter(ctx context.Context, w measure.Interval, data string, into plots) error {
	published, err := publishedOf(filepath.Join(data, "ghe_biogas_meter", "derived", "sbg_dry_run.csv"), w)
	if err != nil {
		return err
	}
	if len(published) == 0 {
		return fmt.Errorf("--plots: the authors published nothing of %s", w)
	}
	around := measure.Interval{From: published[0].from.Add(-15 * time.Minute), To: published[len(published)-1].to.Add(15 * time.Minute)}
	minutes, err := r.covered(ctx, "ghe/meter/volume_flow", around.Align(time.Minute), time.Minute)
	if err != nil {
		return err
	}
	meter := picture.Series{Name: "biogas meter, each minute", Gap: 90 * time.Second}
	means, controllers := picture.Series{Name: "its mean, as published"}, picture.Series{Name: "mass flow controllers, mean as published"}
	errors := picture.Cloud{Name: "meter against controllers, published windows"}
	for _, m := range minutes {
		meter.Points = append(meter.Points, picture.Point{At: time.Unix(0, m.From).Add(30 * time.Second), Value: m.Mean})
	}
	for _, s := range published {
		for i, of := range []*picture.Series{&means, &controllers} {
			v := [2]float64{s.meter, s.controller}[i]
			of.Points = append(of.Points, picture.Point{At: s.from, Value: v}, picture.Point{At: s.to, Value: v}, picture.Point{At: s.to, Value: math.NaN()})
		}
		errors.Points = append(errors.Points, picture.XY{X: s.controller, Y: 100 * (s.meter/s.controller - 1)})
	}
	into["flow"] = picture.Plot(picture.Chart{Title: "Biogas meter and what went through it", About: "At 273.15 K and 101 325 Pa, dry.", Unit: "m3{N}/h",
		Series: []picture.Series{meter, means, controllers}})
	into["error"] = picture.PlotAgainst(picture.Scatter{Title: "Error of the biogas meter", About: "Of its mean in each published window.", X: "mass flow controllers", XUnit: "m3{N}/h",
		Unit: "%", Clouds: []picture.Cloud{errors}, Levels: []picture.Level{{Value: 0, Text: "no error"}}})
	return nil
}

// publishedOf reads what was published of a time, in order of time. The clocks
// of the bench show Swiss summer time.
func publishedOf(file string, w measure.Interval) (all []stretch, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--plots: the authors' means: %w", err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: no table: %w", file, err)
	}
	var places []int
	for _, name := range []string{"date/yyyy-mm-dd", "time_start/hh:mm:ss", "time_end/hh:mm:ss", "Flow SBG (ls/min)", "Total vol. flow (ls/min)"} {
		i := slices.Index(rows[0], name)
		if i < 0 {
			return nil, fmt.Errorf("%s:1: there is no column %q", file, name)
		}
		places = append(places, i)
	}
	zone := time.FixedZone("", 2*3600)
	for n, row := range rows[1:] {
		var s stretch
		var faults [4]error
		s.from, faults[0] = time.ParseInLocation("2006-01-02 15:04:05", row[places[0]]+" "+strings.TrimSpace(row[places[1]]), zone)
		s.to, faults[1] = time.ParseInLocation("2006-01-02 15:04:05", row[places[0]]+" "+strings.TrimSpace(row[places[2]]), zone)
		s.meter, faults[2] = strconv.ParseFloat(row[places[3]], 64)
		s.controller, faults[3] = strconv.ParseFloat(row[places[4]], 64)
		for _, err := range faults {
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n+2, err)
			}
		}
		s.meter, s.controller = s.meter/normalInStandard, s.controller/normalInStandard
		if !s.from.Before(w.From) && s.to.Before(w.To) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from.Compare(b.from) })
	return all, nil
}
