package scenario

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/material"
)

// expectation is one line of what is expected.
type expectation struct {
	line  int
	text  string
	check check
}

// check looks at a period and tells what came, and whether it was expected.
type check func(c *Closed) (came string, met bool)

// figure is a number of a period in the unit of the expectation; nil: it is
// not known, and why.
type figure func(c *Closed) (v *float64, why string)

var (
	percent   = measure.MustUnit("%")
	kilogram  = measure.MustUnit("kg")
	megajoule = measure.MustUnit("MJ")
	kgPerHour = measure.MustUnit("kg/h")
	mjPerHour = measure.MustUnit("MJ/h")
	normalM3  = measure.MustUnit("m3{N}")
	one       measure.Unit
)

var subjects = []string{
	"closure", "in", "out", "gained", "stream", "stock", "flow", "mean", "total", "coverage", "flagged", "product", "observed", "reconciled", "z", "left-out",
	"rate", "residual", "indicator", "windows", "test", "doubted", "taken-out", "suspect", "leak", "says",
}

var budgets = []string{"mass", "carbon", "ash", "water", "energy"}

// expect parses what stands behind the verb.
func (p *parser) expect(l *line) {
	w := l.next("what is expected")
	if l.faulty || !l.planned(w) {
		return
	}
	if !p.closed {
		l.fault(l.words[0], "nothing is closed yet: write close 08:00..09:00 above")
		return
	}
	var c check
	switch w.text {
	case "closure", "in", "out", "gained":
		c = l.budget(w.text)
	case "stream":
		c = l.stream()
	case "stock":
		c = l.stock()
	case "flow":
		c = l.flow()
	case "mean", "total", "coverage":
		c = l.minutes(w.text)
	case "flagged":
		c = l.flagged()
	case "product":
		c = l.product()
	case "observed", "reconciled", "z":
		c = l.reading(w.text)
	case "left-out":
		c = l.leftOut()
	case "rate":
		c = l.rateOf()
	case "residual":
		c = l.residual()
	case "indicator":
		c = l.indicator()
	case "windows":
		c = l.windows()
	case "test":
		c = l.test()
	case "doubted":
		c = l.doubted()
	case "taken-out":
		c = l.takenOut()
	case "suspect":
		c = l.suspect()
	case "leak":
		c = l.leak()
	case "says":
		c = l.says()
	default:
		l.fault(w, "%q is nothing to expect%s", w.text, strict.Meant(w.text, subjects))
	}
	p.step(l, &expectation{line: l.no, text: strings.TrimSpace(strings.TrimPrefix(l.text, "expect")), check: c})
}

func (x *expectation) run(r *runner) error {
	if len(r.out.Closed) == 0 {
		r.fail(x.line, "nothing is closed yet")
		return nil
	}
	c := &r.out.Closed[len(r.out.Closed)-1]
	came, met := x.check(c)
	c.Expected = append(c.Expected, Expected{Line: x.line, Text: x.text, Came: came, Met: met})
	if r.out.Checked++; !met {
		r.fail(x.line, "expected %s; came %s", x.text, came)
	}
	return nil
}

// value parses VALUE ± TOLERANCE, or unknown, of a figure that comes in a unit.
func (l *line) value(unit measure.Unit, of figure) check {
	if l.take("unknown") {
		return func(c *Closed) (string, bool) {
			v, why := of(c)
			if v == nil {
				return "unknown: " + why, true
			}
			return number(*v, unit), false
		}
	}
	q, at := l.quantity("a value, or unknown,")
	if l.faulty {
		return nil
	}
	into, err := unit.To(q.Unit)
	if err != nil {
		l.fault(at, "it comes in %s: %v", unit, err)
		return nil
	}
	tolerance := l.tolerance(q.Unit)
	return func(c *Closed) (string, bool) {
		v, why := of(c)
		if v == nil {
			return "unknown: " + why, false
		}
		x := into.Apply(*v)
		return number(x, q.Unit), math.Abs(x-q.Value) <= tolerance
	}
}

