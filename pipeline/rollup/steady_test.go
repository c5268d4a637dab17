package rollup_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/rollup"
)

// rollupsOfRates makes rollups of one minute each; NaN is a minute of which nothing is known.
func rollupsOfRates(tag measure.Tag, values ...float64) []rollup.Rollup {
	var all []rollup.Rollup
	for i, v := range values {
		r := rollup.Rollup{Tag: tag, From: pipelinetest.Epoch.Add(time.Duration(i) * rollup.Step).UnixNano()}
		if !math.IsNaN(v) {
			r.Mean, r.Coverage, r.Quality = v, 1, measure.GoodQuality
		}
		all = append(all, r)
	}
	return all
}

func TestSteadyState(t *testing.T) {
	const feed, hopper, counter = "p/feed/mass_flow", "p/char/hopper", "p/char/mass_total"
	p := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.SmallPlant, "nodes: {",
		"running: { tag: p/feed/mass_flow, above: 20 kg/h }\nsteady:\n  - { tag: p/feed/mass_flow, within: 1 % }\n  - { tag: p/char/hopper, within: 1 kg }\nnodes: {", 1))
	unknown := math.NaN()
	calm := []float64{100, 100.2, 99.9, 100.1, 100, 99.8, 100.1, 100, 99.9, 100.2}
	flat := []float64{7, 7, 7, 7, 7, 7, 7, 7, 7, 7}
	for _, c := range []struct {
		name            string
		feed, hopper    []float64
		running, steady bool
		share           float64
		why             string
	}{
		{"steady", calm, flat, true, true, 1, ""},
		{"vector steady_state_steady scatters more than 1 % of 10, without trend", []float64{100, 102, 99, 101, 100, 98, 101, 100, 99, 102}, flat, true, true, 1, ""},
		{"vector steady_state_ramp", calm, []float64{10.0, 10.3, 10.6, 10.9, 11.2, 11.5, 11.8, 12.1, 12.4, 12.7}, true, false, 1,
			"tag p/char/hopper moved: its minutes differ by 2.7 kg, allowed are 1; and they have a trend: R is 0.0545, steady is 0.5 or more (R of NeqSim"},
		{"a ramp within what is allowed", calm, []float64{10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 10.7, 10.8, 10.9}, true, true, 1, ""},
		{"both move", []float64{30, 40, 50, 60, 70, 80, 90, 100, 110, 120}, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, true, false, 1, "kg/h, allowed are 0.75;"},
		{"stopped for a third", []float64{100, 100, 100, 0, 0, 0, 100, 100, 100, 100}, flat, false, false, .7, "the process did not run for long enough: tag p/feed/mass_flow read more than 20 kg/h in 70 %"},
		{"unknown minutes do not run", []float64{100, 100, 100, 100, 100, 100, 100, unknown, unknown, unknown}, flat, false, false, .7, "in 70 % of the minutes only"},
		{"a fifth may be unknown", []float64{100, 100, 100, 100, 100, 100, 100, 100, unknown, unknown}, flat, true, true, .8, ""},
		{"what is not known is not steady", calm, []float64{7, 7, unknown, unknown, unknown, 7, 7, 7, 7, 7}, true, false, 1, "tag p/char/hopper is known in 7 of 10 minutes only"},
	} {
		rollups := map[measure.Tag][]rollup.Rollup{feed: rollupsOfRates(feed, c.feed...), hopper: rollupsOfRates(hopper, c.hopper...)}
		running, share, steady, why := rollup.SteadyState(p, pipelinetest.Window(0, 10*time.Minute), rollups)
		if running != c.running || steady != c.steady || share != c.share || !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
			t.Errorf("%s: running %v in %v, steady %v, %q", c.name, running, share, steady, why)
		}
	}
	// A counter runs by its increase brought to an hour.
	p.Running, p.Steady = &flowsheet.Running{Tag: counter, Above: 20}, []flowsheet.Steady{{Tag: counter, Within: .5}}
	rollups := map[measure.Tag][]rollup.Rollup{counter: rollupsOfRates(counter, 500, 500, 501, 501, 502)}
	for i := range rollups[counter] {
		rollups[counter][i].Total = 25.0 / 60
	}
	if running, _, steady, why := rollup.SteadyState(p, pipelinetest.Window(0, 5*time.Minute), rollups); !running || !steady {
		t.Errorf("a counter that counts 25 kg/h: running %v, steady %v, %q", running, steady, why)
	}
	p.Running, p.Steady = nil, nil
	if running, share, steady, why := rollup.SteadyState(p, pipelinetest.Window(0, time.Hour), nil); !running || share != 1 || !steady || why != "" {
		t.Errorf("without a word on it: %v, %v, %v, %q", running, share, steady, why)
	}
}
