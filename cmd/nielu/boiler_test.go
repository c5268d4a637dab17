package main

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/suite"
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
	{"boiler/generator/gross_power", "1LDC-GROSS-MW", 1000, 0},
	{"boiler/generator/selected_power", "1JT66801S", 1000, 0},
	{"boiler/steam/temperature", "S831", 1 / 1.8, -32},
	{"boiler/steam/pressure", "S833", psi, 0},
	{"boiler/throttle/temperature", "S834", 1 / 1.8, -32},
	{"boiler/feedwater/temperature", "FW452", 1 / 1.8, -32},
	{"boiler/feedwater/pressure", "FW451", psi, 0},
	{"boiler/economiser/inlet_pressure", "FW611", psi, 0},
	{"boiler/reheat/temperature", "S634", 1 / 1.8, -32},
	{"boiler/reheat/bowl_pressure", "S640", psi, 0},
	{"boiler/turbine/first_stage_pressure", "S839C", psi, 0},
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
	suite.Slow(t) // and alone: a recording is played faster than it was made, which a busy machine cannot follow
	file := filepath.Join(recordings(t), "idaes_escalante_boiler", "data_small.csv")
	header, rows := sheet(t, file, 0)
	if len(rows) != 1846 {
		t.Fatalf("%d rows in %s, want 1846", len(rows), file)
	}
	pictures := t.TempDir()
	r := replayOf(t, "boiler", "boiler", "--plots", pictures)
	drawn(t, pictures, "escalante-boiler")
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
	if selected := means["boiler/generator/selected_power"] / means["boiler/generator/gross_power"]; math.Abs(selected-1) > 1e-4 {
		t.Errorf("the two transducers differ by %v", selected-1)
	}
	got := r.average(t, "boiler/steam/mass_flow", w) / r.average(t, "boiler/feedwater/mass_flow", w)
	t.Logf("%d tags: %d hours and %d minutes are what the file says; steam over feedwater %.5f", len(boiler), hours, minutes, got)
	if !near(got, ratio) || math.Abs(got-0.97307) > 5e-6 {
		t.Errorf("steam over feedwater %v, of the file %v, want 0.97307", got, ratio)
	}
	failed := failing(t, header, rows)
	for _, want := range []string{
		"boiler/steam/mass_flow               1846      417223 ",
		fmt.Sprintf("windows: 1410, running 1410, steady 1410, reconciled 1410, of these %d failed the global test", failed),
		"gamma 2.035, limit 5.991 (2 degrees of freedom): passed",
		"make_up      mass  5858      2100  kg/h  not measured, the balances give it",
		"check FT-STM boiler/steam/mass_flow or FT-FW boiler/feedwater/mass_flow: an error goes with the load, reads 6.2 % low at 310000 kg/h and 4.6 % high at 616000 kg/h",
	} {
		if !strings.Contains(r.report, want) {
			t.Errorf("the replay does not print %q:\n%s", want, r.report)
		}
	}
	if failed != 670 {
		t.Errorf("by the file %d windows contradict themselves, want 670", failed)
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

// failing counts the windows of ten minutes whose readings contradict each
// other beyond what the plant file states, from the file alone: the chi-square
// of the boiler's water and of the two transducers of the power.
func failing(t *testing.T, header []string, rows [][]string) (n int) {
	t.Helper()
	type row struct{ feedwater, spray, steam, gross, selected float64 }
	at := map[int64]row{}
	for _, cells := range rows {
		of := func(column string) float64 { return number(t, cells[slices.Index(header, column)]) }
		minute := must[time.Time](t)(time.Parse("1/2/2006 15:04", cells[0])).Unix() / 60
		at[minute] = row{kilopound * of("1FWS-FWFLW-A"), kilopound * of("FW463"), kilopound * of("1FWS-STMFLW-A"), of("1LDC-GROSS-MW"), of("1JT66801S")}
	}
	square := func(x float64) float64 { return x * x }
	for minute, a := range at {
		b, ok := at[minute+10]
		if !ok {
			continue
		}
		feedwater, spray, steam := (a.feedwater+b.feedwater)/2, (a.spray+b.spray)/2, (a.steam+b.steam)/2
		gross, selected := (a.gross+b.gross)/2, (a.selected+b.selected)/2
		water := square(feedwater+spray-steam-4720) / (square(0.01*feedwater) + square(0.01*steam) + square(100) + square(3860)/3)
		power := square(gross-selected) / (square(0.005*gross)/3 + square(0.005*selected)/3)
		if water+power > 5.991464547107979 { // of two degrees of freedom, 95 %
			n++
		}
	}
	return n
}

// What a turbine lets through, P/√T of its first stage, tells which of the two
// meters goes with the load.
func TestTheBoilersWitness(t *testing.T) {
	header, rows := sheet(t, filepath.Join(recordings(t), "idaes_escalante_boiler", "data_small.csv"), 0)
	type point struct{ feedwater, steam, stage float64 }
	var all []point
	for _, cells := range rows {
		of := func(column string) float64 { return number(t, cells[slices.Index(header, column)]) }
		stage := (of("S839C")*psi + of("BAROMETRIC-PRESS")*mercury/1000) / math.Sqrt((of("S834")+459.67)/1.8)
		all = append(all, point{of("1FWS-FWFLW-A"), of("1FWS-STMFLW-A"), stage})
	}
	slices.SortFunc(all, func(a, b point) int { return cmp.Compare(a.feedwater, b.feedwater) })
	for _, c := range []struct {
		name      string
		of        func(point) float64
		low, high float64
	}{
		{"feedwater over P/√T", func(p point) float64 { return p.feedwater / p.stage }, 0.988, 1.008},
		{"steam over P/√T", func(p point) float64 { return p.steam / p.stage }, 0.950, 1.074},
		{"steam over feedwater", func(p point) float64 { return p.steam / p.feedwater }, 0.9112 / 0.96429, 1.0275 / 0.96429},
	} {
		mean, low, high := 0.0, math.Inf(1), math.Inf(-1)
		for _, p := range all {
			mean += c.of(p) / float64(len(all))
		}
		for k := range 10 { // tenths of the rows, by load
			tenth, sum := all[k*len(all)/10:(k+1)*len(all)/10], 0.0
			for _, p := range tenth {
				sum += c.of(p) / mean / float64(len(tenth))
			}
			low, high = min(low, sum), max(high, sum)
		}
		if t.Logf("%s: tenths from %.4f to %.4f of the mean", c.name, low, high); math.Abs(low-c.low) > 0.0006 || math.Abs(high-c.high) > 0.0006 {
			t.Errorf("%s: tenths from %.4f to %.4f of the mean, want %v to %v", c.name, low, high, c.low, c.high)
		}
	}
}
