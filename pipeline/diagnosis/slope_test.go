package diagnosis_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/suite"
)

// swinging is how much a plant makes hour by hour, from 0.7 to 1.3.
func swinging(seed uint64, hours int) []float64 {
	r := rand.New(rand.NewPCG(seed, 21))
	loads, target := make([]float64, hours), 1.0
	load := 1.0
	for h := range loads {
		if h%9 == 0 {
			target = 0.7 + 0.6*float64(r.IntN(1000))/1000
		}
		load += float64(0.4 * (target - load))
		loads[h] = load
	}
	return loads
}

// An instrument whose error goes with the load has a mean error of nothing, and
// is named all the same, with what it reads at both ends.
func TestAnErrorThatGoesWithTheLoadIsNamed(t *testing.T) {
	p, lab := metered(t)
	for _, c := range []struct {
		tag     measure.Tag
		slope   float64 // share of the reading for a load of one more
		flowing float64 // at a load of 1
		text    string
	}{
		{"k/char", 0.4, 25, "replace or calibrate FT-2 k/char: its error goes with the load, reads "},
		{"k/feed", -0.3, 98, "replace or calibrate FT-1 k/feed: its error goes with the load, reads "},
	} {
		loads := swinging(1, 21*24)
		found := diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, len(loads), 0.001, func(tag measure.Tag, h int) float64 {
			if tag == c.tag {
				return loads[h] * (1 + float64(c.slope*(loads[h]-1)))
			}
			return loads[h]
		}))
		if len(found) != 1 || found[0].Tag != c.tag || found[0].Load == nil || len(found[0].Alternatives) != 0 || !strings.HasPrefix(found[0].Text, c.text) {
			t.Errorf("%s: %+v", c.tag, found)
			continue
		}
		x := found[0]
		mean := 0.0
		for _, e := range x.Trace {
			mean += e.Load / float64(len(x.Trace))
		}
		for _, end := range []struct{ load, percent float64 }{{x.Load.Low, x.Load.AtLow}, {x.Load.High, x.Load.AtHigh}} {
			if want := 100 * c.slope * (end.load/mean - 1); math.Abs(end.percent-want) > 1.2 {
				t.Errorf("%s: %.2f %% at %.1f kg/h of %.1f, want %.2f", c.tag, end.percent, end.load, mean, want)
			}
		}
		if x.Load.Low > 0.9*mean || x.Load.High < 1.1*mean || x.Since != 0 || (x.Load.AtHigh > 0) != (c.slope > 0) {
			t.Errorf("%s: %+v, mean %v", c.tag, *x.Load, mean)
		}
	}
}

// Scales that are off by what is stated of them, for good, go with no load:
// healthy plants whose load swings are left alone.
func TestALoadThatSwingsAccusesNobody(t *testing.T) {
	suite.Heavy(t)
	p, lab := metered(t)
	accused, calm := 0, 0
	const plants = 20
	for seed := range uint64(plants) {
		r := rand.New(rand.NewPCG(seed, 22))
		loads := swinging(seed, 14*24)
		scale := map[measure.Tag]float64{}
		for _, plan := range p.Tags {
			u := plan.Uncertainty.Of(pipelinetest.ClosedKilnReading[plan.Tag]) / pipelinetest.ClosedKilnReading[plan.Tag]
			scale[plan.Tag] = 1 + float64(u*bell(r))
		}
		noise := []float64{0, 0.001, 0.01}[seed%3]
		for _, x := range diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, len(loads), noise, func(tag measure.Tag, h int) float64 { return loads[h] * scale[tag] })) {
			if accused++; x.Load != nil {
				calm++
				t.Logf("plant %d: %s", seed, x.Text)
			}
		}
	}
	if t.Logf("of %d healthy plants %d are accused, %d of an error that goes with the load", plants, accused, calm); calm > 0 {
		t.Errorf("of %d healthy plants %d are accused of an error that goes with the load", plants, calm)
	}
}

// A zero that is off by what is stated of it goes with the load too; it is
// within what is stated, and nobody's fault. Nor does a change in time become
// one that goes with the load.
func TestWhatIsNoSlope(t *testing.T) {
	suite.Heavy(t)
	p, lab := metered(t)
	loads := swinging(3, 21*24)
	for _, tag := range []measure.Tag{"k/feed", "k/char", "k/liquid", "k/gas"} {
		plan, _ := p.Tag(tag)
		share := plan.Uncertainty.Of(pipelinetest.ClosedKilnReading[tag]) / pipelinetest.ClosedKilnReading[tag]
		found := diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, len(loads), 0.001, func(at measure.Tag, h int) float64 {
			if at == tag {
				return loads[h] + share
			}
			return loads[h]
		}))
		if slices.ContainsFunc(found, func(x diagnosis.Finding) bool { return x.Load != nil }) {
			t.Errorf("%s, its zero off: %+v", tag, found)
		}
	}
	found := diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, len(loads), 0.001, func(at measure.Tag, h int) float64 { return loads[h] * from("k/char", 14*24, 1.08)(at, h) }))
	if len(found) != 1 || found[0].Load != nil || found[0].Since == 0 || found[0].Tag != "k/char" {
		t.Errorf("a step while the load swings: %+v", found)
	}
}
