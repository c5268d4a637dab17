package devicetest_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/process"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/suite"
)

// liar is readings that lie: v is what they said, low and high the ends of the
// range or count, other what a neighbour read.
type liar struct {
	name string
	lie  func(r *rand.Rand, v, low, high, other float64, k int) float64
}

var liars = []liar{
	{"0", func(*rand.Rand, float64, float64, float64, float64, int) float64 { return 0 }},
	{"full scale", func(_ *rand.Rand, _, _, high, _ float64, _ int) float64 { return high }},
	{"the start of the range", func(_ *rand.Rand, _, low, _, _ float64, _ int) float64 { return low }},
	{"a neighbour's value", func(_ *rand.Rand, _, _, _, other float64, _ int) float64 { return other }},
	{"a digit less", func(_ *rand.Rand, v, _, _, _ float64, _ int) float64 { return math.Trunc(v / 10) }},
	{"another unit", func(r *rand.Rand, v, _, _, _ float64, _ int) float64 {
		return v * []float64{1000, .001, 3.6, 1 / 3.6, 60}[r.IntN(5)]
	}},
	{"swapped words", func(_ *rand.Rand, v, _, _, _ float64, _ int) float64 {
		b := math.Float32bits(float32(v))
		return float64(math.Float32frombits(b<<16 | b>>16))
	}},
	{"a little more", func(r *rand.Rand, v, _, high, _ float64, _ int) float64 { return v + r.Float64()*min(high, 1000)/1000 }},
	{"a little less", func(r *rand.Rand, v, _, high, _ float64, _ int) float64 { return v - r.Float64()*min(high, 1000)/1000 }},
	{"a climb", func(_ *rand.Rand, v, _, high, _ float64, k int) float64 { return v + float64(k)*min(high, 1000)/2000 }},
	{"a fall and a climb", func(_ *rand.Rand, v, low, high, _ float64, k int) float64 {
		return max(low, 0) + float64(k)*min(high, 1000)/2000
	}},
	{"anything", func(r *rand.Rand, _, low, high, _ float64, _ int) float64 { return low + r.Float64()*(high-low) }},
}

// One instrument lies once, in any way, for a reading or for an hour: no claim
// is better by more than the plant's file bounds, and what cannot be is marked.
func TestOneLieStaysWithinItsBound(t *testing.T) {
	suite.Slow(t)
	const seed = 20261128
	r := rand.New(rand.NewPCG(seed, 1))
	for _, plant := range []string{"pyro1", "lf1"} {
		s := devicetest.New(plant, 4, commissioned)
		p := plantFile(t, plant)
		w := measure.Interval{From: steady, To: steady.Add(3 * time.Hour)}
		around := measure.Interval{From: w.From.Add(-rollup.Lookback(p) - time.Minute), To: w.To.Add(rollup.Lookback(p))}
		honest, err := simulated{t, s, catalogue(t, plant), 10 * time.Second}.Readings(context.Background(), plant, around)
		if err != nil {
			t.Fatal(err)
		}
		lab := labFile(t, s, w.To)
		before, _ := claims(t, p, lab, honest, w)
		bounds := slices.DeleteFunc(p.Bounds(), func(b flowsheet.Bound) bool { return b.Ledger == flowsheet.Requirement })
		marked, worst := 0, map[string]float64{}
		for range 80 {
			bound := bounds[r.IntN(len(bounds))]
			i := slices.IndexFunc(honest, func(s measure.Series) bool { return s.Tag == bound.Tag })
			plan, _ := p.Tag(bound.Tag)
			samples, n, kind, first := lie(r, plan, honest[i], honest[r.IntN(len(honest))].Samples)
			series := slices.Clone(honest)
			series[i].Samples = samples
			after, rollups := claims(t, p, lab, series, w)
			limit := *bound.Reading
			if n > 1 {
				limit = *bound.Hour
			}
			for claim, kg := range after {
				more, limit := kg-before[claim], limit
				if slices.ContainsFunc(bounds, func(b flowsheet.Bound) bool { return b.Tag == bound.Tag && b.Ledger == claim }) {
					worst[string(bound.Tag)] = max(worst[string(bound.Tag)], more/limit)
				} else {
					limit = 0 // what does not rest on it does not move
				}
				if more > limit+1e-6 {
					t.Errorf("%s lies (%s, %d readings from %s): %s is more by %.6g kg CO2e, its bound is %.6g (seed %d)", bound.Tag, kind, n, time.Unix(0, first).UTC(), claim, more, limit, seed)
				}
			}
			if kind == "beyond the range" {
				minute := rollups[bound.Tag][(first-w.From.UnixNano())/int64(rollup.Step)]
				if minute.Quality.Level == measure.Good {
					t.Errorf("%s reads what cannot be at %s, and its minute is good (seed %d)", bound.Tag, time.Unix(0, first).UTC(), seed)
				}
				marked++
			}
		}
		t.Logf("%s: the worst of the lies, as a share of its bound: %v; %d marked (seed %d)", plant, worst, marked, seed)
	}
}

