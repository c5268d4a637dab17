package devicetest_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/suite"
)

// simulated is a pipeline.Source that reads a simulator through its own
// profiles, every Step.
type simulated struct {
	t      testing.TB
	sim    *devicetest.Sim
	blocks devices.Catalogue
	step   time.Duration
}

func (s simulated) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	var scans []measure.Scan
	for at := w.From.Truncate(s.step); at.Before(w.To); at = at.Add(s.step) {
		for i, b := range s.blocks.Blocks {
			scans = append(scans, scan(s.t, s.sim, i, b, at))
		}
	}
	return s.blocks.Decode(scans), nil
}

func plantFile(t testing.TB, plant string) *flowsheet.Plant {
	t.Helper()
	file := "plants/" + plant + ".yaml"
	data, err := configs.Plants.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := flowsheet.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func labFile(t testing.TB, s *devicetest.Sim, now time.Time) *lots.Lab {
	t.Helper()
	lab, err := lots.Parse("lab.yaml", s.Lab(now))
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

// closures computes the plant's hourly closures from registers.
func closures(t testing.TB, s *devicetest.Sim, w measure.Interval) []pipeline.Closure {
	return compute(t, s, w, 30*time.Second).Closures
}

func compute(t testing.TB, s *devicetest.Sim, w measure.Interval, step time.Duration) pipeline.Result {
	t.Helper()
	p := plantFile(t, s.Plant())
	src := simulated{t, s, catalogue(t, s.Plant()), step}
	result, err := pipeline.Compute(context.Background(), p, labFile(t, s, w.To), src, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Faults {
		t.Errorf("%s: %s", s.Plant(), f)
	}
	return result
}

// From registers through profiles, rollups and flowsheet: with instruments
// that do not err, every steady hour closes within 0.5 % in mass, carbon and energy.
func TestSteadyHoursClose(t *testing.T) {
	suite.Heavy(t)
	w := measure.Interval{From: steady, To: steady.Add(12 * time.Hour)}
	for _, plant := range devicetest.Plants() {
		for _, c := range []struct {
			seed         uint64
			noise, limit float64
		}{{1, 0, 0.005}, {2, 0, 0.005}, {3, 0, 0.005}, {1, 1, 0.04}} {
			s := devicetest.New(plant, c.seed, commissioned)
			s.Noise = c.noise
			worst := map[string]float64{}
			for _, hour := range closures(t, s, w) {
				for name, b := range map[string]closure.Budget{"mass": hour.Mass, "carbon": hour.Carbon, "energy": hour.Energy} {
					if b.Closure == nil {
						t.Fatalf("%s %s: no %s closure: %v", plant, hour.Interval, name, hour.Missing)
					}
					worst[name] = max(worst[name], math.Abs(*b.Closure-1))
					if math.Abs(*b.Closure-1) > c.limit {
						t.Errorf("%s seed %d %s, noise %v: %s closure %.5f", plant, c.seed, hour.Interval, c.noise, name, *b.Closure)
					}
				}
			}
			t.Logf("%s seed %d noise %v: worst |closure - 1| of 12 hours: mass %.5f carbon %.5f energy %.5f",
				plant, c.seed, c.noise, worst["mass"], worst["carbon"], worst["energy"])
		}
	}
}

// History at one-minute steps closes as well as the live plant, and the
// product that the pipeline counts is the char that truly left.
func TestMinuteHistory(t *testing.T) {
	w := measure.Interval{From: steady.Add(-6 * time.Hour), To: steady} // a load of biochar comes at 10:00
	for _, plant := range devicetest.Plants() {
		s := devicetest.New(plant, 4, commissioned)
		s.Noise = 0
		result := compute(t, s, w, time.Minute)
		for _, c := range result.Closures {
			for name, b := range map[string]closure.Budget{"mass": c.Mass, "carbon": c.Carbon, "energy": c.Energy} {
				if b.Closure == nil || math.Abs(*b.Closure-1) > 0.005 {
					t.Errorf("%s %s: %s closure %v %v", plant, c.Interval, name, b.Closure, c.Missing)
				}
			}
		}
		p := plantFile(t, plant)
		if p.Product == "" {
			continue
		}
		product, err := claim.CountProduct(p, w, result.Rollups, labFile(t, s, w.To))
		if err != nil {
			t.Fatal(err)
		}
		dry := 0.0
		for at := w.From; at.Before(w.To); at = at.Add(10 * time.Second) {
			rate := s.At(at.Add(5 * time.Second)).Stream(p.Product).Rate
			dry += (rate.Mass - rate.Water) / 360
		}
		if got := float64(product.Dry) / 1e6; dry < 100 || math.Abs(got-dry) > 0.005*dry {
			t.Errorf("%s: %v kg of dry %s counted, %v kg left", plant, got, p.Product, dry)
		}
		t.Logf("%s: %.3f kg of dry %s counted, truth %.3f kg, covered %v of %v", plant, float64(product.Dry)/1e6, p.Product, dry, product.Covered, product.Of)
	}
}

// The plant files of the recorded plants are valid too.
func TestReplayPlantFiles(t *testing.T) {
	for _, name := range []string{"boiler", "biogas"} {
		file := "examples/replay/" + name + "-plant.yaml"
		data, err := configs.Examples.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := flowsheet.Parse(file, data)
		if err != nil {
			t.Fatal(err)
		}
		maps := map[string][]string{"boiler": {"boiler"}, "biogas": {"biogas-meter", "biogas-mfc"}}[name]
		for _, m := range maps {
			for _, tag := range agentOf(t, replayMap(t, m), "127.0.0.1:1").Catalogue().Tags() {
				if _, ok := p.Tag(tag); !ok {
					t.Errorf("%s: replay %s reads %s, which the plant does not have", file, m, tag)
				}
			}
		}
	}
}
