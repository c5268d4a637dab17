package main

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/suite"
)

// local is the zone of the biogas bench's clocks.
var local = time.FixedZone("central European summer time", 2*3600)

// The authors of the biogas bench published means over windows of their biogas
// meter's days. All 65 windows are met by the readings that come out of the
// log, and by the minutes that come out of the projection wherever a window is
// made of whole readings of a minute.
//
// Published flows are litres a minute at 273.15 K and 1 bar. The pipeline
// keeps m3 an hour at 273.15 K and 101 325 Pa, from the meter's own 292.15 K
// and 0.966 bar.
func TestBiogasMeterReplay(t *testing.T) {
	suite.Slow(t) // and alone: a recording is played faster than it was made, which a busy machine cannot follow
	dir := filepath.Join(recordings(t), "ghe_biogas_meter")
	pictures := t.TempDir()
	days := map[string]*replayed{"2024-08-13": replayOf(t, "ghe", "biogas-meter", "--plots", pictures)}
	drawn(t, pictures, "biogas-meter")
	for _, day := range []string{"2024-08-08", "2024-08-23"} {
		days[day] = replayDay(t, day)
		days[day].oneLie(t, "ghe/meter/volume_total", must[time.Time](t)(time.Parse(time.DateOnly, day)))
	}
	const standard = 1000.0 / 60 * 1.01325 // L at 1 bar a minute in one m3{N}/h
	columns := []struct {
		name    string
		tag     measure.Tag
		scale   float64
		matched int
	}{
		{"Flow SBG (ls/min)", "ghe/meter/volume_flow", standard, 0},
		{"Pressure SBG (Pa)", "ghe/meter/pressure", 1, 0},
		{"Temperature SBG (°C)", "ghe/meter/temperature", 1, 0},
	}
	inMinutes, errors, within, worst := 0, 0, 0, 0.0
	sums := map[string][2]float64{} // of the meter's means and the controllers', by day
	for _, file := range []string{"sbg_dry_run.csv", "sbg_humid_run.csv"} {
		header, rows := sheet(t, filepath.Join(dir, "derived", file), 0)
		cell := func(row []string, name string) string {
			i := slices.Index(header, name)
			if i < 0 {
				t.Fatalf("%s: no column %q", file, name)
			}
			return row[i]
		}
		for _, row := range rows {
			day := cell(row, "date/yyyy-mm-dd")
			at := func(name string) time.Time {
				return must[time.Time](t)(time.ParseInLocation("2006-01-02 15:04:05", day+" "+strings.TrimSpace(cell(row, name)), local)).UTC()
			}
			// Windows are closed at both ends.
			w := measure.Interval{From: at("time_start/hh:mm:ss"), To: at("time_end/hh:mm:ss").Add(1)}
			all := days[day].readings(t, w)
			for i := range columns {
				c := &columns[i]
				published := cell(row, c.name)
				if published == "" {
					continue
				}
				found := all[c.tag]
				mean := 0.0
				for _, s := range found {
					mean += c.scale * s.Value * perRolled(c.tag) / float64(len(found))
				}
				if !near(mean, number(t, published)) {
					t.Errorf("%s %s, %s: %v from %d readings, published %s", day, w, c.tag, mean, len(found), published)
					continue
				}
				if count := number(t, cell(row, "SBG count")); i < 2 && float64(len(found)) != count {
					t.Errorf("%s %s, %s: %d readings, published %v", day, w, c.tag, len(found), count)
				}
				c.matched++
				if i == 0 {
					controllers := number(t, cell(row, "Total vol. flow (ls/min)"))
					if near(controllers-mean, number(t, cell(row, "SBG err"))) && near((controllers-mean)/controllers, number(t, cell(row, "SBG rel-err"))) {
						errors++
					} else {
						t.Errorf("%s %s: the meter is %v below the controllers, published %s", day, w, controllers-mean, cell(row, "SBG err"))
					}
					if off := math.Abs(mean/controllers - 1); off <= 0.05 {
						within++
					} else {
						worst = max(worst, off)
					}
					sums[day] = [2]float64{sums[day][0] + mean, sums[day][1] + controllers}
				}
				sum, count := 0.0, 0
				for _, r := range days[day].rollups(t, c.tag, w, time.Minute) {
					sum += r.Average * float64(r.Count)
					count += r.Count
				}
				if count != len(found) {
					continue // a minute at an end of the window holds a reading outside it
				}
				inMinutes++
				if got := c.scale * sum / float64(count); !near(got, number(t, published)) {
					t.Errorf("%s %s, %s: %v from the minutes, published %s", day, w, c.tag, got, published)
				}
			}
		}
	}
	for i, want := range []int{65, 65, 46} {
		if columns[i].matched != want {
			t.Errorf("%s: %d published windows met, want %d", columns[i].name, columns[i].matched, want)
		}
	}
	if inMinutes != 106 {
		t.Errorf("%d published means are met from minutes, want 106", inMinutes)
	}
	for day, want := range map[string]float64{"2024-08-08": 1.211, "2024-08-13": 1.192, "2024-08-23": 1.083} {
		if got := sums[day][0] / sums[day][1]; math.Abs(got-want) > 0.0005 {
			t.Errorf("%s: the meter read %.4f times what the controllers let through, want %v", day, got, want)
		}
	}
	if errors != 65 || within != 5 || math.Abs(worst-1.7) > 0.05 {
		t.Errorf("%d published errors of the meter are met, %d of them within 5 %%, the worst %.2f; want 65, 5 and 1.7", errors, within, worst)
	}
	t.Logf("published means met: flow %d, pressure %d, temperature %d; %d of them from minutes too", columns[0].matched, columns[1].matched, columns[2].matched, inMinutes)

	r := days["2024-08-13"]
	whole := measure.Interval{From: time.Date(2024, 8, 12, 0, 0, 0, 0, time.UTC), To: time.Date(2024, 8, 14, 0, 0, 0, 0, time.UTC)}
	readings := 0
	for _, samples := range r.readings(t, whole) {
		readings += len(samples)
	}
	r.size(t, readings, 1)
}

