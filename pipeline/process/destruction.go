package process

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// MethaneDestruction returns the methane of a landfill's report as an inventory takes
// it: what sure readings show to be captured and destroyed, with the baseline
// of the plant file. It claims nothing: whoever claims it says so in Claim,
// and the inventory's set of potentials counts, not the plant file's.
func MethaneDestruction(p *flowsheet.Plant, report []Indicator) (emissions.Destroyed, error) {
	base := p.Landfill.Baseline
	if base == nil {
		return emissions.Destroyed{}, fmt.Errorf("plant %s: no methane to claim: the plant file gives no baseline", p.ID)
	}
	i := slices.IndexFunc(report, func(x Indicator) bool { return x.Name == "F_destroyed" })
	switch {
	case i < 0:
		return emissions.Destroyed{}, fmt.Errorf("plant %s: no methane to claim: the report is not that of a landfill", p.ID)
	case report[i].Value == nil:
		return emissions.Destroyed{}, fmt.Errorf("plant %s: no methane to claim: %s", p.ID, report[i].Why)
	}
	d := emissions.Destroyed{Name: "landfill methane", Methane: *report[i].Value, Share: base.Share, Oxidised: base.OxidisedTop, Baseline: base.Source}
	for _, id := range burnersOf(p) {
		if s, ok := p.Stream(id); ok && s.Volume != nil && d.From.Tag == "" {
			d.From.Tag = s.Volume.Tag
		}
	}
	return d, nil
}

// burnersOf returns the streams that flare and engine burn.
func burnersOf(p *flowsheet.Plant) (all []string) {
	if f := p.Landfill.Flare; f != nil {
		all = append(all, f.Gas)
	}
	if e := p.Landfill.Engine; e != nil {
		all = append(all, e.Gas)
	}
	return all
}
