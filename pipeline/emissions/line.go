package emissions

import (
	"fmt"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

// Record is what every line of an activity says of itself.
type Record struct {
	Name  string
	Group string // the symbol of the method, as E_production
	Scope int    // 1 to 3; 0: as the kind of activity has it
	From  Origin
}

// Origin is where an amount comes from; one of them is given.
type Origin struct {
	Tag    measure.Tag // of a meter
	Record string      // a document or its digest
	Lab    string      // a laboratory value
}

// String prints "tag pyro1/power/energy".
func (o Origin) String() string {
	switch {
	case o.Tag != "":
		return "tag " + string(o.Tag)
	case o.Lab != "":
		return "laboratory value " + o.Lab
	}
	return o.Record
}

// Line is one emission of an inventory.
type Line struct {
	Group   string
	Name    string
	Kind    Kind
	Scope   int
	Basis   string // of electricity: location or market
	Counted bool   // false: reported beside a line that counts, as the other basis is

	Activity measure.Quantity // what the factor is multiplied with, what stands in for readings included
	StandsIn measure.Quantity // part of it that stands in for what was not read
	Coverage float64          // share of the period that readings cover; 1 of a document
	Factor   string           // "SET/ID"; "" of readings of a gas
	Label    string           // the weakest of factor and potentials
	Source   string           // citation
	From     Origin

	Gases       []GasMass        // but biogenic CO2
	BiogenicCO2 *measure.GasMass // apart, and in no CO2e; nil: not known
	CO2e        measure.CO2e

	Remarks []string // what is not as it should be, and what to do
}

// line begins a line of a record.
func (r Record) line(kind Kind) Line {
	l := Line{Group: r.Group, Name: r.Name, Kind: kind, Scope: r.Scope, Counted: true, Coverage: 1, From: r.From}
	if l.Scope == 0 {
		l.Scope = kind.scope()
	}
	return l
}

// remark says what is not as it should be.
func (l *Line) remark(format string, args ...any) {
	l.Remarks = append(l.Remarks, fmt.Sprintf(format, args...))
}

// by multiplies an activity with factors: each amount, in the factor's own
// unit of activity, brings its gases.
//
//	m_g = Σ_i A_i F_i,g      [kg] = [unit of A] [kg / unit of A]
//
// A gas that only some of the factors give is the sum of what is given.
//
// Source: GHG Protocol, Corporate Standard.
func (l *Line) by(w world, parts ...part) error {
	kg := map[Gas]float64{}
	var labels, sources, names []string
	total := 0.0
	for _, p := range parts {
		total += p.amount
		for gas, rate := range p.factor.Rates {
			kg[gas] += float64(p.amount * rate)
		}
		f := p.factor
		labels, sources, names = append(labels, f.Label), append(sources, f.Source), append(names, f.Name())
		if !f.Valid.Covers(w.period.From, w.period.To) {
			l.remark("%s holds %s, not for all of the period: name one that does", f.Name(), f.Valid)
		}
		if f.Label == "unverified" {
			l.remark("%s is unverified: check it against its source, or state your own factor with a citation", f.Name())
		}
		if f.gives(Unsplit) && f.Made != "unknown" && f.Made != w.gwp.ID {
			l.remark("%s is CO2e by the potentials %s, the inventory uses %s: state its gases apart", f.Name(), f.Made, w.gwp.ID)
		}
	}
	l.Activity = measure.Quantity{Value: total, Unit: parts[0].factor.Per}
	l.Factor, l.Source = strings.Join(unique(names), " + "), strings.Join(unique(sources), "; ")
	return l.weigh(kg, w.gwp, labels...)
}

// part is an amount in the unit of activity of its factor.
type part struct {
	amount float64
	factor *Factor
}

// weigh enters masses of gases.
func (l *Line) weigh(kg map[Gas]float64, g *GWP, labels ...string) error {
	all, sum, err := weigh(kg, g)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Gas == CO2Biogenic {
			mass := m.Mass
			l.BiogenicCO2 = &mass
			continue
		}
		l.Gases = append(l.Gases, m)
	}
	l.CO2e = sum
	potentials := g.label(l.Gases)
	if potentials == "unverified" {
		l.remark("a potential of the set %s is unverified: check it against its source, or name another set", g.ID)
	}
	l.Label = carbon.Weakest(append(labels, potentials)...)
	return nil
}

func unique(words []string) (all []string) {
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			all, seen[w] = append(all, w), true
		}
	}
	return all
}

// world is what all lines of an inventory share.
type world struct {
	period measure.Interval
	gwp    *GWP
}

// hours returns the length of the period.
func (w world) hours() float64 { return w.period.Length().Hours() }

// wrong is a fault of one key of an entry.
type wrong struct {
	key string
	err error
}

func (w wrong) Error() string { return w.key + ": " + w.err.Error() }

func wrongf(key, format string, args ...any) error {
	return wrong{key, fmt.Errorf(format, args...)}
}
