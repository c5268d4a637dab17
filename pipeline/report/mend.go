package report

import "strings"

// Remedy says where a requirement that is not met is mended: in the laboratory
// file, or, of a lot whose units are on record, by a record.
//
// It goes by the place that each remark of an account names first, as in
// "sink.soil_temperature: not given".
func Remedy(remark string, recorded bool) string {
	where, _, _ := strings.Cut(remark, ":")
	where, _, _ = strings.Cut(where, " ")
	where, _, _ = strings.Cut(where, "[")
	file, record := "", ""
	switch {
	case strings.HasPrefix(where, "remark"):
		return "nothing to mend; it must be known"
	case where == "coverage":
		return "see the gaps below; what was not measured cannot be entered"
	case where == "calibration":
		return "a record calibration: with its certificate"
	case where == "placed":
		return "a record use: with proof:, and a transport: that names the unit"
	case where == "uncertainty.dry_mass":
		return "uncertainty: of the scale's tag in the plant file"
	case where == "method" || where == "label" || where == "crcf" || strings.HasPrefix(where, "crcf."):
		return "method: in the centre's file; choose another"
	case where == "uncertainty.carbon_total", where == "uncertainty.hydrogen", where == "uncertainty.carbon_inorganic":
		file, record = "uncertainty: of the lot's value in the laboratory file", "uncertainty: of the result in the record report:"
	case where == "batch.carbon_total", where == "batch.carbon_inorganic", where == "batch.hydrogen", where == "batch.oxygen", where == "batch.h_corg":
		file, record = "values: of the lot in the laboratory file", "a record report: with the results of a sample"
	case where == "use.proof":
		file, record = "use: proof: of the lot in the laboratory file", "proof: of the record use:"
	case where == "use.biomass_proof":
		file, record = "use: biomass_proof: of the lot in the laboratory file", "biomass_proof: of the record lot: or rule:"
	case where == "sink.end_use", where == "sink.soil_temperature", where == "sink.horizon":
		name := strings.TrimPrefix(where, "sink.")
		file, record = "use: "+name+": of the lot in the laboratory file", name+": of the record use:"
	case where == "sampling.analyses_in_year":
		file, record = "sampling: of the lot in the laboratory file", "records sample: and report: of more lots of the process"
	case strings.HasPrefix(where, "sampling"):
		file, record = "sampling: of the lot in the laboratory file", "regime: and regime_proof: of the record lot: or rule:"
	case where == "emissions":
		file, record = "emissions: of the lot in the laboratory file", "records transport: and activity: of the lot"
	case where == "batch.feedstock", where == "batch.technology", where == "batch.production_temperature":
		name := strings.TrimPrefix(where, "batch.")
		file, record = "use: "+name+": of the lot in the laboratory file", name+": of the record lot: or rule:"
	case where == "batch.dry_mass":
		file, record = "the readings of the product; see the gaps below", "units, and a record use: that places them"
	default:
		return "as the remark says; a request for nielu quantify can hold it"
	}
	if recorded {
		return record
	}
	return file
}