// tolerance parses ± VALUE UNIT. The bound itself is met, whatever rounding
// makes of the last bits.
func (l *line) tolerance(unit measure.Unit) float64 {
	if !l.take("±") && !l.take("+-") {
		w := l.next("± and what it may be off")
		l.fault(w, "needs ± and what it may be off, before %q", w.text)
		return 0
	}
	return float64(l.apart(unit, "what it may be off") * (1 + 1e-9))
}

func number(v float64, unit measure.Unit) string {
	text := strconv.FormatFloat(v, 'g', 6, 64)
	if unit == one {
		return text
	}
	return text + " " + unit.String()
}

// count parses a whole number.
func (l *line) count() int {
	w := l.next("a count")
	n, err := strconv.Atoi(w.text)
	if err != nil || n < 0 {
		l.fault(w, "%q is no count", w.text)
	}
	return n
}

func (l *line) budget(what string) check {
	name := l.choice("balance", budgets...)
	unit := kilogram
	switch {
	case what == "closure":
		unit = percent
	case name == "energy":
		unit = megajoule
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		raw := &c.Report.Raw
		i := slices.IndexFunc(raw.Budgets(), func(b closure.NamedBudget) bool { return b.Name == name })
		b := raw.Budgets()[i]
		switch what {
		case "in":
			return &b.In, ""
		case "out":
			return &b.Out, ""
		case "gained":
			return &b.Accumulation, ""
		}
		return scaled(b.Closure, 100), strings.Join(raw.Missing, "; ")
	})
}

func scaled(v *float64, by float64) *float64 {
	if v == nil {
		return nil
	}
	x := float64(*v * by)
	return &x
}

var streamParts = []string{"mass", "dry", "carbon", "energy", "water", "ash", "nitrogen", "phosphorus", "volume", "coverage"}

func (l *line) stream() check {
	id := l.choice("stream", l.p.streams()...)
	part := l.choice("part of a stream", streamParts...)
	unit := kilogram
	switch part {
	case "energy":
		unit = megajoule
	case "volume":
		unit = normalM3
	case "coverage":
		unit = percent
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		all := c.Report.Raw.Streams
		s := &all[slices.IndexFunc(all, func(s closure.StreamAmount) bool { return s.Stream == id })]
		v := map[string]*float64{
			"mass": s.Mass, "dry": s.DryMass, "carbon": s.Carbon, "energy": s.Energy, "water": s.Water, "ash": s.Ash,
			"nitrogen": s.Nitrogen, "phosphorus": s.Phosphorus, "volume": s.Volume, "coverage": scaled(&s.Coverage, 100),
		}[part]
		return v, strings.Join(c.Report.Raw.Missing, "; ")
	})
}

func (p *parser) streams() (names []string) {
	for _, s := range p.s.Plant.Streams {
		names = append(names, s.ID)
	}
	return names
}

func (l *line) stock() check {
	var names []string
	for _, s := range l.p.s.Plant.Stocks {
		names = append(names, s.ID)
	}
	id := l.choice("stock", names...)
	part := l.choice("part of a stock", "mass", "carbon", "energy", "water", "ash", "nitrogen", "phosphorus")
	unit := kilogram
	if part == "energy" {
		unit = megajoule
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		all := c.Report.Raw.Stocks
		s := &all[slices.IndexFunc(all, func(s material.StockAmount) bool { return s.Stock == id })]
		v := map[string]*float64{"mass": s.Mass, "carbon": s.Carbon, "energy": s.Energy, "water": s.Water, "ash": s.Ash, "nitrogen": s.Nitrogen, "phosphorus": s.Phosphorus}[part]
		return v, strings.Join(c.Report.Raw.Missing, "; ")
	})
}

func (l *line) flow() check {
	var names []string
	for _, f := range l.p.s.Plant.Energy {
		names = append(names, f.ID)
	}
	id := l.choice("energy flow", names...)
	return l.value(megajoule, func(c *Closed) (*float64, string) {
		all := c.Report.Raw.Flows
		f := &all[slices.IndexFunc(all, func(f closure.EnergyAmount) bool { return f.Flow == id })]
		return f.Energy, strings.Join(c.Report.Raw.Missing, "; ")
	})
}

