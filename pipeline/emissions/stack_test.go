package emissions

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

// By hand: 10 000 m³ with 12 ppm CH4, 3 ppm N2O and 11 % CO2.
//
//	CH4: 10000 · 12e-6 · 16.043 / 22.41396954 = 0.0858911 kg
//	N2O: 10000 ·  3e-6 · 44.013 / 22.41396954 = 0.0589092 kg
//	CO2: 10000 · 0.11  · 44.009 / 22.41396954 = 2159.8093 kg, apart
//
// and where 10 % of the week is missing, 16.8 h · 100 m³/h at the most besides.
func TestStackByHand(t *testing.T) {
	text := `stack:
  - name: x
    group: E_production
    volume: 10000 m3{N}
    coverage: 100 %
    most: 100 m3{N}/h
    from: { tag: pyro1/stack/volume_flow }
    gases:
      - { gas: ch4_biogenic, share: "12 [ppm]", most: "200 [ppm]" }
      - { gas: n2o, share: "3 [ppm]", most: "50 [ppm]" }
      - { gas: co2_biogenic, share: 11 %, most: 20 % }
`
	l := oneLine(t, text)
	for gas, want := range map[Gas]float64{CH4Biogenic: 0.0858911, N2O: 0.0589092} {
		if m, _ := massOf(l.Gases, gas); math.Abs(m.Kilograms()-want) > 1e-6 {
			t.Errorf("%s: %s, want %v kg", gas, m, want)
		}
	}
	if want := measure.CO2e(math.Round(85891.06*28 + 58909.2*265)); l.CO2e < want-300 || l.CO2e > want+300 {
		t.Errorf("%d mg, want %d", l.CO2e, want)
	}
	if l.BiogenicCO2 == nil || math.Abs(l.BiogenicCO2.Kilograms()-2159.8093) > 0.001 {
		t.Errorf("biogenic CO2: %v", l.BiogenicCO2)
	}
	if len(l.Remarks) > 0 {
		t.Errorf("remarks: %q", l.Remarks)
	}
	l = oneLine(t, strings.Replace(text, "100 %", "90 %", 1))
	for gas, want := range map[Gas]float64{CH4Biogenic: 0.0858911 + 1680*200e-6*16.043/22.41396954, N2O: 0.0589092 + 1680*50e-6*44.013/22.41396954} {
		if m, _ := massOf(l.Gases, gas); math.Abs(m.Kilograms()-want) > 1e-6 {
			t.Errorf("with a hole, %s: %s, want %v kg", gas, m, want)
		}
	}
	if l.StandsIn.Value < 1679.999 || l.StandsIn.Value > 1680.001 || l.Coverage != 0.9 {
		t.Errorf("stands in: %v, coverage %v", l.StandsIn, l.Coverage)
	}
	l = oneLine(t, strings.Replace(text, "      - { gas: n2o, share: \"3 [ppm]\", most: \"50 [ppm]\" }\n", "", 1))
	if len(l.Remarks) != 1 || !strings.Contains(l.Remarks[0], "nothing is read of N2O, which is not none") {
		t.Errorf("a stack without N2O: %q", l.Remarks)
	}
}

