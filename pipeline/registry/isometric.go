package registry

import (
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Isometric fills in the datapoints of one production batch: each number with
// its unit, its standard uncertainty and the number of samples where they are
// known, and the document it is taken from.
//
// Source: Isometric Biochar Production and Storage 1.3, sections on batches
// and evidence (secondary); the names of the fields are of this program.
func Isometric(s Input) (*Form, error) {
	l, err := open(s, "isometric", "isometric-1.3")
	if err != nil {
		return nil, err
	}
	u, a := l.batch.Use, l.statement.Account
	fields := []Field{
		text("production_batch_id", l.Lot, "statement", ""),
		text("facility", l.Plant.Name, "plant file", "name: in the plant file"),
		unknowable("project_id", "given by the registry; add it there"),
		text("production_process", l.batch.Process, "record lot", "process: of the record lot: or rule:"),
		text("batch_start", stamp(l.statement.Interval.From), "statement", ""),
		text("batch_end", stamp(l.statement.Interval.To), "statement", ""),
		text("feedstock", u.Feedstock, "lot", l.enter("use: feedstock: of the lot in the laboratory file", "feedstock: of the record lot: or rule:")),
		optional("pyrolysis_temperature", u.ProductionTemperature, "Cel", "lot", l.enter("use: production_temperature: of the lot in the laboratory file", "production_temperature: of the record lot: or rule:")),
		l.mass("biochar_produced_dry_mass", l.statement.Dry, "dry-mass"),
		l.mass("biochar_stored_dry_mass", l.statement.Placed, "placed"),
		l.value("carbon_total", "carbon_total", "%"), l.value("carbon_inorganic", "carbon_inorganic", "%"),
		l.value("hydrogen", "hydrogen", "%"), l.value("oxygen", "oxygen", "%"), l.value("nitrogen", "nitrogen", "%"),
		l.value("sulphur", "sulphur", "%"), l.value("ash", "ash", "%"), l.value("moisture", "moisture", "%"),
		l.line("C_biochar", "C_biochar"), l.line("H_Corg", "H/Corg"), l.line("O_Corg", "O/Corg"), l.line("T_soil", "T_soil"),
		l.line("F_durable_200", "F_durable_200"), l.line("CO2e_stored", "CO2e_stored"), l.line("CO2e_Emissions", "CO2e_Emissions"),
		l.amount("net_removal", carbon.Shown(a.Net), "net"), l.amount("net_removal_conservative", carbon.Shown(a.Conservative), "conservative"),
		text("application_evidence", u.Proof, "lot", l.enter("use: proof: of the lot in the laboratory file", "proof: of the record use:")),
		text("laboratory", l.laboratory(), "laboratory", l.enter("laboratory: name: of the laboratory file", "record report:")),
		text("laboratory_accreditation", l.accreditation(), "laboratory", l.enter("laboratory: accreditation: of the laboratory file", "record report:")),
		text("signed_by", l.by(statement.Sign), "log", "nielu statement sign"),
		text("certified_by", l.by(statement.Certify), "log", "nielu-audit certify, then nielu statement certify"),
	}
	for _, e := range l.batch.Emissions {
		f := Field{Name: "emission: " + e.Group + ": " + e.Name, Unit: "t", From: e.Source, Enter: "the amount and factor give no mass of CO2e"}
		if m, err := e.CO2e(); err == nil {
			f.Value, f.Enter = m.Tonnes(), ""
		}
		fields = append(fields, f)
	}
	if l.byMethod {
		for _, x := range l.statement.StackLines() {
			fields = append(fields, number("emission: "+x.Name, x.Value, x.Unit, "statement, line "+x.Name))
		}
	}
	l.form.Records = append(l.form.Records, Record{l.Lot, fields})
	for _, k := range l.book.InForce(l.Plant.ID, custody.KindSample) {
		if k.Sample.Lot == l.Lot {
			l.form.Records = append(l.form.Records, l.sample(k))
		}
	}
	for _, p := range l.placements() {
		l.form.Records = append(l.form.Records, p.application())
	}
	return l.done(), nil
}

// mass is a dry mass of the statement.
func (l *draft) mass(name string, m measure.DryMass, of string) Field {
	return number(name, m.Kilograms()/1000, "t", "statement, "+of)
}

// sample is one replicate with its own results.
func (l *draft) sample(k *custody.Posting) Record {
	fields := []Field{
		text("sampled_at", stamp(k.Sample.At), "record sample "+k.ID, ""), text("material", k.Sample.Of, "record sample "+k.ID, ""),
		text("sampled_by", k.Sample.By, "record sample "+k.ID, "by: of the record sample: "+k.ID),
	}
	found := false
	for _, r := range l.book.InForce(l.Plant.ID, custody.KindReport) {
		results := r.Report.Results[k.ID]
		for _, name := range sorted(results) {
			v := results[name]
			f := number(name, v.Value.Value, v.Value.Unit.String(), sourceOf(r))
			if v.Uncertainty != nil {
				d := v.Uncertainty.Of(v.Value.Value)
				f.Deviation = &d
			}
			fields, found = append(fields, f), true
		}
	}
	if !found {
		fields = append(fields, unknowable("results", "record report: with results of "+k.ID))
	}
	return Record{"sample " + k.ID, fields}
}

func sourceOf(r *custody.Posting) string {
	if r.Report.Original == "" {
		return "report " + r.ID
	}
	return "report " + r.ID + ", " + r.Report.Original
}

// application is a unit in its sink.
func (p placement) application() Record {
	u, use := p.unit.Unit, p.use.Use
	enter := "of the record use: " + p.use.ID
	fields := []Field{
		number("dry_mass", u.Dry.Kilograms()/1000, "t", "record unit "+p.unit.ID),
		text("applied_at", stamp(use.At), "record use "+p.use.ID, ""),
		text("end_use", use.EndUse, "record use "+p.use.ID, "end_use: "+enter),
		text("site", use.Place, "record use "+p.use.ID, "place: "+enter),
		optional("latitude", use.Latitude, "deg", "record use "+p.use.ID, "place: { latitude:, longitude: } "+enter),
		optional("longitude", use.Longitude, "deg", "record use "+p.use.ID, "place: { latitude:, longitude: } "+enter),
		optional("soil_temperature", use.SoilTemperature, "Cel", "record use "+p.use.ID, "soil_temperature: "+enter),
		text("soil_temperature_source", use.TemperatureFrom, "record use "+p.use.ID, "soil_temperature_from: "+enter),
		text("evidence", use.Proof, "record use "+p.use.ID, "proof: "+enter),
	}
	return Record{"application of " + p.unit.ID, fields}
}

func sorted[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// joined lists words once each, sorted.
func joined(all []string) string {
	all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
