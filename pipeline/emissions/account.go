package emissions

import (
	"fmt"
	"io"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

// Emissions returns the lines that count as a carbon account takes them: CO2e
// under the group of each.
func (v Inventory) Emissions() []carbon.Emission {
	var all []carbon.Emission
	for _, l := range v.counted() {
		all = append(all, carbon.Emission{Group: l.Group, Name: l.Name, Amount: milligrams(int64(l.CO2e)), Source: l.cited() + "; gwp " + v.GWP.ID, Of: l.of()})
	}
	return all
}

// GasEmissions returns the same lines for an account that keeps gases apart:
// the mass of each gas under CO2, CH4 or N2O. CO2e that nobody splits counts as
// CO2; CO2 of biomass is not in it.
//
// Source: Global Biochar C-Sink 3.3, emission portfolio (secondary).
func (v Inventory) GasEmissions() []carbon.Emission {
	groups := map[Gas]string{CO2Fossil: "CO2", Unsplit: "CO2", CH4Fossil: "CH4", CH4Biogenic: "CH4", CH4: "CH4", N2O: "N2O"}
	var all []carbon.Emission
	for _, l := range v.counted() {
		for _, m := range l.Gases {
			all = append(all, carbon.Emission{Group: groups[m.Gas], Name: l.Name + ", " + string(m.Gas), Amount: milligrams(int64(m.Mass)), Source: l.cited(), Of: l.of()})
		}
	}
	return all
}

// of says what a line is of where a method must find it again.
func (l Line) of() string {
	switch l.Kind {
	case Electricity:
		return carbon.OfElectricity
	case ProcessGas, StackReadings:
		return carbon.OfProcessGas
	}
	return ""
}

// milligrams returns a whole number of them in kg, from which [carbon.Emission]
// rounds them back.
func milligrams(n int64) measure.Quantity {
	return measure.Quantity{Value: float64(n) / 1e6, Unit: kilogram}
}

// cited says by which factor, whose figure and from which record.
func (l Line) cited() string {
	text := l.Source + " (" + l.Label + ")"
	if l.Factor != "" {
		text = l.Factor + ": " + text
	}
	if from := l.From.String(); from != "" {
		text += "; amount: " + from
	}
	return text
}

// WriteAccount prints the lines as the list of emissions of a request or of a
// laboratory file, by group and by gas: each method takes those under its own
// symbols.
func (v Inventory) WriteAccount(to io.Writer) error {
	if _, err := fmt.Fprintf(to, "# %q, %s to %s\nemissions:\n", v.Name, v.Period.From.Format("2006-01-02T15:04:05Z07:00"), v.Period.To.Format("2006-01-02T15:04:05Z07:00")); err != nil {
		return err
	}
	for _, e := range append(v.Emissions(), v.GasEmissions()...) {
		if _, err := fmt.Fprintf(to, "  - { group: %q, name: %q, amount: %s, source: %q }\n", e.Group, e.Name, e.Amount, e.Source); err != nil {
			return err
		}
	}
	return nil
}