// minutes is of the rollups of a tag: its mean over what is covered, the
// increase of a counter, or the share that is covered.
func (l *line) minutes(what string) check {
	w := word{col: l.end}
	if l.more() {
		w = l.words[l.at]
	}
	plan := l.tag()
	unit := plan.Unit
	if what == "coverage" {
		unit = percent
	}
	if what == "total" && !plan.Counter {
		l.fault(w, "tag %s is no counter; expect its mean", plan.Tag)
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		sum, covered, total := 0.0, 0.0, 0.0
		all := c.Rollups[plan.Tag]
		for i := range all {
			sum += float64(all[i].Mean * all[i].Coverage)
			covered += all[i].Coverage
			total += all[i].Total
		}
		switch {
		case what == "coverage":
			v := float64(100 * covered / float64(len(all)))
			return &v, ""
		case covered == 0:
			return nil, "no readings"
		case what == "total":
			return &total, ""
		}
		v := sum / covered
		return &v, ""
	})
}

func (l *line) flagged() check {
	plan := l.tag()
	w := l.next("a quality, as in uncertain:flatline,")
	var q measure.Quality
	if !l.faulty {
		if err := q.UnmarshalText([]byte(w.text)); err != nil {
			l.fault(w, "%v", err)
		}
	}
	want := l.count()
	return func(c *Closed) (string, bool) {
		n, counts := 0, map[string]int{}
		for _, r := range c.Rollups[plan.Tag] {
			if counts[r.Quality.String()]++; r.Quality == q {
				n++
			}
		}
		return qualities(counts), n == want
	}
}

// qualities lists minutes by quality.
func qualities(counts map[string]int) string {
	var said []string
	for q, n := range counts {
		said = append(said, q+" "+strconv.Itoa(n))
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}

func (l *line) product() check {
	w := l.words[l.at-1]
	if l.p.s.Plant.Product == "" {
		l.fault(w, "the plant names no product")
		return nil
	}
	what := l.choice("mass", "wet", "dry")
	return l.value(kilogram, func(c *Closed) (*float64, string) {
		if c.Product == nil {
			return nil, "it cannot be counted"
		}
		v := c.Product.Wet.Kilograms()
		if what == "dry" {
			v = c.Product.Dry.Kilograms()
		}
		return &v, ""
	})
}

func (l *line) indicator() check {
	w := l.next("the name of an indicator")
	unit := one
	if l.at+1 < len(l.words) { // it comes in its own unit, which must be that of the expectation
		unit, _ = measure.ParseUnit(l.words[l.at+1].text)
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		for _, x := range c.Report.Indicators {
			if x.Name != w.text {
				continue
			}
			number := x.In(x.Claim.Ledger)
			if number == nil {
				return nil, x.Why
			}
			own, err := measure.ParseUnit(x.Unit)
			if err == nil {
				var into measure.Conversion
				if into, err = own.To(unit); err == nil {
					v := into.Apply(*number)
					return &v, ""
				}
			}
			return nil, err.Error()
		}
		return nil, "the report has no such indicator"
	})
}

func (l *line) windows() check {
	want := l.count()
	which := l.choice("kind of window", "all", "running", "steady", "reconciled", "failed")
	return func(c *Closed) (string, bool) {
		n := c.Report.Counts
		counts := map[string]int{"all": n.All, "running": n.Running, "steady": n.Steady, "reconciled": n.Reconciled, "failed": n.Failed}
		return strconv.Itoa(counts[which]) + " " + which, counts[which] == want
	}
}

// says looks for words among what the report could not know or refused.
func (l *line) says() check {
	w := l.next("words in quotation marks")
	return func(c *Closed) (string, bool) {
		said := slices.Clone(c.Report.Raw.Missing)
		for _, text := range []string{c.Report.Balance.Refused, c.Report.Balance.State} {
			if text != "" {
				said = append(said, text)
			}
		}
		for _, f := range c.Report.Findings {
			said = append(said, f.Text)
		}
		if len(said) == 0 {
			return "nothing", false
		}
		all := strings.Join(said, "; ")
		return all, strings.Contains(all, w.text)
	}
}
