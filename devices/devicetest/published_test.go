package devicetest_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/suite"
)

// The authors of the biogas bench published means over windows of time. Which
// of them follow from the raw days that are at hand is found out here without
// any of our own code: the files are read by encoding/csv, the means are plain.
//
// Windows are closed at both ends. "ls" is a litre at 273.15 K and 1 bar, so
// that a flow of the biogas meter in l/h at 292.15 K and 0.966 bar is
// multiplied by 0.966/1·273.15/292.15/60.
//
// What cannot be recomputed: every mean of the mass flow controllers (flows,
// pressures, temperatures, volume fractions) and the errors against them,
// because their files of 2024-08-08, -13 and -23 are too large to be at hand.
// No means were published for the two days that are, 2024-08-15 and -19.
func TestPublishedWindowMeans(t *testing.T) {
	suite.Heavy(t)
	dir := filepath.Join(dataFolder(t), "ghe_biogas_meter")
	const standard = 0.966 * 273.15 / 292.15 / 60
	meter := func(column string, scale float64) source {
		return source{folder: "sbg", time: "Local Time", layout: "2006-01-02 15:04:05", column: column, scale: scale}
	}
	room := func(column string) source {
		return source{folder: "rh_temp", time: "Datetime", layout: "2006-01-02 15:04:05", column: column, scale: 1}
	}
	voltage := source{folder: "composition", time: "Time Stamp(s)", layout: "2006-01-02 15:04:05.000000", column: "DC Voltage(VDC)", scale: 1, skip: 14}
	pulses := source{folder: "turbine_flow", time: "Datetime", layout: "2006-01-02 15:04:05", column: "Pulse count", scale: 1}
	for _, c := range []struct {
		file, mean, count, deviation string
		windows                      int // that have a published mean
		source
	}{
		{"sbg_dry_run", "Flow SBG (ls/min)", "SBG count", "Flow SBG (ls/min) STD", 20, meter("Flow (lph)", standard)},
		{"sbg_dry_run", "Pressure SBG (Pa)", "SBG count", "Pressure SBG (Pa) STD", 20, meter("Pressure (Pa)", 1)},
		{"sbg_dry_run", "Temperature SBG (°C)", "", "", 20, meter("Temperature (°C)", 1)},
		{"sbg_humid_run", "Flow SBG (ls/min)", "SBG count", "Flow SBG (ls/min) STD", 45, meter("Flow (lph)", standard)},
		{"sbg_humid_run", "Pressure SBG (Pa)", "SBG count", "Pressure SBG (Pa) STD", 45, meter("Pressure (Pa)", 1)},
		{"sbg_humid_run", "Temperature SBG (°C)", "", "", 26, meter("Temperature (°C)", 1)},
		{"sbg_humid_run", "AHT Temp (deg C)", "AHT count", "AHT Temp (deg C) STD", 45, room("Temp (deg C)")},
		{"sbg_humid_run", "AHT Humidity (%rH)", "AHT count", "AHT Humidity (%rH) STD", 45, room("Humidity (%rH)")},
		{"sbg_dry_and_humid", "Flow SBG (ls/min)", "SBG count", "Flow SBG (ls/min) STD", 65, meter("Flow (lph)", standard)},
		{"composition_calibration", "AHT Temp (deg C)", "AHT count", "AHT Temp (deg C) STD", 45, room("Temp (deg C)")},
		{"composition_calibration", "AHT Humidity (%rH)", "AHT count", "AHT Humidity (%rH) STD", 45, room("Humidity (%rH)")},
		{"composition_calibration", "DC voltage (VDC)", "DC voltage count", "DC voltage STD (VDC)", 45, voltage},
		{"yf201_calibration", "YF201 pulses", "YF201 count", "YF201 pulses STD", 45, pulses},
	} {
		matched := 0
		for _, window := range table(t, filepath.Join(dir, "derived", c.file+".csv"), 0) {
			if window[c.mean] == "" {
				continue
			}
			day := window["date/yyyy-mm-dd"]
			values := c.within(t, dir, day, clock(t, day, window["time_start/hh:mm:ss"]), clock(t, day, window["time_end/hh:mm:ss"]))
			mean, deviation := moments(values)
			ok := math.Abs(mean-number(t, window[c.mean])) <= 1e-9*max(1, math.Abs(mean))
			if c.count != "" {
				ok = ok && float64(len(values)) == number(t, window[c.count])
			}
			if c.deviation != "" {
				ok = ok && math.Abs(deviation-number(t, window[c.deviation])) <= 1e-9*max(1, deviation)
			}
			if !ok {
				t.Errorf("%s %s %s: %d readings, mean %v, deviation %v; published %s %s, count %s", c.file, day, window["time_start/hh:mm:ss"],
					len(values), mean, deviation, c.mean, window[c.mean], window[c.count])
				continue
			}
			matched++
		}
		if matched != c.windows {
			t.Errorf("%s, %s: %d windows match, want %d", c.file, c.mean, matched, c.windows)
		}
		t.Logf("%s, %s: mean, count and deviation of %d windows recomputed", c.file, c.mean, matched)
	}
}

// source is one column of the raw files of a sensor, one file a day.
type source struct {
	folder, time, layout, column string
	scale                        float64
	skip                         int
}

func (s source) within(t *testing.T, dir, day string, from, to time.Time) []float64 {
	var values []float64
	for _, row := range table(t, filepath.Join(dir, s.folder, day+".csv"), s.skip) {
		text, _, _ := strings.Cut(row[s.time], "+")
		at, err := time.Parse(s.layout, text)
		if err != nil {
			t.Fatal(err)
		}
		if row[s.column] != "" && !at.Before(from) && !at.After(to) {
			values = append(values, s.scale*number(t, row[s.column]))
		}
	}
	return values
}

func moments(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, math.Sqrt(deviation)
}

func table(t *testing.T, file string, skip int) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	for range skip {
		_, text, _ = strings.Cut(text, "\n")
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	records, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			row[records[0][i]] = strings.TrimSpace(cell)
		}
		rows = append(rows, row)
	}
	return rows
}

func clock(t *testing.T, day, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05", day+" "+strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
