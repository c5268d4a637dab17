package emissions

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nielu/nielu/measure"
)

// Write prints the inventory for people: every line with its factor, citation
// and label, sums by group, scope and gas, and each ledger of claims apart.
func (v Inventory) Write(to io.Writer) error {
	t := &table{w: tabwriter.NewWriter(to, 2, 0, 2, ' ', 0)}
	t.row("%s, %s to %s", v.Name, v.Period.From.Format(time.RFC3339), v.Period.To.Format(time.RFC3339))
	t.row("potentials %s, %d years: CH4 fossil %g, biogenic %g, N2O %g (%s)", v.GWP.ID, v.GWP.Horizon, v.GWP.CH4Fossil.Value, v.GWP.CH4Biogenic.Value, v.GWP.N2O.Value, v.GWP.Source)
	t.row("")
	t.row("EMISSIONS")
	for _, l := range v.Lines {
		l.write(t)
	}
	for _, s := range append(v.Groups(), v.Scopes()...) {
		t.row("  %s\t\t\t%s\tCO2e", s.Name, s.CO2e)
	}
	t.row("")
	t.row("BY GAS")
	for _, m := range v.Portfolio() {
		if m.Gas == CO2Biogenic {
			continue
		}
		t.row("  %s\t%s\t%s\tCO2e", m.Gas, m.Mass, m.CO2e)
	}
	if m, ok := massOf(v.Portfolio(), CO2Biogenic); ok {
		t.row("  apart, in no CO2e: %s\t%s", CO2Biogenic, m)
	}
	v.writeClaims(t)
	if t.err == nil {
		t.err = t.w.Flush()
	}
	return t.err
}

func (l Line) write(t *table) {
	name, counts := l.Name, ""
	if l.Basis != "" {
		name += ", by " + l.Basis
	}
	if !l.Counted {
		counts = ", beside: does not count"
	}
	t.row("  %s\t%s\t%s\t%s\tCO2e\tscope %d, %s%s", l.Group, name, shown(l.Activity), l.CO2e, l.Scope, l.Label, counts)
	if l.Coverage < 1 {
		t.row("    readings cover %.4g %%; %s stands in for the rest", 100*l.Coverage, shown(l.StandsIn))
	}
	t.row("    amount: %s", l.From)
	if l.Factor != "" {
		t.row("    factor: %s", l.Factor)
	}
	t.row("    source: %s", l.Source)
	var gases []string
	for _, m := range l.Gases {
		gases = append(gases, fmt.Sprintf("%s %s", m.Mass, m.Gas))
	}
	if l.BiogenicCO2 != nil {
		gases = append(gases, fmt.Sprintf("apart %s %s", *l.BiogenicCO2, CO2Biogenic))
	}
	t.row("    gases: %s", strings.Join(gases, ", "))
}

func (v Inventory) writeClaims(t *table) {
	if len(v.Avoided) > 0 {
		t.row("")
		t.row("AVOIDED EMISSIONS (their own ledger, never added to removals or taken off emissions)")
		for _, c := range v.Avoided {
			claim(t, c.Name, c.Amount.String(), c.Why, c.Basis, "", c.Source, c.Label, c.Claim, c.From)
		}
		t.row("  all of this ledger\t%s", v.Ledgers().Avoided)
	}
	if len(v.Substitutions) > 0 {
		t.row("")
		t.row("SUBSTITUTION (its own ledger, never added to removals or avoided emissions, or taken off emissions)")
		for _, c := range v.Substitutions {
			claim(t, c.Name, c.Amount.String(), c.Why, c.Basis, c.Factor, c.Source, c.Label, c.Claim, c.From)
		}
		t.row("  all of this ledger\t%s", v.Ledgers().Substitution)
	}
}

func claim(t *table, name, amount, why, basis, factor, source, label, by string, from Origin) {
	if why != "" {
		t.row("  %s\tnothing is claimed: %s", name, why)
		return
	}
	t.row("  %s\t%s\t%s", name, amount, label)
	t.row("    basis: %s", basis)
	t.row("    claimed by: %s", by)
	t.row("    amount: %s", from)
	if factor != "" {
		t.row("    factor: %s", factor)
	}
	t.row("    source: %s", source)
}

// shown rounds an activity for people.
func shown(q measure.Quantity) string {
	if q.Unit == one {
		return fmt.Sprintf("%.6g", q.Value)
	}
	return fmt.Sprintf("%.6g %s", q.Value, q.Unit)
}

// table keeps the first error of many prints.
type table struct {
	w   *tabwriter.Writer
	err error
}

func (t *table) row(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}
