package report

import "testing"

// TestRemedy holds that the code of a remark alone says where it is mended.
func TestRemedy(t *testing.T) {
	const asSaid = "as the remark says; a request for nielu quantify can hold it"
	for remark, want := range map[string][2]string{
		"sink.soil_temperature: not given":        {"use: soil_temperature: of the lot in the laboratory file", "soil_temperature: of the record use:"},
		"sampling.facility: new":                  {"sampling: of the lot in the laboratory file", "regime: and regime_proof: of the record lot: or rule:"},
		"sampling.analyses_in_year 3 of 10":       {"sampling: of the lot in the laboratory file", "records sample: and report: of more lots of the process"},
		"emissions[2]: no factor":                 {"emissions: of the lot in the laboratory file", "records transport: and activity: of the lot"},
		"emissions.total: no":                     {asSaid, asSaid},
		"crcf.annex: not in the file":             {"method: in the centre's file; choose another", "method: in the centre's file; choose another"},
		"remark: sink.soil_temperature: measured": {"nothing to mend; it must be known", "nothing to mend; it must be known"},
		"coverage":                     {"see the gaps below; what was not measured cannot be entered", "see the gaps below; what was not measured cannot be entered"},
		"batch: sink.soil_temperature": {asSaid, asSaid},
		"something nobody thought of":  {asSaid, asSaid},
		"":                             {asSaid, asSaid},
	} {
		for i, recorded := range []bool{false, true} {
			if got := Remedy(remark, recorded); got != want[i] {
				t.Errorf("%q, on record %v: %q, not %q", remark, recorded, got, want[i])
			}
		}
	}
}
