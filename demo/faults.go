package demo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
)

var faultKinds = []devicetest.FaultKind{
	devicetest.Bias, devicetest.Scale, devicetest.Drift, devicetest.Frozen, devicetest.Sentinel, devicetest.Dead, devicetest.CounterReset,
}

// parseFault reads TAG=KIND or TAG=KIND:SIZE, and @AGO or @AGO-AGO behind it.
// The fault begins now, or so long ago; a drift reaches its size an hour from
// now, the others last, or end so long ago.
func parseFault(text string, now time.Time) (f devicetest.Fault, err error) {
	name, rest, ok := strings.Cut(text, "=")
	rest, ago, old := strings.Cut(rest, "@")
	kind, size, sized := strings.Cut(rest, ":")
	f = devicetest.Fault{Kind: devicetest.FaultKind(kind), From: now, To: now.AddDate(1, 0, 0)}
	if old {
		began, ended, over := strings.Cut(ago, "-")
		for _, x := range []struct {
			text string
			to   *time.Time
			said bool
		}{{text: began, to: &f.From, said: true}, {text: ended, to: &f.To, said: over}} {
			length, err := time.ParseDuration(x.text)
			if x.said && (err != nil || length < 0 || length > weeks*7*24*time.Hour) {
				return f, fmt.Errorf("fault %q: after @ comes how long ago it began, up to five weeks, as in @240h, and if it is over how long ago it ended, as in @240h-216h", text)
			}
			if x.said {
				*x.to = now.Add(-length)
			}
		}
		if !f.From.Before(f.To) {
			return f, fmt.Errorf("fault %q: it ends before it begins", text)
		}
	}
	if f.Tag, err = measure.ParseTag(name); err != nil || !ok {
		return f, fmt.Errorf("fault %q: write TAG=KIND or TAG=KIND:SIZE, as in pyro1/feed/mass_flow=bias:5", text)
	}
	if !slices.Contains(faultKinds, f.Kind) {
		return f, fmt.Errorf("fault %q: kind %q is none of %v", text, kind, faultKinds)
	}
	if needs := f.Kind == devicetest.Bias || f.Kind == devicetest.Scale || f.Kind == devicetest.Drift; needs != sized {
		return f, fmt.Errorf("fault %q: a bias and a drift have a size in the tag's unit, a scale one in per cent, the others have none", text)
	}
	if sized {
		if f.Size, err = strconv.ParseFloat(size, 64); err != nil {
			return f, fmt.Errorf("fault %q: size %q is not a number", text, size)
		}
	}
	if f.Kind == devicetest.Drift && f.To.After(now) {
		f.To = now.Add(time.Hour)
	}
	return f, nil
}

// Spoil gives faults to the plants whose tags they name.
func (s *Site) Spoil(faults []string) error {
	for _, text := range faults {
		f, err := parseFault(text, s.now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(s.plants, func(sim *devicetest.Sim) bool { return slices.Contains(sim.Tags(), f.Tag) })
		if i < 0 {
			return fmt.Errorf("fault %q: no simulated plant has the tag %s", text, f.Tag)
		}
		s.plants[i].Faults = append(s.plants[i].Faults, f)
	}
	return nil
}
