package emissions

import (
	"encoding/json"
	"time"

	"github.com/nielu/nielu/measure"
)

// The forms below are what an inventory is as JSON. Amounts are exact decimals
// with their unit; claims say their ledger, and stand apart from emissions.

type gasForm struct {
	Gas  Gas    `json:"gas"`
	Mass string `json:"mass"`
	CO2e string `json:"co2e,omitempty"`
}

func gasForms(all []GasMass) []gasForm {
	forms := []gasForm{}
	for _, m := range all {
		f := gasForm{Gas: m.Gas, Mass: m.Mass.String(), CO2e: m.CO2e.String()}
		if m.Gas == CO2Biogenic {
			f.CO2e = ""
		}
		forms = append(forms, f)
	}
	return forms
}

type lineForm struct {
	Group       string           `json:"group"`
	Name        string           `json:"name"`
	Kind        Kind             `json:"kind"`
	Scope       int              `json:"scope"`
	Basis       string           `json:"basis,omitempty"`
	Counted     bool             `json:"counted"`
	Activity    measure.Quantity `json:"activity"`
	StandsIn    measure.Quantity `json:"stands_in"`
	Coverage    float64          `json:"coverage"`
	Factor      string           `json:"factor,omitempty"`
	Label       string           `json:"label"`
	Source      string           `json:"source"`
	From        string           `json:"from"`
	Gases       []gasForm        `json:"gases"`
	BiogenicCO2 *string          `json:"co2_biogenic"` // null: not known
	CO2e        string           `json:"co2e"`
	Remarks     []string         `json:"remarks"`
}

func (l Line) form() lineForm {
	f := lineForm{
		l.Group, l.Name, l.Kind, l.Scope, l.Basis, l.Counted, l.Activity, l.StandsIn, l.Coverage, l.Factor, l.Label, l.Source, l.From.String(),
		gasForms(l.Gases), nil, l.CO2e.String(), list(l.Remarks),
	}
	if l.BiogenicCO2 != nil {
		text := l.BiogenicCO2.String()
		f.BiogenicCO2 = &text
	}
	return f
}

type sumForm struct {
	Name string `json:"name"`
	CO2e string `json:"co2e"`
}

func sumForms(all []Sum) []sumForm {
	forms := []sumForm{}
	for _, s := range all {
		forms = append(forms, sumForm{s.Name, s.CO2e.String()})
	}
	return forms
}

type claimForm struct {
	Name   string `json:"name"`
	Amount string `json:"amount"` // with the word of its ledger
	Basis  string `json:"basis,omitempty"`
	Factor string `json:"factor,omitempty"`
	Label  string `json:"label,omitempty"`
	Source string `json:"source,omitempty"`
	Claim  string `json:"claim,omitempty"`
	From   string `json:"from"`
	Why    string `json:"why,omitempty"` // why nothing is claimed
}

type gwpForm struct {
	Set         string  `json:"set"`
	Source      string  `json:"source"`
	Horizon     int     `json:"horizon_a"`
	CH4Fossil   float64 `json:"ch4_fossil"`
	CH4Biogenic float64 `json:"ch4_biogenic"`
	N2O         float64 `json:"n2o"`
}

// MarshalJSON prints the inventory. It has the emissions by line, group, scope
// and gas, and each ledger of claims by itself; there is no total of them.
func (v Inventory) MarshalJSON() ([]byte, error) {
	lines := []lineForm{}
	for _, l := range v.Lines {
		lines = append(lines, l.form())
	}
	avoided, substituted := []claimForm{}, []claimForm{}
	for _, c := range v.Avoided {
		avoided = append(avoided, claimForm{c.Name, c.Amount.String(), c.Basis, "", c.Label, c.Source, c.Claim, c.From.String(), c.Why})
	}
	for _, c := range v.Substitutions {
		substituted = append(substituted, claimForm{c.Name, c.Amount.String(), c.Basis, c.Factor, c.Label, c.Source, c.Claim, c.From.String(), c.Why})
	}
	type emissions struct {
		Lines  []lineForm `json:"lines"`
		Groups []sumForm  `json:"groups"`
		Scopes []sumForm  `json:"scopes"`
		Gases  []gasForm  `json:"gases"`
	}
	return json.Marshal(struct {
		Name         string      `json:"inventory"`
		From         time.Time   `json:"from"`
		To           time.Time   `json:"to"`
		GWP          gwpForm     `json:"gwp"`
		Emissions    emissions   `json:"emissions"`
		Avoided      []claimForm `json:"avoided"`
		Substitution []claimForm `json:"substitution"`
		Files        []File      `json:"files"`
		Unmet        []string    `json:"unmet"`
	}{
		v.Name, v.Period.From, v.Period.To,
		gwpForm{v.GWP.ID, v.GWP.Source, v.GWP.Horizon, v.GWP.CH4Fossil.Value, v.GWP.CH4Biogenic.Value, v.GWP.N2O.Value},
		emissions{lines, sumForms(v.Groups()), sumForms(v.Scopes()), gasForms(v.Portfolio())},
		avoided, substituted, v.Files, list(v.Unmet),
	})
}

// list is never null in JSON.
func list(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}
