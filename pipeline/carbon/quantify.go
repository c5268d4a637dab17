package carbon

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Quantify answers a request by one method: the functions named after the
// methods, each in a file of its own, say the equations. An account always
// comes back if the request can be held in numbers; what is missing or refused
// is said in Unmet.
//
// Rounds: each amount of CO2e once, half to even, to 1 mg; the rest is whole
// numbers. Uncertainty: first order, inputs independent, see uncertainty.go.
func Quantify(m Method, r Request) (Account, error) {
	s, known := shapeOf(m.ID)
	if !known {
		return Account{}, fmt.Errorf("quantify: method %q: the file gives its figures, but nothing here computes it; known are %s", m.ID, strings.Join(Methods(), ", "))
	}
	if key := s.missing(m); key != "" {
		return Account{}, fmt.Errorf("quantify: method %q has no %s: read its file with ParseMethod", m.ID, key)
	}
	q := &quantification{m: m, r: r, a: Account{Method: m.ID, Edition: m.Edition, FactorsDigest: m.Digest}}
	if err := q.run(); err != nil {
		return Account{}, fmt.Errorf("quantify: %w", err)
	}
	if q.closed {
		q.a.Eligible, q.a.Net, q.a.Conservative = false, nil, nil
	}
	q.a.Variant = strings.Join(q.variants, "; ")
	return q.a, nil
}

type quantification struct {
	m        Method
	r        Request
	a        Account
	variants []string
	labels   []string // of the factors that were used
	closed   bool     // a gate is closed
}

func (q *quantification) run() error {
	q.refuseClaims()
	q.checkVariants()
	q.takeMeasured()
	if len(q.m.Groups) > 0 && !q.m.CrossCheck && !q.m.Blocked {
		q.calibrated()
		q.outside()
		q.inventory()
	}
	switch q.m.ID {
	case "puro-2025":
		return q.puro()
	case "isometric-1.3":
		return q.isometric()
	case "csi-3.3":
		return q.csink()
	case "vm0044-1.2":
		return q.vm0044()
	case "crcf-art4":
		return q.crcf()
	case "woolf-2021":
		return q.woolf()
	case "slu-2024":
		return q.slu()
	case "ipcc-2019":
		return q.ipcc()
	}
	return fmt.Errorf("method %q has a shape and no function", q.m.ID)
}

// factor returns a number of the method and remembers how sure it is.
func (q *quantification) factor(key string) float64 {
	f := q.m.Factors[key]
	q.labels = append(q.labels, f.Label)
	return f.Value
}

// table returns a table of the method and remembers how sure it is.
func (q *quantification) table(key string) Table {
	t := q.m.Tables[key]
	q.labels = append(q.labels, t.Label)
	return t
}

// label is the weakest of the equations and of all factors used so far.
func (q *quantification) label() string { return Weakest(append(q.labels, q.m.EquationsBy)...) }

// gate closes the account to any credit.
func (q *quantification) gate(format string, args ...any) {
	q.closed = true
	q.note(format, args...)
}

// remark says what is not shown; it closes a gate only in an account that is
// to be certified.
func (q *quantification) remark(format string, args ...any) {
	q.closed = q.closed || q.r.Certify
	q.note(format, args...)
}

// ask closes an account that is to be certified for want of what only records
// and plant files can carry; a request by hand is not asked for it.
func (q *quantification) ask(format string, args ...any) {
	if q.r.Certify {
		q.gate(format, args...)
	}
}

// note says what a reader must know; it closes nothing.
func (q *quantification) note(format string, args ...any) {
	q.a.Unmet = append(q.a.Unmet, fmt.Sprintf(format, args...))
}

func (q *quantification) variant(format string, args ...any) {
	q.variants = append(q.variants, fmt.Sprintf(format, args...))
}

func (q *quantification) line(name string, value float64, unit, label string) {
	q.a.Lines = append(q.a.Lines, Line{Name: name, Value: value, Unit: unit, Label: label})
}

func (q *quantification) tonnes(name string, m measure.CO2e, label string) {
	q.line(name, m.Tonnes(), "t", label)
}

// retained notes the share of the carbon that is still there at a horizon.
func (q *quantification) retained(years, fraction float64, about string) {
	q.a.Retained = append(q.a.Retained, Retained{Method: q.m.ID, Horizon: years, Share: fraction, About: about})
}

