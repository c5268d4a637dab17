package reconciled

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

// Outlook is what a plant's instruments will be able to tell, judged from the
// plant file alone, before anything runs.
type Outlook struct {
	Plant     string            `json:"plant"`
	DF        int               `json:"df"` // how many independent checks there are
	Balances  []string          `json:"balances"`
	Prospects []Prospect        `json:"prospects"`
	Sets      [][]string        `json:"sets"`    // readings that no test will tell apart
	Without   []string          `json:"without"` // measured, but without a stated uncertainty
	Advice    []Advice          `json:"advice"`  // what more would help, best first
	Bounds    []flowsheet.Bound `json:"bounds"`  // what one lie of each tag that a claim rests on can bring
	Assumed   []string          `json:"assumed"` // tags without nominal, and analyses without uncertainty: taken at a guess
}

// Prospect is one quantity: what will be known of it.
type Prospect struct {
	Name        string           `json:"name"`
	DisplayName string           `json:"call"`
	What        string           `json:"what"`
	Unit        string           `json:"unit"`
	Status      reconcile.Status `json:"status"`
	Nominal     float64          `json:"nominal"`
	Detectable  *float64         `json:"detectable"` // error that a single window shows with a probability of 95 %
	SD          *float64         `json:"sd"`         // standard uncertainty once reconciled
}

// Advice is one more instrument and what it would bring.
type Advice struct {
	Add        string   `json:"add"`
	Observable []string `json:"observable"` // have no value now, would have one
	Redundant  []string `json:"redundant"`  // nothing checks them now, something would
	Apart      int      `json:"apart"`      // sets of readings that could then be told apart
	Narrower   float64  `json:"narrower"`   // share by which the product's rate gets surer
}

// power is the point of the normal distribution that a statistic exceeds with
// a probability of 95 %.
const power = 1.6448536269514722

// Outlook judges the plant at its nominal values. Laboratory values carry the
// uncertainty of the newest lot that has them, else 1 % of the value.
func (n *Network) Outlook(lab *lots.Lab) (Outlook, error) {
	p := n.Plant
	out := Outlook{Plant: p.ID, Balances: []string{}, Prospects: []Prospect{}, Sets: [][]string{}, Without: []string{}, Advice: []Advice{}, Bounds: p.Bounds(), Assumed: []string{}}
	observations := n.expectedObservations(p, lab, &out)
	problem := n.Formulate(p.ID, observations)
	now, err := problem.Inspect()
	if err != nil {
		return out, fmt.Errorf("outlook of %s: %w", p.ID, err)
	}
	out.DF = now.DF
	for _, b := range n.Balances {
		out.Balances = append(out.Balances, string(b.Kind)+" of "+b.Node)
	}
	for i, q := range n.Quantities {
		if q.Role == constantRole || n.derived(p, q) {
			continue
		}
		x := Prospect{Name: q.Name, DisplayName: displayName(p, q), What: q.What, Unit: q.Unit.String(), Status: now.Quantities[i].Status, Nominal: *problem.Variables[i].Start, SD: now.Quantities[i].SD}
		if b := now.Quantities[i].BiasSD; b != nil {
			found := float64((now.Critical + power) * *b)
			x.Detectable = &found
		}
		out.Prospects = append(out.Prospects, x)
	}
	for _, set := range now.EquivalenceSets {
		out.Sets = append(out.Sets, n.displayNames(p, set))
	}
	out.advise(p, n, problem, now)
	return out, nil
}

// derived tells whether a quantity is only the product of measured ones.
func (n *Network) derived(p *flowsheet.Plant, q Quantity) bool {
	s, ok := p.Stream(q.Stream)
	return q.sum && ok && s.Measured()
}

// displayName names a quantity as people do.
func displayName(p *flowsheet.Plant, q Quantity) string {
	switch v := q.Source; {
	case v == nil:
		return q.What
	case v.Tag != "":
		plan, _ := p.Tag(v.Tag)
		return strings.TrimSpace(plan.Instrument+" "+string(v.Tag)) + q.Role.when()
	case v.Lab != "":
		return "laboratory value " + v.Lab
	}
	return q.What + " (stated)"
}

func (n *Network) displayNames(p *flowsheet.Plant, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = displayName(p, n.Quantities[n.Index[name]])
	}
	return out
}

// expectedObservations is what the instruments would read in normal running.
func (n *Network) expectedObservations(p *flowsheet.Plant, lab *lots.Lab, out *Outlook) []Observation {
	all := make([]Observation, len(n.Quantities))
	for i, q := range n.Quantities {
		o := Observation{Name: q.Name, What: q.What, Stream: q.Stream, Role: q.Role, Flow: q.Flow, Unit: q.Unit.String(), Coverage: 1, Minutes: 60, Weight: 1}
		value := q.nominal
		o.Value = &value
		switch v := q.Source; {
		case q.Role == constantRole:
		case v == nil:
			o.Value, o.Why = nil, "nobody measures it"
		case v.Tag != "":
			n.expectedTag(p, q, &o, out)
		case v.Lab != "":
			o.Systematic = math.Abs(float64(0.01 * value))
			if u, ok := stateOf(lab, p.ID, q); ok {
				o.Systematic = u
			} else {
				out.Assumed = append(out.Assumed, "laboratory value "+v.Lab)
			}
		case v.Uncertainty != nil:
			c, _ := v.Constant.Unit.To(q.Unit)
			o.Systematic = v.Uncertainty.Scaled(c.Scale).Of(value)
		}
		all[i] = o
	}
	return all
}

