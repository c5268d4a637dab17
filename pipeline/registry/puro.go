package registry

import (
	"strings"

	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Puro fills in the output report of one batch for Puro.earth, Biochar
// Methodology, Edition 2025. Deductions stand by the method's symbols.
//
// Source: Edition 2025, sections 6 to 8 and Table 3.2 (secondary); the names of
// the fields are of this program, for the registry's form is not public.
func Puro(s Input) (*Form, error) {
	l, err := open(s, "puro", "puro-2025")
	if err != nil {
		return nil, err
	}
	u, a := l.batch.Use, l.statement.Account
	lotFile := func(key string) string {
		return l.enter("use: "+key+": of the lot in the laboratory file", key+": of the record lot: or rule:")
	}
	useFile := func(key string) string {
		return l.enter("use: "+key+": of the lot in the laboratory file", key+": of the record use:")
	}
	fields := []Field{
		text("production_facility", l.Plant.Name, "plant file", "name: in the plant file"),
		unknowable("production_facility_id", "given by the registry; add it there"),
		text("batch_id", l.Lot, "statement", ""),
		text("production_start", stamp(l.statement.Interval.From), "statement", ""),
		text("production_end", stamp(l.statement.Interval.To), "statement", ""),
		text("process", l.batch.Process, "record lot", "process: of the record lot: or rule:"),
		text("feedstock", u.Feedstock, "lot", lotFile("feedstock")),
		text("biomass_category", l.categories(), "records delivery of the time of the batch", "category: of the records delivery:"),
		text("biomass_proof", u.BiomassProof, "lot", lotFile("biomass_proof")),
		optional("production_temperature", u.ProductionTemperature, "Cel", "lot", lotFile("production_temperature")),
		number("dry_mass_produced", l.statement.Dry.Kilograms()/1000, "t", "statement, dry-mass"),
		number("dry_mass_in_sink", l.statement.Placed.Kilograms()/1000, "t", "statement, placed"),
		l.value("C_total", "carbon_total", "%"),
		l.value("C_inorganic", "carbon_inorganic", "%"),
		l.value("H", "hydrogen", "%"),
		l.line("C_org", "C_org"), l.line("H_Corg", "H/Corg"), l.line("Ts", "Ts"), l.line("PF", "PF"),
		text("laboratory", l.laboratory(), "laboratory", l.enter("laboratory: name: of the laboratory file", "record report:")),
		text("laboratory_accreditation", l.accreditation(), "laboratory", l.enter("laboratory: accreditation: of the laboratory file", "record report:")),
		text("sampling_regime", l.batch.Sampling.Regime, "lot", l.enter("sampling: of the lot in the laboratory file", "regime: of the record lot: or rule:")),
		number("analyses_in_year", float64(l.batch.Sampling.AnalysesInYear), "1", "lot"),
		text("end_use", u.EndUse, "lot", useFile("end_use")),
		text("end_use_proof", u.Proof, "lot", useFile("proof")),
		optional("soil_temperature", u.SoilTemperature, "Cel", "lot", useFile("soil_temperature")),
		l.line("C_stored", "C_stored"), l.line("C_loss", "C_loss"),
	}
	for _, x := range a.Lines {
		if l.byMethod && strings.HasPrefix(x.Name, "E_") {
			fields = append(fields, l.line(x.Name, x.Name))
		}
	}
	if !l.byMethod {
		fields = append(fields, l.line("E_project", "E_project"))
	}
	fields = append(fields,
		l.amount("CORCs", carbon.Shown(a.Net), "net"),
		l.amount("conservative", carbon.Shown(a.Conservative), "conservative"),
		l.amount("standard_uncertainty", a.StandardUncertainty, "standard-uncertainty"),
		text("signed_by", l.by(statement.Sign), "log", "nielu statement sign"),
		text("certified_by", l.by(statement.Certify), "log", "nielu-audit certify, then nielu statement certify"),
		unknowable("sole_claim_rights", "the supplier declares it to the registry (rules 2.1.1 to 2.1.3)"),
	)
	l.form.Records = []Record{{l.Lot, fields}}
	return l.done(), nil
}

// categories lists the categories of the feedstock that came in for the batch.
func (l *draft) categories() string {
	var all []string
	for _, k := range l.book.InForce(l.Plant.ID, custody.KindDelivery) {
		d := k.Delivery
		if d.Category != "" && d.Feedstock == l.batch.Use.Feedstock && d.At.Before(l.statement.Interval.To) && d.At.After(l.statement.Interval.From.AddDate(0, -3, 0)) {
			all = append(all, d.Category)
		}
	}
	return joined(all)
}

// laboratory names who analysed the lot.
func (l *draft) laboratory() string {
	if !l.batch.Recorded {
		return l.lab.Name
	}
	return joined(l.reported(func(k *custody.Report) string { return k.Laboratory }))
}

func (l *draft) accreditation() string {
	if !l.batch.Recorded {
		return l.lab.Accreditation
	}
	return joined(l.reported(func(k *custody.Report) string { return k.Accreditation }))
}

// reported asks each report that speaks of a sample of the lot.
func (l *draft) reported(ask func(*custody.Report) string) (all []string) {
	mine := map[string]bool{}
	for _, k := range l.book.InForce(l.Plant.ID, custody.KindSample) {
		mine[k.ID] = k.Sample.Lot == l.Lot
	}
	for _, k := range l.book.InForce(l.Plant.ID, custody.KindReport) {
		for id := range k.Report.Results {
			if mine[id] {
				all = append(all, ask(k.Report))
				break
			}
		}
	}
	return all
}
