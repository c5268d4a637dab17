package console_test

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/console"
)

// Periods answers as a centre does that has a lot and a campaign of each plant
// and accuses an instrument of the first.
func (f *fakeStore) Periods(_ context.Context, plant string) (any, error) {
	to := f.clock().Truncate(time.Hour)
	out := object{"plant": plant, "every": 3600, "newest": object{"from": to.Add(-time.Hour), "to": to}, "findings": []object{}, "campaigns": []object{}, "lots": []object{
		{"name": plant + "-2026-w45", "from": to.Add(-9 * 24 * time.Hour), "to": to.Add(-2 * 24 * time.Hour)},
	}}
	if plant == "pyro1" {
		out["findings"] = []object{accused()}
	}
	if f.empty {
		out["newest"], out["lots"] = nil, []object{}
	}
	return out, f.fault()
}

func accused() object {
	return object{"name": "tag_char_mass_flow", "tag": "pyro1/char/mass_flow", "instrument": "WT-301", "call": "WT-301 pyro1/char/mass_flow",
		"size": 0.988, "sd": 0.024, "unit": "kg/h", "percent": 4.1, "z": 11.5, "or": []string{}, "trace": []object{{"from": 0, "to": 1, "error": 0.1}, {"from": 1, "to": 2, "error": 0.9}},
		"text": "replace or calibrate WT-301 pyro1/char/mass_flow: reads 4.1 % high since Tuesday 2026-11-03 06:00 (z 11.5)"}
}

// Balance answers as a centre does in whose laboratory files there is every
// lot but one named none. The readings of pyro1 contradict each other, those
// of htl1 check nothing, and lf1 did not run.
func (f *fakeStore) Balance(_ context.Context, plant string, p console.Period) (any, error) {
	f.asked.Add(1)
	if p.Lot == "none" {
		return nil, fmt.Errorf("%w: lot none", console.ErrNotFound)
	}
	of := "interval"
	if p.Lot+p.Campaign != "" {
		of = "lot " + p.Lot + p.Campaign
	}
	r := object{"plant": plant, "of": of, "from": p.Interval.From, "to": p.Interval.To, "findings": []object{}, "indicators": []object{}, "raw": f.closure(f.plant(plant), p.Interval.From)}
	reading := func(name, tag, lab string, value, reconciled, z any) object {
		return object{"name": name, "tag": tag, "instrument": "WT-301", "lab": lab, "unit": "kg/h", "value": value, "u_systematic": 0.2, "u_random": 0.1, "status": "redundant", "reconciled": reconciled, "sd": 0.15, "z": z, "why": ""}
	}
	windows := object{"all": 1, "running": 1, "steady": 1, "reconciled": 1, "failed": 0}
	switch plant {
	case "pyro1":
		windows["failed"] = 1
		r["findings"] = []object{accused()}
		r["balance"] = object{"running": true, "steady": true, "df": 2, "gamma": 12.4, "critical": 5.99, "passed": false, "limit": 2.9,
			"readings": []object{reading("tag_char_mass_flow", "pyro1/char/mass_flow", "", 21.6, 20.75, 3.4), reading("lab_char_carbon", "", "char_carbon", nil, nil, nil)},
			"suspects": []string{"tag_char_mass_flow"}, "removed": []object{{"name": "tag_char_mass_flow", "z": 3.4, "alike": []string{}}},
			"sums": []object{{"stream": "char", "kind": "mass", "unit": "kg/h", "status": "redundant", "reconciled": 20.75, "sd": 0.15},
				{"stream": "liquid", "kind": "mass", "unit": "kg/h", "status": "observable", "reconciled": 43.208, "sd": 0.311}}}
		r["indicators"] = []object{{"name": "Y_char_dry", "about": "yield of char", "value": 29.547, "u": 0.52, "unit": "%"},
			{"name": "m_stored", "about": "carbon stored", "value": 18.5, "unit": "kg", "ledger": "removal"},
			{"name": "ER_avoided", "about": "methane destroyed", "value": nil, "unit": "t{CO2e}", "why": "no gas analysis", "ledger": "avoided"}}
	case "htl1":
		r["balance"] = object{"running": true, "steady": true, "df": 0, "gamma": 0, "critical": nil, "passed": nil, "limit": nil, "readings": []object{}, "suspects": []string{}, "removed": []object{}, "sums": []object{}}
	default:
		r["balance"] = object{"running": false, "steady": false, "refused": "not reconciled: the process did not run", "df": 0, "gamma": 0, "critical": nil, "passed": nil, "limit": nil, "readings": []object{}, "suspects": []string{}, "removed": []object{}, "sums": []object{}}
	}
	r["windows"] = windows
	return r, f.fault()
}

func (f *fakeStore) Picture(_ context.Context, plant string, p console.Period, finding int) ([]byte, error) {
	if p.Lot == "none" || finding > 1 {
		return nil, fmt.Errorf("%w: finding %d", console.ErrNotFound, finding)
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>text{fill:#333}</style><text>%s %d</text></svg>`, plant, finding), f.fault()
}
