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

func plantFile(t testing.TB, plant string) *pipeline.Plant {
	t.Helper()
	file := "plants/" + plant + ".yaml"
	data, err := configs.Plants.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.ParsePlant(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func labFile(t testing.TB, s *devicetest.Sim, now time.Time) *pipeline.Lab {
	t.Helper()
	lab, err := pipeline.ParseLab("lab.yaml", s.Lab(now))
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

// closures computes the plant's hourly closures from registers.
func closures(t testing.TB, s *devicetest.Sim, w measure.Interval) []pipeline.Closure {
	t.Helper()
	p := plantFile(t, s.Plant())
	src := simulated{t, s, catalogue(t, s.Plant()), 30 * time.Second}
	result, err := pipeline.Compute(context.Background(), p, labFile(t, s, w.To), src, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Faults {
		t.Errorf("%s: %s", s.Plant(), f)
	}
	return result.Closures
}

// From registers through profiles, rollups and flowsheet: with instruments
// that do not err, every steady hour closes within 0.5 % in mass, carbon and energy.
func TestSteadyHoursClose(t *testing.T) {
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
				for name, b := range map[string]pipeline.Budget{"mass": hour.Mass, "carbon": hour.Carbon, "energy": hour.Energy} {
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