// perRolled brings a reading in the profile's unit to the plant's.
func perRolled(tag measure.Tag) float64 {
	if tag == "ghe/meter/volume_flow" {
		return 1e-3 // L{N}/h to m3{N}/h
	}
	return 1
}

// replayDay replays another day of the biogas meter, by a map of one's own.
func replayDay(t *testing.T, day string) *replayed {
	t.Helper()
	dir := t.TempDir()
	text := string(must[[]byte](t)(configs.Examples.ReadFile("examples/replay/biogas-meter.yaml")))
	write(t, filepath.Join(dir, "day.yaml"), []byte(strings.Replace(text, "2024-08-13", day, 1)))
	write(t, filepath.Join(dir, "plant.yaml"), must[[]byte](t)(configs.Examples.ReadFile("examples/replay/biogas-plant.yaml")))
	return replayOf(t, "ghe", filepath.Join(dir, "day.yaml"), "--plant", filepath.Join(dir, "plant.yaml"))
}

// Eight minutes of two mass flow controllers as MQTT messages, twenty a
// second, each with the cells that changed. No means were published of this
// day; the minutes must be what the file itself says.
func TestMassFlowControllerReplay(t *testing.T) {
	suite.Slow(t) // and alone: a recording is played faster than it was made, which a busy machine cannot follow
	header, rows := sheet(t, filepath.Join(recordings(t), "ghe_biogas_meter", "mfc", "2024-08-19.csv"), 0)
	r := replayOf(t, "ghe", "biogas-mfc")
	w := measure.Interval{From: time.Date(2024, 8, 19, 7, 0, 0, 0, time.UTC), To: time.Date(2024, 8, 19, 9, 0, 0, 0, time.UTC)}
	readings, minutes, all := 0, 0, r.readings(t, w)
	for i, gas := range map[int]string{1: "ch4", 4: "co2"} {
		for j, name := range []string{"volume_flow", "pressure", "temperature"} {
			tag := measure.Tag("ghe/" + gas + "/" + name)
			scale := 1.0
			if name == "volume_flow" {
				scale = 60.0 / 1000 // L{N}/min to m3{N}/h
			}
			want := map[int64]*naive{}
			cells := 0
			for _, row := range rows {
				if row[i+j] == "" {
					continue
				}
				at := must[time.Time](t)(time.ParseInLocation("2006-01-02 15:04:05.000", row[0], local)).Truncate(time.Minute).UnixNano()
				if want[at] == nil {
					want[at] = &naive{}
				}
				want[at].count++
				want[at].sum += scale * number(t, row[i+j])
				cells++
			}
			got := r.rollups(t, tag, w, time.Minute)
			for at, n := range want {
				minutes++
				if got[at].Count != n.count || !near(got[at].Average, n.sum/float64(n.count)) {
					t.Errorf("%s %s: %d readings, average %v; %s says %d, %v", tag, time.Unix(0, at).UTC(), got[at].Count, got[at].Average, header[i+j], n.count, n.sum/float64(n.count))
				}
			}
			if found := len(all[tag]); found != cells {
				t.Errorf("%s: %d readings of %d cells", tag, found, cells)
			}
			readings += cells
		}
	}
	t.Logf("%d rows, %d cells, %d minutes of six tags are what the file says", len(rows), readings, minutes)
	r.size(t, readings, 160) // five seconds
}