// choices are the named readings of what a standard leaves open. The first of
// a row is what is done where a request does not choose.
var choices = map[string][][]string{
	"puro-2025":     {{"puro-soil-up", "puro-soil-nearest", "puro-soil-between"}},
	"isometric-1.3": {{"iso1000-blueprint", "iso1000-eq6"}},
	"csi-3.3":       {{"csi-hc-at-most", "csi-hc-below"}},
	"vm0044-1.2":    {{"as-printed", "single-allocation"}},
}

// checkVariants refuses a reading that no method knows.
func (q *quantification) checkVariants() {
	var known []string
	for _, id := range Methods() {
		for _, row := range choices[id] {
			known = append(known, row...)
		}
	}
	for _, v := range q.r.Variants {
		if !slices.Contains(known, v) {
			q.gate("variants: %q is no reading of any method; known are %s", v, strings.Join(known, ", "))
		}
	}
}

// chosen returns which reading of a row runs, and records it.
func (q *quantification) chosen(row int) string {
	pick := q.reading(row)
	q.variant("%s", pick)
	return pick
}

// reading returns which reading of a row runs; "" if the method has no choice.
func (q *quantification) reading(row int) string {
	rows := choices[q.m.ID]
	if row >= len(rows) {
		return ""
	}
	pick := rows[row][0]
	for _, v := range q.r.Variants {
		if slices.Contains(rows[row], v) {
			pick = v
		}
	}
	return pick
}

// gross states what is stored, before anything is taken off.
func (q *quantification) gross(stored measure.CO2e) error {
	removed, err := measure.RemovalOf(stored)
	q.a.Gross = &removed
	return err
}

// conclude states the net, its uncertainty and what may be claimed.
//
//	conservative = max(0, net - z·u)      z by the method
//
// Source: the method, as its file labels z.
func (q *quantification) conclude(name string, net measure.CO2e, s spread) error {
	q.tonnes(name, net, q.label())
	if net <= 0 {
		q.gate("net: %s is not above zero: the batch emitted as much as it stores; look at the largest emission", net)
	}
	q.a.Indicative = &net
	u, known, err := s.standard()
	if err != nil {
		return err
	}
	if known {
		q.a.StandardUncertainty = &u
	}
	if q.closed {
		return nil
	}
	removed, err := measure.RemovalOf(net)
	if err != nil {
		return err
	}
	q.a.Eligible, q.a.Net = true, &removed
	if missing := s.missing(); known && missing != "" {
		q.note("uncertainty.%s: not given, so no conservative figure is stated; what is unknown is not zero", missing)
		return nil
	}
	if known {
		z, err := measure.CO2eOf(float64(q.m.ConservativeZ.Value*u.Tonnes()) * 1000)
		if err != nil {
			return err
		}
		conservative, err := measure.RemovalOf(max(0, net-max(0, z)))
		if err != nil {
			return err
		}
		q.a.Conservative = &conservative
		q.variant("conservative: %s", q.m.ConservativeName)
	}
	return nil
}

// crossCheck states what a second opinion makes of the carbon. It issues no units.
func (q *quantification) crossCheck(name string, stored measure.CO2e, s spread) error {
	q.tonnes(name, stored, q.label())
	if err := q.gross(stored); err != nil {
		return err
	}
	q.a.Indicative = &stored
	u, known, err := s.standard()
	if err != nil {
		return err
	}
	if known {
		q.a.StandardUncertainty = &u
	}
	if s.model > 0 {
		u, err := s.structural()
		if err != nil {
			return err
		}
		q.tonnes("u_model", u, q.label())
	}
	return nil
}

func (q *quantification) onlyACrossCheck() {
	q.gate("method: %s is a cross-check and never issues units; take its figure beside that of a method that does", q.m.ID)
	if use := q.r.Sink.EndUse; use != "" && !strings.HasSuffix(use, "soil") {
		q.note("sink.end_use: %q; the model is of mineral soil of crop- and grassland and says nothing of other uses", use)
	}
}

func deref(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

// Weakest returns the least trusted of some labels of confidence.
func Weakest(labels ...string) string {
	order := []string{"unverified", "computed", "secondary", "reproduced", "primary", "given"}
	best := len(order)
	for _, l := range labels {
		i := slices.Index(order, l)
		best = min(best, max(i, 0))
	}
	if best == len(order) {
		return order[0]
	}
	return order[best]
}