func (n *Network) expectedTag(p *flowsheet.Plant, q Quantity, o *Observation, out *Outlook) {
	plan, _ := p.Tag(q.Source.Tag)
	if plan.Nominal == nil {
		if name := string(plan.Tag); !slices.Contains(out.Assumed, name) {
			out.Assumed = append(out.Assumed, name)
		}
	}
	u := plan.Uncertainty
	if u == nil || plan.Counter && !u.Relative {
		o.Why = "no uncertainty is stated"
		out.Without = append(out.Without, displayName(p, q))
		return
	}
	if !plan.Counter {
		c, _ := plan.Unit.To(q.Unit)
		u = u.Scaled(c.Scale)
	}
	o.Systematic, o.Random = u.Of(*o.Value), u.RandomOf(*o.Value, o.Minutes)
}

// stateOf returns the uncertainty of a laboratory value in the newest lot that has it.
func stateOf(lab *lots.Lab, plant string, q Quantity) (float64, bool) {
	if lab == nil {
		return 0, false
	}
	for i := len(lab.Lots) - 1; i >= 0; i-- {
		v, ok := lab.Lots[i].Value(q.Source.Lab)
		if !ok || lab.Lots[i].Plant != plant || v.Uncertainty == nil {
			continue
		}
		if c, err := v.Value.Unit.To(q.Unit); err == nil {
			return v.Uncertainty.Scaled(c.Scale).Of(c.Apply(v.Value.Value)), true
		}
	}
	return 0, false
}

// advise tries one more instrument at a time: a meter where there is none,
// and a second one on every flow.
func (o *Outlook) advise(p *flowsheet.Plant, n *Network, problem *reconcile.Problem, now *reconcile.Inspection) {
	for i, q := range n.Quantities {
		more := *problem
		more.Variables = slices.Clone(problem.Variables)
		add := ""
		switch {
		case q.Source == nil && q.Role != constantRole && now.Quantities[i].Status != reconcile.Fixed && n.measurable(p, q):
			value := *more.Variables[i].Start
			sd := max(math.Abs(float64(0.02*value)), 1e-6)
			more.Variables[i].Value, more.Variables[i].SD = &value, &sd
			add = "a meter (2 %) for the " + q.What
		case q.Source != nil && q.Role == FlowRole && q.Source.Tag != "" && problem.Variables[i].Value != nil:
			second := problem.Variables[i]
			second.ID = "second_" + q.Name
			more.Variables = append(more.Variables, second)
			more.Equations = append(slices.Clone(problem.Equations), reconcile.Equation{ID: second.ID, Expr: reconcile.ID(second.ID).Minus(reconcile.ID(q.Name))})
			add = "a second instrument beside " + displayName(p, q)
		default:
			continue
		}
		then, err := more.Inspect()
		if err != nil {
			continue
		}
		if a := o.gain(p, n, add, now, then); len(a.Observable)+len(a.Redundant)+a.Apart > 0 || a.Narrower > 0.1 {
			o.Advice = append(o.Advice, a)
		}
	}
	slices.SortStableFunc(o.Advice, func(a, b Advice) int {
		return cmp.Or(cmp.Compare(len(b.Observable), len(a.Observable)), cmp.Compare(len(b.Redundant)+b.Apart, len(a.Redundant)+a.Apart), cmp.Compare(b.Narrower, a.Narrower))
	})
	o.Advice = o.Advice[:min(3, len(o.Advice))]
}

// measurable tells whether a meter could be put there: on a flow, not on what
// is a product of measured values already.
func (n *Network) measurable(p *flowsheet.Plant, q Quantity) bool {
	if q.Role != FlowRole || q.sum && q.kind != flowsheet.MassBalance { // a sum has the zero role, that of a flow
		return false
	}
	s, ok := p.Stream(q.Stream)
	return !ok || !s.Measured()
}

func (o *Outlook) gain(p *flowsheet.Plant, n *Network, add string, now, then *reconcile.Inspection) Advice {
	a := Advice{Add: add, Observable: []string{}, Redundant: []string{}}
	for i, q := range n.Quantities {
		before, after := now.Quantities[i], then.Quantities[i]
		switch {
		case before.Status == reconcile.Unobservable && after.Status != reconcile.Unobservable:
			a.Observable = append(a.Observable, displayName(p, q))
		case before.Status == reconcile.NonRedundant && after.Status == reconcile.Redundant:
			a.Redundant = append(a.Redundant, displayName(p, q))
		}
	}
	a.Apart = apart(now.EquivalenceSets, then.EquivalenceSets)
	if s, ok := p.Stream(p.Product); ok {
		if i := n.StreamTotal(s, flowsheet.MassBalance); i >= 0 {
			if before, after := now.Quantities[i].SD, then.Quantities[i].SD; before != nil && after != nil && *before > 0 {
				a.Narrower = 1 - *after / *before
			}
		}
	}
	return a
}

