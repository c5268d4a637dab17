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
		Group: l.Group, Name: l.Name, Kind: l.Kind, Scope: l.Scope, Basis: l.Basis, Counted: l.Counted,
		Activity: l.Activity, StandsIn: l.StandsIn, Coverage: l.Coverage,
		Factor: l.Factor, Label: l.Label, Source: l.Source, From: l.From.String(),
		Gases: gasForms(l.Gases), CO2e: l.CO2e.String(), Remarks: list(l.Remarks),
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
		avoided = append(avoided, claimForm{Name: c.Name, Amount: c.Amount.String(), Basis: c.Basis, Label: c.Label, Source: c.Source, Claim: c.Claim, From: c.From.String(), Why: c.Why})
	}
	for _, c := range v.Substitutions {
		substituted = append(substituted, claimForm{Name: c.Name, Amount: c.Amount.String(), Basis: c.Basis, Factor: c.Factor, Label: c.Label, Source: c.Source, Claim: c.Claim, From: c.From.String(), Why: c.Why})
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
		Name: v.Name, From: v.Period.From, To: v.Period.To,
		GWP: gwpForm{
			Set: v.GWP.ID, Source: v.GWP.Source, Horizon: v.GWP.Horizon,
			CH4Fossil: v.GWP.CH4Fossil.Value, CH4Biogenic: v.GWP.CH4Biogenic.Value, N2O: v.GWP.N2O.Value,
		},
		Emissions: emissions{Lines: lines, Groups: sumForms(v.Groups()), Scopes: sumForms(v.Scopes()), Gases: gasForms(v.Portfolio())},
		Avoided:   avoided, Substitution: substituted, Files: v.Files, Unmet: list(v.Unmet),
	})
}

// list is never null in JSON.
func list(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}
