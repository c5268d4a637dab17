package devicetest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// Plants lists the simulated plants.
func Plants() []string { return []string{"pyro1", "htl1", "lf1"} }

// FaultKind is what is wrong with an instrument.
type FaultKind string

// The kinds of fault. Size is in the tag's unit, where a kind needs one.
const (
	Bias         FaultKind = "bias"          // reads Size too much
	Scale        FaultKind = "scale"         // reads Size per cent too much; a counter counts that much too fast from From on
	Drift        FaultKind = "drift"         // reads too much, growing from 0 at From to Size at To
	Frozen       FaultKind = "frozen"        // keeps the value it showed at From
	Sentinel     FaultKind = "sentinel"      // sends its own code for "no value"
	Dead         FaultKind = "dead"          // the whole instrument does not answer
	CounterReset FaultKind = "counter-reset" // counts from 0 again at From
)

// Fault is something wrong with the instrument of a tag during [From, To).
type Fault struct {
	Tag      measure.Tag
	Kind     FaultKind
	From, To time.Time
	Size     float64
}

// Sim is one simulated plant with its instruments. It is safe for use by
// several goroutines as long as its fields are not changed meanwhile.
type Sim struct {
	// Noise scales the noise of every instrument: 1 as built, 0 none.
	Noise float64
	// Faults are the instruments' faults.
	Faults []Fault

	plant       string
	seed        uint64
	model       model
	instruments []instrument
	tags        []tagInfo
	zero        []float64 // of counters: their total at commissioning
	counter     []bool
}

// model is the truth of one kind of plant, as a function of hours since the epoch.
type model interface {
	tags() []tagInfo
	counters() []int
	values(h float64, v []float64)
	truth(h float64) Truth
}

type tagInfo struct {
	tag  measure.Tag
	unit string
}

// maxTags bounds the values of a plant, so that they live on the stack.
const maxTags = 32

// New returns the plant of that name, one of [Plants]. Its truth depends on
// plant, seed and time alone; commissioned is when its counters were at zero.
// New panics on an unknown plant.
func New(plant string, seed uint64, commissioned time.Time) *Sim {
	d := &draw{state: seed ^ hashName(plant)}
	s := &Sim{Noise: 1, plant: plant, seed: mix(seed ^ hashName(plant)), instruments: instrumentsOf(plant)}
	switch plant {
	case "pyro1":
		s.model = newPyro(d)
	case "htl1":
		s.model = newHTL(d)
	case "lf1":
		cover := newLandfill(d)
		_, cover.before = cover.deliveries(hoursAt(commissioned))
		s.model = cover
	default:
		panic(fmt.Sprintf("devicetest.New: no plant %q, there are %v", plant, Plants()))
	}
	s.tags = s.model.tags()
	s.zero = make([]float64, len(s.tags))
	s.counter = make([]bool, len(s.tags))
	v := make([]float64, len(s.tags))
	s.model.values(hoursAt(commissioned), v)
	for _, i := range s.model.counters() {
		s.zero[i], s.counter[i] = v[i], true
	}
	for i := range s.instruments {
		s.instruments[i].resolve(s)
	}
	return s
}

// Plant returns the plant's name.
func (s *Sim) Plant() string { return s.plant }

// At returns the truth at t.
func (s *Sim) At(t time.Time) Truth {
	truth := s.model.truth(hoursAt(t))
	truth.Plant, truth.Time = s.plant, t
	return truth
}

// Tags lists the plant's tags.
func (s *Sim) Tags() []measure.Tag {
	tags := make([]measure.Tag, len(s.tags))
	for i, t := range s.tags {
		tags[i] = t.tag
	}
	return tags
}

// Value returns the true value of a tag at t, and its unit code.
func (s *Sim) Value(tag measure.Tag, t time.Time) (float64, string, error) {
	i := slices.IndexFunc(s.tags, func(x tagInfo) bool { return x.tag == tag })
	if i < 0 {
		return 0, "", fmt.Errorf("plant %s has no tag %q", s.plant, tag)
	}
	var v [maxTags]float64
	s.fill(t, v[:len(s.tags)])
	return v[i], s.tags[i].unit, nil
}

// fill computes the true values of all tags at t.
func (s *Sim) fill(t time.Time, v []float64) {
	s.model.values(hoursAt(t), v)
	for i, counts := range s.counter {
		if counts {
			v[i] = max(0, v[i]-s.zero[i])
		}
	}
}

// shown returns what the point's instrument shows at t in the tag's unit,
// given the true value then, and whether it shows a value at all.
func (s *Sim) shown(p *point, t time.Time, truth float64) (float64, bool) {
	value := truth + s.noise(p, t, truth)
	ok := true
	for i := range s.Faults {
		f := &s.Faults[i]
		if f.Tag != p.tag || t.Before(f.From) || !t.Before(f.To) {
			continue
		}
		switch f.Kind {
		case Bias:
			value += f.Size
		case Scale:
			base := 0.0
			if s.counter[p.index] {
				var v [maxTags]float64
				s.fill(f.From, v[:len(s.tags)])
				base = v[p.index]
			}
			value += (value - base) * f.Size / 100
		case Drift:
			value += f.Size * float64(t.Sub(f.From)) / float64(f.To.Sub(f.From))
		case Frozen, CounterReset:
			var v [maxTags]float64
			s.fill(f.From, v[:len(s.tags)])
			if f.Kind == Frozen {
				value = v[p.index] + s.noise(p, f.From, v[p.index])
			} else {
				value -= v[p.index]
			}
		case Sentinel:
			ok = false
		}
	}
	return value, ok
}

// noise returns the point's error at t: new each second, the same however
// often that second is read. Counters have none, and a flow that stands still
// reads zero.
func (s *Sim) noise(p *point, t time.Time, truth float64) float64 {
	if s.Noise == 0 || p.relative == 0 && p.absolute == 0 {
		return 0
	}
	z := mix(s.seed ^ p.hash ^ uint64(t.Unix()))
	return s.Noise * gauss(z) * (p.relative*math.Abs(truth) + p.absolute)
}

// dead tells whether any tag of the instrument has the fault Dead at t.
func (s *Sim) dead(in *instrument, t time.Time) bool {
	for i := range s.Faults {
		f := &s.Faults[i]
		if f.Kind == Dead && !t.Before(f.From) && t.Before(f.To) && in.has(f.Tag) {
			return true
		}
	}
	return false
}

// silenced tells whether the tag has the fault Sentinel at t.
func (s *Sim) silenced(tag measure.Tag, t time.Time) bool {
	for i := range s.Faults {
		f := &s.Faults[i]
		if f.Kind == Sentinel && f.Tag == tag && !t.Before(f.From) && t.Before(f.To) {
			return true
		}
	}
	return false
}

func hashName(name string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}