// TestStackMinutes holds minutes against what the same minutes are by hand.
func TestStackMinutes(t *testing.T) {
	w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(240, 0)}, &GWP{CH4Biogenic: Potential{Value: 28, Label: "primary"}, N2O: Potential{Value: 265, Label: "primary"}}}
	known := func(v float64) *float64 { return &v }
	s := Stack{Most: 120, Gases: []StackGas{{CH4Biogenic, 1e-3}, {N2O, 1e-4}}, Minutes: []Minute{
		{known(1), []*float64{known(1e-4), known(1e-5)}},
		{known(1), []*float64{nil, known(1e-5)}},          // CH4 at its most
		{nil, []*float64{known(1e-4), known(1e-5)}},       // the fan at its most, 2 m³
		{known(-0.1), []*float64{known(-1e-4), known(0)}}, // noise about zero is zero
	}}
	lines, err := s.lines(w)
	if err != nil {
		t.Fatal(err)
	}
	l := lines[0]
	ch4, _ := massOf(l.Gases, CH4Biogenic)
	n2o, _ := massOf(l.Gases, N2O)
	if want := (1e-4 + 1e-3 + 2e-4) * 16.043 / 22.41396954; math.Abs(ch4.Kilograms()-want) > 1e-6 {
		t.Errorf("CH4 %s, want %v kg", ch4, want)
	}
	if want := (1e-5 + 1e-5 + 2e-5) * 44.013 / 22.41396954; math.Abs(n2o.Kilograms()-want) > 1e-6 {
		t.Errorf("N2O %s, want %v kg", n2o, want)
	}
	if l.Coverage != 0.5 || l.StandsIn.Value != 2 || l.Activity.Value != 4 {
		t.Errorf("coverage %v, stands in %v of %v", l.Coverage, l.StandsIn, l.Activity)
	}
	for words, m := range map[string]Minute{
		"m3{N}/h is less than was read in minute 0, 150 m3{N}/h":  {known(2.5), []*float64{known(0), known(0)}},
		"CH4 biogenic: most is less than was read in minute 0":    {known(1), []*float64{known(2e-3), known(0)}},
		"CH4 biogenic: most is less than was read in minute 0, N": {known(1), []*float64{known(math.NaN()), known(0)}},
	} {
		s.Minutes[0] = m
		if _, err := s.lines(w); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	s.Minutes = s.Minutes[:3]
	if _, err := s.lines(w); err == nil {
		t.Error("three minutes passed for four")
	}
}

// TestLosingMinutesNeverLowersAnEmission takes away readings of a stack, one
// after the other, to the last milligram.
func TestLosingMinutesNeverLowersAnEmission(t *testing.T) {
	g := &GWP{CH4Fossil: Potential{Value: 30, Label: "primary"}, N2O: Potential{Value: 265, Label: "primary"}}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "minutes")
		w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(int64(60*n), 0)}, g}
		s := Stack{Most: rapid.Float64Range(60, 6000).Draw(t, "most"), Gases: []StackGas{{CH4Fossil, 1e-3}, {N2O, 5e-5}, {CO2Biogenic, 0.2}}}
		some := func(most float64) *float64 {
			if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
				return nil
			}
			v := rapid.Float64Range(-0.1*most, most).Draw(t, "value")
			return &v
		}
		for range n {
			m := Minute{Volume: some(s.Most / 60)}
			for _, gas := range s.Gases {
				m.Shares = append(m.Shares, some(gas.Most))
			}
			s.Minutes = append(s.Minutes, m)
		}
		before := stackLine(t, s, w)
		for range 5 {
			i := rapid.IntRange(0, n-1).Draw(t, "minute")
			if k := rapid.IntRange(-1, 2).Draw(t, "what"); k < 0 {
				s.Minutes[i].Volume = nil
			} else {
				s.Minutes[i].Shares[k] = nil
			}
			after := stackLine(t, s, w)
			if after.CO2e < before.CO2e || after.Coverage > before.Coverage || *after.BiogenicCO2 < *before.BiogenicCO2 {
				t.Fatalf("minute %d lost: %d mg became %d, coverage %v became %v", i, before.CO2e, after.CO2e, before.Coverage, after.Coverage)
			}
			for k := range after.Gases {
				if after.Gases[k].Mass < before.Gases[k].Mass {
					t.Fatalf("%v became %v", before.Gases[k], after.Gases[k])
				}
			}
			before = after
		}
	})
}

func stackLine(t *rapid.T, s Stack, w world) Line {
	lines, err := s.lines(w)
	if err != nil {
		t.Fatal(err)
	}
	return lines[0]
}
