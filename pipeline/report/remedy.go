package report

import (
	"cmp"
	"strings"
)

// remedy is where a requirement that is not met is mended: in the laboratory
// file or, of a lot whose units are on record, by a record.
type remedy struct{ file, record string }

func anyway(text string) remedy { return remedy{file: text, record: text} }

// remedies are those of each code that begins a remark of an account, as
// sink.soil_temperature does in "sink.soil_temperature: not given". One that
// ends in a dot is of all codes that begin with it and have none of their own.
var remedies = map[string]remedy{
	"remark":                       anyway("nothing to mend; it must be known"),
	"coverage":                     anyway("see the gaps below; what was not measured cannot be entered"),
	"calibration":                  anyway("a record calibration: with its certificate"),
	"placed":                       anyway("a record use: with proof:, and a transport: that names the unit"),
	"method":                       anyway("method: in the centre's file; choose another"),
	"label":                        anyway("method: in the centre's file; choose another"),
	"crcf":                         anyway("method: in the centre's file; choose another"),
	"crcf.":                        anyway("method: in the centre's file; choose another"),
	"uncertainty.dry_mass":         anyway("uncertainty: of the scale's tag in the plant file"),
	"uncertainty.carbon_total":     {file: "uncertainty: of the lot's value in the laboratory file", record: "uncertainty: of the result in the record report:"},
	"uncertainty.hydrogen":         {file: "uncertainty: of the lot's value in the laboratory file", record: "uncertainty: of the result in the record report:"},
	"uncertainty.carbon_inorganic": {file: "uncertainty: of the lot's value in the laboratory file", record: "uncertainty: of the result in the record report:"},
	"batch.carbon_total":           {file: "values: of the lot in the laboratory file", record: "a record report: with the results of a sample"},
	"batch.carbon_inorganic":       {file: "values: of the lot in the laboratory file", record: "a record report: with the results of a sample"},
	"batch.hydrogen":               {file: "values: of the lot in the laboratory file", record: "a record report: with the results of a sample"},
	"batch.oxygen":                 {file: "values: of the lot in the laboratory file", record: "a record report: with the results of a sample"},
	"batch.h_corg":                 {file: "values: of the lot in the laboratory file", record: "a record report: with the results of a sample"},
	"batch.feedstock":              {file: "use: feedstock: of the lot in the laboratory file", record: "feedstock: of the record lot: or rule:"},
	"batch.technology":             {file: "use: technology: of the lot in the laboratory file", record: "technology: of the record lot: or rule:"},
	"batch.production_temperature": {file: "use: production_temperature: of the lot in the laboratory file", record: "production_temperature: of the record lot: or rule:"},
	"batch.dry_mass":               {file: "the readings of the product; see the gaps below", record: "units, and a record use: that places them"},
	"use.proof":                    {file: "use: proof: of the lot in the laboratory file", record: "proof: of the record use:"},
	"use.biomass_proof":            {file: "use: biomass_proof: of the lot in the laboratory file", record: "biomass_proof: of the record lot: or rule:"},
	"sink.end_use":                 {file: "use: end_use: of the lot in the laboratory file", record: "end_use: of the record use:"},
	"sink.soil_temperature":        {file: "use: soil_temperature: of the lot in the laboratory file", record: "soil_temperature: of the record use:"},
	"sink.horizon":                 {file: "use: horizon: of the lot in the laboratory file", record: "horizon: of the record use:"},
	"sampling":                     {file: "sampling: of the lot in the laboratory file", record: "regime: and regime_proof: of the record lot: or rule:"},
	"sampling.":                    {file: "sampling: of the lot in the laboratory file", record: "regime: and regime_proof: of the record lot: or rule:"},
	"sampling.analyses_in_year":    {file: "sampling: of the lot in the laboratory file", record: "records sample: and report: of more lots of the process"},
	"emissions":                    {file: "emissions: of the lot in the laboratory file", record: "records transport: and activity: of the lot"},
}

// Remedy says where a requirement that is not met is mended. It goes by the
// code of the remark alone: the words behind it may be any.
func Remedy(remark string, recorded bool) string {
	code := codeOf(remark)
	r, ok := remedies[code]
	if !ok {
		first, _, _ := strings.Cut(code, ".")
		r = remedies[first+"."]
	}
	text := r.file
	if recorded {
		text = r.record
	}
	return cmp.Or(text, "as the remark says; a request for nielu quantify can hold it")
}

// codeOf returns the code that begins a remark: what stands before a colon, a
// space or an index.
func codeOf(remark string) string {
	if end := strings.IndexAny(remark, ": ["); end >= 0 {
		return remark[:end]
	}
	return remark
}
