package main

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
)

// The columns of the boiler's file that are replayed, with the unit of the
// file brought to that of the plant by hand: value = scale·(cell + offset).
var boiler = []struct {
	tag    measure.Tag
	column string
	scale  float64
	offset float64
}{
	{"boiler/feedwater/mass_flow", "1FWS-FWFLW-A", kilopound, 0},
	{"boiler/steam/mass_flow", "1FWS-STMFLW-A", kilopound, 0},
	{"boiler/generator/gross_power", "1LDC-GROSS-MW", 1, 0},
	{"boiler/generator/selected_power", "1JT66801S", 1, 0},
	{"boiler/steam/temperature", "S831", 1 / 1.8, -32},
	{"boiler/steam/pressure", "S833", psi, 0},
	{"boiler/throttle/temperature", "S834", 1 / 1.8, -32},
	{"boiler/feedwater/temperature", "FW452", 1 / 1.8, -32},
	{"boiler/feedwater/pressure", "FW451", psi, 0},
	{"boiler/economiser/inlet_pressure", "FW611", psi, 0},
	{"boiler/reheat/temperature", "S634", 1 / 1.8, -32},
	{"boiler/reheat/bowl_pressure", "S640", psi, 0},
	{"boiler/drum/pressure", "S801", psi, 0},
	{"boiler/coal/mass_flow", "DGS3", 2 * kilopound, 0},
	{"boiler/air/mass_flow", "BA1T", kilopound, 0},
	{"boiler/primary_air/mass_flow", "1FUE-TOTPA-FLOW", kilopound, 0},
	{"boiler/attemperation/mass_flow", "FW463", kilopound, 0},
	{"boiler/flue_gas/o2_a", "BG3506A", 1, 0},
	{"boiler/flue_gas/o2_b", "BG3506B", 1, 0},
	{"boiler/condenser/temperature", "C19", 1 / 1.8, -32},
	{"boiler/condenser/pressure", "S11", mercury, 0},
	{"boiler/ambient/pressure", "BAROMETRIC-PRESS", mercury, 0},
	{"boiler/cooling/volume_flow", "CW317-COND", 231 * 0.0254 * 0.0254 * 0.0254 * 60, 0},
	{"boiler/flue_gas/pressure", "BA2051", 0.0254 * 98.0665, 0},
}

const (
	kilopound = 453.59237                                    // kg
	psi       = 0.45359237 * 9.80665 / 0.0254 / 0.0254 / 1e5 // bar
	mercury   = 0.0254 * 1333.22                             // mbar, inch of mercury by UCUM: 133.322 kPa a metre
)

// A season of a power boiler goes through registers, gateway, broker, log and
// pipeline: all 1846 rows arrive, each window is what the file says, and the
// meters' real difference is found.
func TestBoilerReplay(t *testing.T) {
	file := filepath.Join(recordings(t), "idaes_escalante_boiler", "data_small.csv")
	header, rows := sheet(t, file, 0)
	if len(rows) != 1846 {
		t.Fatalf("%d rows in %s, want 1846", len(rows), file)
	}
	r := replay(t, "boiler", "boiler")
	zone := time.FixedZone("mountain standard time", -7*3600)
	w := measure.Interval{From: time.Date(2019, 12, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2020, 4, 1, 0, 0, 0, 0, time.UTC)}
	hours, minutes, readings := 0, 0, 0
	all := r.readings(t, w)
	means := map[measure.Tag]float64{}
	for _, c := range boiler {
		index := slices.Index(header, c.column)
		if index < 0 {
			t.Fatalf("no column %s in %s", c.column, file)
		}
		var points []point
		for _, row := range rows {
			at := must[time.Time](t)(time.ParseInLocation("1/2/2006 15:04", row[0], zone))
			value := c.scale * (number(t, row[index]) + c.offset)
			points = append(points, point{at.UTC(), value})
			means[c.tag] += value / float64(len(rows))
		}
		slices.SortFunc(points, func(a, b point) int { return a.at.Compare(b.at) })
		hours += agrees(t, c.tag, r.rollups(t, c.tag, w, time.Hour), naively(points, time.Hour, 15*time.Minute), time.Hour)
		minutes += agrees(t, c.tag, r.rollups(t, c.tag, w, time.Minute), naively(points, time.Minute, 15*time.Minute), time.Minute)
		found := all[c.tag]
		readings += len(found)
		if len(found) != len(rows) {
			t.Errorf("%s: %d readings of %d rows", c.tag, len(found), len(rows))
		}
	}
	ratio := means["boiler/steam/mass_flow"] / means["boiler/feedwater/mass_flow"]
	got := r.average(t, "boiler/steam/mass_flow", w) / r.average(t, "boiler/feedwater/mass_flow", w)
	t.Logf("%d tags: %d hours and %d minutes are what the file says; steam over feedwater %.5f", len(boiler), hours, minutes, got)
	if !near(got, ratio) || math.Abs(got-0.97307) > 5e-6 {
		t.Errorf("steam over feedwater %v, of the file %v, want 0.97307", got, ratio)
	}
	if !strings.Contains(r.report, "boiler/steam/mass_flow            1846      417223 ") || !strings.Contains(r.report, "raw closure") {
		t.Errorf("the replay prints\n%s", r.report)
	}
	r.size(t, readings, 1)
}

// average is the mean of a tag's readings as its hours have it.
func (r *replayed) average(t *testing.T, tag measure.Tag, w measure.Interval) float64 {
	sum, count := 0.0, 0
	for _, h := range r.rollups(t, tag, w, time.Hour) {
		sum += h.Average * float64(h.Count)
		count += h.Count
	}
	return sum / float64(count)
}
