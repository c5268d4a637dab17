package carbon

import (
	"encoding/json"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Account is the answer of a method. What it claims are removals; an emission,
// an uncertainty and an indication are none. Amounts are whole milligrams; as
// JSON they are tonnes.
type Account struct {
	Method        string
	Edition       string
	Variant       string
	FactorsDigest string // sha256 of the method file, hexadecimal
	Lines         []Line

	Gross               *measure.Removal // nil: cannot be computed
	Net                 *measure.Removal // nil: not eligible
	StandardUncertainty *measure.CO2e    // of the net; nil: not stated
	Conservative        *measure.Removal // nil: not eligible, or no uncertainty stated
	Indicative          *measure.CO2e    // what the formulas give, eligible or not, and below 0 as well: no claim; nil: cannot be computed
	Eligible            bool
	Unmet               []string   // what the method asks for and the request does not show, and where to mend it
	Retained            []Retained // the share of carbon still there, for the envelope; no part of the JSON
}

// Line is one figure of an account by the method's own symbol. Label is the
// confidence in the rule behind it: primary, secondary, reproduced, computed
// or unverified; of a value that came with the request it is "given". A line
// that names a choice has the name in braces as its unit, {upper}, and a rank as
// its value; as JSON its value is the name.
type Line struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Label string  `json:"label"`
}

// MarshalJSON prints the line; the value of one that names a choice is the name.
func (l Line) MarshalJSON() ([]byte, error) {
	type plain Line
	if choice, ok := l.Choice(); ok {
		return json.Marshal(struct {
			plain
			Value string `json:"value"`
			Unit  string `json:"unit"`
		}{plain(l), choice, "1"})
	}
	return json.Marshal(plain(l))
}

// Choice returns what a line names, if it names a choice.
func (l Line) Choice() (string, bool) {
	name, open := strings.CutPrefix(l.Unit, "{")
	name, shut := strings.CutSuffix(name, "}")
	return name, open && shut
}

// Line returns the line of that name.
func (a Account) Line(name string) (Line, bool) {
	for _, l := range a.Lines {
		if l.Name == name {
			return l, true
		}
	}
	return Line{}, false
}

// MarshalJSON prints the account with amounts as numbers of tonnes.
func (a Account) MarshalJSON() ([]byte, error) {
	tonnes := func(m *measure.CO2e) *float64 {
		if m == nil {
			return nil
		}
		t := m.Tonnes()
		return &t
	}
	lines, unmet := a.Lines, a.Unmet
	if lines == nil {
		lines = []Line{}
	}
	if unmet == nil {
		unmet = []string{}
	}
	return json.Marshal(struct {
		Method              string   `json:"method"`
		Edition             string   `json:"edition"`
		Variant             string   `json:"variant"`
		FactorsDigest       string   `json:"factors_digest"`
		Lines               []Line   `json:"lines"`
		Gross               *float64 `json:"gross"`
		Net                 *float64 `json:"net"`
		StandardUncertainty *float64 `json:"standard_uncertainty"`
		Conservative        *float64 `json:"conservative"`
		Unit                string   `json:"unit"`
		Eligible            bool     `json:"eligible"`
		Indicative          *float64 `json:"indicative"`
		Unmet               []string `json:"unmet"`
	}{
		Method: a.Method, Edition: a.Edition, Variant: a.Variant, FactorsDigest: a.FactorsDigest, Lines: lines,
		Gross: tonnes(Shown(a.Gross)), Net: tonnes(Shown(a.Net)), StandardUncertainty: tonnes(a.StandardUncertainty),
		Conservative: tonnes(Shown(a.Conservative)), Unit: "t", Eligible: a.Eligible, Indicative: tonnes(a.Indicative), Unmet: unmet,
	})
}

// Shown returns what a removal of an account comes to, to be shown by its name:
// gross, net or conservative. nil: there is none.
func Shown(r *measure.Removal) *measure.CO2e {
	if r == nil {
		return nil
	}
	m := r.CO2e()
	return &m
}

// Withhold closes the account: what it rests on is not settled, and why says
// what to do.
func (a *Account) Withhold(why string) {
	a.Eligible, a.Net, a.Conservative = false, nil, nil
	a.Unmet = append(a.Unmet, why)
}
