package scenario

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/nielu/nielu/measure"
)

// read makes readings of one tag.
type read struct {
	line    int
	tag     measure.Tag
	unit    measure.Unit // as written: the pipeline converts
	span    measure.Interval
	every   time.Duration
	values  []float64 // one for all, or one for each reading
	slope   float64   // per second
	noise   float64   // standard deviation of each reading
	quality measure.Quality
}

// read parses
//
//	read TAG SPAN|TIME VALUE ... UNIT [to VALUE UNIT | rising RATE UNIT] [every D] [noise VALUE UNIT] [QUALITY]
func (p *parser) read(l *line) {
	plan := l.tag()
	r := &read{line: l.no, tag: plan.Tag, unit: plan.Unit, every: p.every, quality: measure.GoodQuality}
	sole := l.more() && len(l.peek()) > 0 && !containsDots(l.peek())
	if sole {
		r.span.From = l.instant(l.next("a time"))
	} else {
		r.span = l.span()
	}
	first := l.at
	if q, ok := l.quality(); ok { // no value is needed where nothing was read
		r.quality, r.values = q, []float64{0}
	} else {
		l.values(r)
	}
	for l.more() {
		switch w := l.next("a word"); w.text {
		case "every":
			r.every = l.duration()
		case "to":
			if to := l.in(r.unit, "the value at the end"); !l.faulty && !sole && len(r.values) == 1 {
				r.slope = (to - r.values[0]) / r.span.Length().Seconds()
			} else {
				l.fault(w, "a line from one value to another needs a span")
			}
		case "rising", "falling":
			if r.slope = l.rate(r.unit); w.text == "falling" {
				r.slope = -r.slope
			}
		case "noise":
			r.noise = l.apart(r.unit, "noise")
		default:
			l.at--
			q, ok := l.quality()
			if !ok {
				l.fault(w, "%q: here may stand every, to, rising, falling, noise or a quality", w.text)
			}
			r.quality = q
		}
	}
	if l.faulty {
		return
	}
	if sole {
		r.span.To = r.span.From.Add(time.Duration(len(r.values)-1)*r.every + 1)
	}
	n := r.count()
	if len(r.values) > 1 && len(r.values) != n {
		l.fault(l.words[first], "%d values are given, and every %s there are %d readings", len(r.values), r.every, n)
	}
	if p.readings += n; p.readings > mostReadings {
		l.fault(l.words[0], "with these there are more than %d readings", mostReadings)
	}
	if p.closed {
		for _, o := range p.written {
			if o.tag == r.tag && o.span.Overlaps(r.span) {
				l.fault(l.words[0], "the readings of line %d were delivered before a close: nothing takes them back", o.line)
			}
		}
	}
	if !l.faulty {
		p.written = append(p.written, r)
		p.step(l, r)
	}
}

func containsDots(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i-1:i+1] == ".." {
			return true
		}
	}
	return false
}

// values reads numbers and the unit they share.
func (l *line) values(r *read) {
	var numbers []word
	for {
		w := l.next("a number and its unit")
		if l.faulty {
			return
		}
		if _, err := measure.ParseQuantity(w.text); err != nil && len(numbers) > 0 {
			for _, n := range numbers {
				q, err := measure.ParseQuantity(n.text + " " + w.text)
				if err != nil {
					l.fault(n, "%v", err)
					return
				}
				if !q.Unit.Same(r.unit) {
					_, err := q.Unit.To(r.unit)
					l.fault(w, "tag %s is in %s: %v", r.tag, r.unit, err)
					return
				}
				r.values = append(r.values, q.Value)
				r.unit = q.Unit
			}
			return
		} else if err != nil {
			l.fault(w, "%v", err)
			return
		}
		numbers = append(numbers, w)
	}
}

// rate reads a rate in a unit per second.
func (l *line) rate(unit measure.Unit) float64 {
	q, at := l.quantity("a rate")
	if l.faulty {
		return 0
	}
	amount, err := q.Unit.Times(second)
	var c measure.Conversion
	if err == nil {
		c, err = amount.To(unit)
	}
	if err != nil {
		l.fault(at, "%s is no rate of what is in %s: %v", q, unit, err)
	}
	return float64(q.Value * c.Scale)
}

func (r *read) count() int {
	return int((r.span.Length() + r.every - 1) / r.every)
}

// samples returns the readings.
//
//	x_i = x_0 + slope · (t_i - t_0) + noise · n_i      n_i about normal, the same in every run
func (r *read) samples() []measure.Sample {
	h := fnv.New64a()
	h.Write([]byte(r.tag))
	chance := rand.New(rand.NewPCG(h.Sum64(), uint64(r.span.From.UnixNano())))
	all := make([]measure.Sample, 0, r.count())
	for i := range r.count() {
		after := time.Duration(i) * r.every
		s := measure.Sample{At: r.span.From.Add(after).UnixNano(), Quality: r.quality}
		if s.Quality.Usable() {
			s.Value = r.values[i%len(r.values)] + float64(r.slope*after.Seconds())
			if r.noise > 0 {
				s.Value += float64(r.noise * bell(chance))
			}
		}
		all = append(all, s)
	}
	return all
}

// bell draws a number from about the normal distribution, the same on every
// processor: by addition alone.
func bell(r *rand.Rand) float64 {
	sum := -6 << 20
	for range 12 {
		sum += r.IntN(1 << 20)
	}
	return float64(sum) / (1 << 20)
}

// withhold takes readings out of what was written: for good, or until they
// are delivered.
type withhold struct {
	tag   measure.Tag // "": of all tags
	span  measure.Interval
	later bool
}

func (p *parser) withhold(l *line, later bool) {
	w := &withhold{later: later}
	if !l.take("all") {
		w.tag = l.tag().Tag
	}
	if w.span = l.span(); p.closed {
		l.fault(l.words[0], "the readings above were delivered before a close: nothing takes them back")
	}
	p.step(l, w)
}