// apart counts the sets of which some member is in no such set any more.
func apart(before, after [][]string) (n int) {
	for _, set := range before {
		whole := slices.ContainsFunc(after, func(other []string) bool {
			return !slices.ContainsFunc(set, func(name string) bool { return !slices.Contains(other, name) })
		})
		if !whole {
			n++
		}
	}
	return n
}

// Write prints the outlook for people.
func (o *Outlook) Write(to io.Writer) error {
	var text bytes.Buffer // takes whatever is written
	t := tabwriter.NewWriter(&text, 2, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format+"\n", args...) }
	row("%s: %s, %s", o.Plant, plural(len(o.Balances), "balance"), plural(o.DF, "independent check"))
	for _, group := range []struct {
		status reconcile.Status
		blind  bool
		words  string
	}{
		{status: reconcile.Redundant, words: "measured and checked; an error of this size shows in a single window 19 times of 20"},
		{status: reconcile.Redundant, blind: true, words: "measured and checked in name only: an error as large as it can be does not show in a single window"},
		{status: reconcile.NonRedundant, words: "measured, and nothing checks it: an error cannot be seen"},
		{status: reconcile.Observable, words: "not measured, but the balances give it; nothing checks it"},
		{status: reconcile.Unobservable, words: "hopeless: not measured, and the balances do not give it"},
	} {
		first := true
		for _, x := range o.Prospects {
			if x.Status != group.status || x.blind() != group.blind {
				continue
			}
			if first {
				row("  %s", group.words)
				first = false
			}
			row("    %s\t%s", x.DisplayName, x.detectable())
		}
	}
	for _, set := range o.Sets {
		row("  no test tells these apart: %s", strings.Join(set, ", "))
	}
	for _, name := range o.Without {
		row("  no uncertainty is stated, so it takes no part: %s", name)
	}
	for i, a := range o.Advice {
		if i == 0 {
			row("  what would help most")
		}
		row("    %s: %s", a.Add, a.words())
	}
	o.writeBounds(row)
	if len(o.Assumed) > 0 {
		row("  guessed, since the plant file gives no nominal and no lot an uncertainty: %s", strings.Join(o.Assumed, ", "))
	}
	_ = t.Flush()
	_, err := to.Write(text.Bytes())
	return err
}

// blind tells whether no error shows that the quantity could have: none as
// large as the reading itself, none of a share that stays within 0 and 1.
func (x *Prospect) blind() bool {
	most := math.Abs(x.Nominal)
	if x.Unit == measure.One.String() {
		most = max(most, 1-x.Nominal)
	}
	return x.Detectable != nil && most > 0 && *x.Detectable >= most
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func (x *Prospect) detectable() string {
	switch {
	case x.Detectable == nil || x.blind():
		return ""
	case x.Unit == measure.One.String():
		return fmt.Sprintf("%.2g points", float64(100**x.Detectable))
	case x.Nominal != 0:
		return fmt.Sprintf("%.1f %% of %.4g %s", float64(100**x.Detectable)/math.Abs(x.Nominal), x.Nominal, x.Unit)
	}
	return fmt.Sprintf("%.3g %s", *x.Detectable, x.Unit)
}

func (a *Advice) words() string {
	var parts []string
	if len(a.Observable) > 0 {
		parts = append(parts, "gives a value to "+strings.Join(a.Observable, ", "))
	}
	if len(a.Redundant) > 0 {
		parts = append(parts, "lets something check "+strings.Join(a.Redundant, ", "))
	}
	if a.Apart > 0 {
		parts = append(parts, "tells apart readings of "+plural(a.Apart, "set"))
	}
	if a.Narrower > 0.01 {
		parts = append(parts, fmt.Sprintf("makes the product's rate %.0f %% surer", float64(100*a.Narrower)))
	}
	return strings.Join(parts, "; ")
}

func (o *Outlook) writeBounds(row func(format string, args ...any)) {
	for i, x := range o.Bounds {
		if i == 0 {
			row("  what one lie that is not found out can bring at most, in kg CO2e: of one reading, and of an hour")
		}
		if x.Reading == nil || x.Ledger == flowsheet.Requirement {
			row("    %s\t%s\t\t\t%s", x.Tag, x.Ledger, x.Why)
			continue
		}
		row("    %s\t%s\t%s\t%s\tby %s, stale %s", x.Tag, x.Ledger, measure.Digits(*x.Reading, 3), measure.Digits(*x.Hour, 3), x.Why, x.Stale)
	}
	if len(o.Bounds) > 0 {
		row("    taken for granted: %s", flowsheet.BoundsAssume)
	}
}
