package statement

import (
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
)

// A plant file cannot word a meter away: by another name of what it meters, an
// uncertainty that no meter has, no range beside a gap in its readings, or a
// limit of running at which the process never ran.
func TestAPlantFileWordsNoMeterAway(t *testing.T) {
	gap := func(of measure.Tag) shown {
		return func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
			past := at.Sub(shownFrom)
			return v, tag != of || past < time.Hour || past > time.Hour+5*time.Minute
		}
	}
	dark := func(tag measure.Tag, _ time.Time, v float64) (float64, bool) {
		if tag == "p/flame" {
			v = 20
		}
		return v, true
	}
	const little, fed = "1 kW.h", "feed_delivered: 0.1 t"
	for name, c := range map[string]struct {
		reads  shown
		change []string
		says   string
		closes bool
	}{
		"power by another name": {steady, []string{"480 kW.h", little, "electricity: {", "mains: {"}, "energy mains comes in and is metered by p/power", true},
		"feed by another name":  {steady, []string{"feed_delivered: 1.2 t", fed, "  feed: {", "  wood: {"}, "stream wood comes in and is weighed by p/feed/mass_flow", true},
		"power, 50 % uncertain": {steady, []string{"480 kW.h", little, "200 kW], uncertainty: 1 %", "200 kW], uncertainty: 50 %"}, "480 kW.h were metered and 1 kW.h stated", false},
		"feed, 50 % uncertain":  {steady, []string{"feed_delivered: 1.2 t", fed, "400 kg/h], uncertainty: 1 %", "400 kg/h], uncertainty: 50 %"}, "1200 kg of feed were counted and the way of 100 kg is stated", false},
		"power without range":   {gap("p/power"), []string{"480 kW.h", little, "range: [0 kW, 200 kW], ", ""}, "no range of p/power says how much", true},
		"feed without range":    {gap("p/feed/mass_flow"), []string{"feed_delivered: 1.2 t", fed, "range: [0 kg/h, 400 kg/h], ", ""}, "no range of p/feed/mass_flow says how much", true},
		"it never ran":          {dark, []string{"above: 20 kg/h", "above: 390 kg/h"}, "100 % of what p/feed/mass_flow shows passed while", true},
		"it never was hot":      {dark, []string{"running: { tag: p/feed/mass_flow, above: 20 kg/h }", "running: { tag: p/kiln, above: 1100 Cel }"}, "batch.combustion_uptime: not given", true},
	} {
		s := stated(t, shownInput(t, c.reads, c.change...))
		if !strings.Contains(unmet(s), c.says) || s.Account.Eligible == c.closes {
			t.Errorf("%s: eligible %t\n%s", name, s.Account.Eligible, unmet(s))
		}
	}
}

// A process that stands for a while, and a meter read all the time, leave
// nothing unsure.
func TestAHealthyPlantIsSure(t *testing.T) {
	stands := func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
		if tag == "p/feed/mass_flow" && at.Hour() >= 10 {
			v = 2
		}
		return v, true
	}
	for _, src := range []shown{steady, stands} {
		if unsure := shownInput(t, src, "range: [0 kW, 200 kW], ", "").Count.Found.Unsure; len(unsure) > 0 {
			t.Error(unsure)
		}
	}
}
