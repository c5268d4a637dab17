package devicetest

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/suite"
)

var commissioned = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// At every instant, running, starting, stopping or standing: in - out - kept
// is zero for mass, carbon, ash and energy, and nothing flows backwards.
func TestTruthConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plant := rapid.SampledFrom(Plants()).Draw(t, "plant")
		s := New(plant, rapid.Uint64().Draw(t, "seed"), commissioned)
		at := commissioned.Add(time.Duration(rapid.Int64Range(0, int64(400*24*time.Hour)).Draw(t, "after")))
		truth := s.At(at)
		for _, f := range truth.Streams {
			if min(f.Rate.Mass, f.Rate.Carbon, f.Rate.Water, f.Rate.Ash, f.Rate.Energy) < -1e-9 {
				t.Fatalf("%s at %s: %s flows backwards: %+v", plant, at, f.Name, f.Rate)
			}
		}
		for _, p := range truth.Powers {
			if p.KW < -1e-9 {
				t.Fatalf("%s at %s: %s flows backwards: %v kW", plant, at, p.Name, p.KW)
			}
		}
		in, out, kept := truth.Balance()
		for name, v := range map[string][3]float64{
			"mass":   {in.Mass, out.Mass, kept.Mass},
			"carbon": {in.Carbon, out.Carbon, kept.Carbon},
			"ash":    {in.Ash, out.Ash, kept.Ash},
			"energy": {in.Energy, out.Energy, kept.Energy},
		} {
			if err := math.Abs(v[0]-v[1]-v[2]) / max(1e-6, math.Abs(v[0])); err > 1e-9 {
				t.Fatalf("%s at %s: %s in %v - out %v - kept %v is off by %g", plant, at, name, v[0], v[1], v[2], err)
			}
		}
	})
}

// What a stock holds changes by the integral of its rate.
func TestStocksAndFlowsAgree(t *testing.T) {
	for _, plant := range Plants() {
		s := New(plant, 7, commissioned)
		const step = 20 * time.Second
		var sum float64
		from := commissioned.Add(24*time.Hour + 3*time.Hour)
		for at := from; at.Before(from.Add(48 * time.Hour)); at = at.Add(step) {
			truth := s.At(at.Add(step / 2))
			sum += truth.Stocks[0].Rate.Mass * step.Hours()
		}
		change := s.At(from.Add(48 * time.Hour)).Stocks[0].Held.Mass - s.At(from).Stocks[0].Held.Mass
		if math.Abs(sum-change) > 1e-4*max(1, math.Abs(change)) {
			t.Errorf("%s: stock changed by %v kg, its rate gives %v kg", plant, change, sum)
		}
	}
}

// A counter is the integral of the rate it counts.
func TestCountersAreIntegrals(t *testing.T) {
	suite.Slow(t)
	for _, c := range []struct {
		plant       string
		total, rate int
		scale       float64
	}{
		{"pyro1", pyroFeedTotal, pyroFeed, 1}, {"pyro1", pyroCharTotal, pyroChar, 1}, {"pyro1", pyroEnergy, pyroPower, 1},
		{"htl1", htlFeedTotal, htlFeed, 1}, {"htl1", htlEnergy, htlPower, 1}, {"lf1", lfEngineEnergy, lfPower, 1},
	} {
		s := New(c.plant, 3, commissioned)
		const step = 10 * time.Second
		// A whole week, so that stop and start are in it.
		from, to := commissioned, commissioned.AddDate(0, 0, 7)
		v := make([]float64, len(s.tags))
		sum := 0.0
		for at := from; at.Before(to); at = at.Add(step) {
			s.fill(at.Add(step/2), v)
			sum += v[c.rate] * step.Hours()
		}
		s.fill(to, v)
		if math.Abs(sum-v[c.total]) > 1e-6*sum {
			t.Errorf("%s: %s counts %v, the integral of %s is %v", c.plant, s.tags[c.total].tag, v[c.total], s.tags[c.rate].tag, sum)
		}
	}
}