// lie lets one instrument lie: its readings, how many lie, in what way, and
// since when. The first lies within the hours that are looked at.
func lie(r *rand.Rand, plan flowsheet.TagPlan, honest measure.Series, other []measure.Sample) (samples []measure.Sample, n int, kind string, first int64) {
	samples = slices.Clone(honest.Samples)
	i := 240 + r.IntN(len(samples)-240-600)
	if n = 1; r.IntN(2) == 0 {
		n = 360
	}
	low, high := plan.Low, plan.High
	if plan.Counter {
		low, high = 0, min(plan.Rollover, 4e9)
	}
	if c, err := plan.Unit.To(honest.Unit); err == nil { // as the instrument shows it
		low, high = c.Apply(low), c.Apply(high)
	}
	first = samples[i].At
	switch way := r.IntN(len(liars) + 4); {
	case way < len(liars):
		kind = liars[way].name
		for k := range n {
			v := &samples[i+k].Value
			*v = liars[way].lie(r, *v, low, high, other[min(i+k, len(other)-1)].Value, k)
		}
	case way == len(liars):
		kind = "stuck"
		for k := range n {
			samples[i+k].Value = samples[i-1].Value
		}
	case way == len(liars)+1:
		kind, n = "two readings at one instant", 1
		samples = slices.Insert(samples, i, measure.Sample{At: samples[i].At, Value: low + r.Float64()*(high-low), Quality: measure.GoodQuality})
	case way == len(liars)+2:
		kind, n = "a stamp of another time", 1
		samples[i].At += int64(time.Duration(r.IntN(3600*4)-3600*2) * time.Second)
	default:
		kind, n = "beyond the range", 1
		if plan.Counter {
			samples[i].Value += 1000
		} else {
			samples[i].Value = high * 1.5
		}
	}
	return samples, n, kind, first
}

// claims returns what the readings of some hours come to, in kg of CO2e as the
// bounds count it.
func claims(t *testing.T, p *flowsheet.Plant, lab *lots.Lab, series []measure.Series, w measure.Interval) (map[measure.Ledger]float64, map[measure.Tag][]rollup.Rollup) {
	t.Helper()
	result, err := pipeline.Compute(context.Background(), p, lab, held(series), w)
	if err != nil {
		t.Fatal(err)
	}
	product, err := claim.CountProduct(p, w, result.Rollups, lab)
	if err != nil {
		t.Fatal(err)
	}
	carbon := map[string]float64{"pyro1": .84, "lf1": 1}[p.ID]
	all := map[measure.Ledger]float64{measure.RemovalLedger: product.Dry.Kilograms() * carbon * 44 / 12}
	if p.ID == "lf1" {
		for _, i := range process.Indicators(p, closure.RawBalance(p, w, result.Rollups, lab), result.Rollups, lab) {
			if v := i.In(measure.AvoidedLedger); i.Name == "ER_avoided" && v != nil {
				all[measure.AvoidedLedger] = 1000 * *v
			}
		}
	}
	return all, result.Rollups
}

// held is readings that are there.
type held []measure.Series

func (h held) Readings(context.Context, string, measure.Interval) ([]measure.Series, error) {
	return slices.Clone(h), nil
}
