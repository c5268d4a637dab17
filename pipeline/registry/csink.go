package registry

import (
	"fmt"
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/statement"
)

// CSink fills in a GlobalCSinkVerificationReport: a record for each packaging
// unit in its sink, or one for the whole lot where no units are on record.
// Dates are dd.mm.yyyy, and methane is a mass of CH4.
//
// Emissions are of the whole lot, so of a lot of several units they stand with
// the lot in a record of their own: a share of them for each unit would be
// invented.
//
// Source: field names of the Global C-Sink Tool's bulk sheet and of the
// Bluelayer report schema (secondary), reference for csi-3.3.
func CSink(s Input) (*Form, error) {
	l, err := open(s, "csink", "csi-3.3")
	if err != nil {
		return nil, err
	}
	placed := l.placements()
	if len(placed) == 0 {
		fields := append(l.sinkHead(l.Lot, l.statement.Placed), l.sinkPlace(nil)...)
		fields = append(append(fields, l.sinkEmissions()...), l.sinkTail()...)
		l.form.Records = []Record{{l.Lot, fields}}
		return l.done(), nil
	}
	l.form.Records = []Record{{l.Lot, append(l.sinkEmissions(), l.sinkTail()...)}}
	var sum measure.DryMass
	for i := range placed {
		p := &placed[i]
		sum += p.unit.Unit.Dry
		l.form.Records = append(l.form.Records, Record{p.unit.ID, append(l.sinkHead(p.unit.ID, p.unit.Unit.Dry), l.sinkPlace(p)...)})
	}
	if sum != l.statement.Placed {
		l.warn("the labels of the placed units add up to %s, the statement counts %s: no more than that may be claimed", sum, l.statement.Placed)
	}
	return l.done(), nil
}

// sinkHead is what a unit or a lot is.
func (l *draft) sinkHead(id string, dry measure.DryMass) []Field {
	from := "record unit " + id
	if id == l.Lot {
		from = "statement, placed"
	}
	return []Field{
		text("product", "biochar", "the method", ""),
		text("standard", "Global C-Sink", "the method", ""),
		number("product_quantity_dm", dry.Kilograms()/1000, "t", from),
		text("unit", "t", "the method", ""),
		text("c_sink_unit_id", id, from, ""),
		unknowable("farmer_id", "only of an artisan; the registry gives it"),
		unknowable("project_id", "given by the registry; add it there"),
		text("date_of_production", dottedDate(l.statement.Interval.To.Add(-1)), "statement, last day of the batch", ""),
		l.grossOf(dry),
		l.value("c_content", "carbon_total", "%"),
		l.ratio(),
	}
}

// grossOf is the CO2 that the organic carbon of a mass stands for, before
// decay and emissions: its share of the account's own gross, by mass.
//
//	gross_unit = gross · m_unit / m      [t] = [t] · [kg] / [kg]      m: of the account, or of the labels if they add up to more
//
// Rounds: toward zero, to 1 mg, so that units never add up to more than the lot.
//
// Source: definition.
func (l *draft) grossOf(dry measure.DryMass) Field {
	const name = "gross_amount_of_co2"
	f := l.line(name, "gross")
	gross, known := f.Value.(float64)
	mass, ok := l.statement.Account.Line("M_BC")
	if !known || !ok || mass.Value <= 0 {
		f.Unit = "t"
		return f
	}
	whole := mass.Value
	if labels := l.labelled(); labels > whole { // less was counted than the labels say: each unit has its part of it
		whole = labels
	}
	share := min(1, dry.Kilograms()/1000/whole)
	f.Value = float64(int64(float64(gross*share)*1e9)) / 1e9
	f.From += "; by mass"
	return f
}

// labelled is what the labels of the placed units add up to, in t.
func (l *draft) labelled() (t float64) {
	var sum measure.DryMass
	for _, p := range l.placements() {
		sum += p.unit.Unit.Dry
	}
	return sum.Kilograms() / 1000
}

// ratio is H/Corg, of the statement if it is by this method.
func (l *draft) ratio() Field {
	f := l.line("h_corg_ratio", "H/Corg")
	f.Unit = ""
	return f
}

// sinkPlace is where a unit went.
func (l *draft) sinkPlace(p *placement) []Field {
	if p == nil {
		enter := "record use: of the lot's units, with matrix, place and proof"
		return []Field{unknowable("matrix_of_sink", enter), unknowable("sink_date", enter), unknowable("sink_latitude", enter), unknowable("sink_longitude", enter),
			unknowable("transport_emissions", enter), unknowable("transport_km", "record transport: of the lot's units"), unknowable("transport_note", "record transport: of the lot's units")}
	}
	use, from := p.use.Use, "record use "+p.use.ID
	enter := "of the record use: " + p.use.ID
	km, emitted, notes := 0.0, measure.CO2e(0), []string{}
	for _, leg := range p.legs {
		t := leg.Transport
		km += t.Distance
		amount := float64(float64(p.unit.Unit.Wet.Kilograms()/1000*t.Distance) * t.Empty)
		e := carbon.Emission{Name: leg.ID, Amount: measure.Quantity{Value: amount, Unit: tonneKilometre}, Factor: &t.Factor}
		if m, err := e.CO2e(); err == nil {
			emitted += m
		}
		notes = append(notes, fmt.Sprintf("%s: %s km, %s %s", leg.ID, measure.FormatNumber(t.Distance), measure.FormatNumber(t.Factor.Value), t.Factor.Unit))
	}
	slices.Sort(notes)
	return []Field{
		text("matrix_of_sink", use.Matrix, from, "matrix: "+enter),
		text("sink_date", dottedDate(use.At), from, ""),
		optional("sink_latitude", use.Latitude, "deg", from, "place: { latitude:, longitude: } "+enter),
		optional("sink_longitude", use.Longitude, "deg", from, "place: { latitude:, longitude: } "+enter),
		number("transport_emissions", emitted.Tonnes(), "t", "records transport of the unit"),
		number("transport_km", km, "km", "records transport of the unit"),
		text("transport_note", joined(notes), "records transport of the unit", ""),
	}
}

// sinkEmissions are those of the lot. Methane is never brought to CO2e here.
func (l *draft) sinkEmissions() []Field {
	gas := func(name, group, unit string) Field {
		if !l.byMethod {
			return Field{Name: name, Unit: unit, Enter: "emissions by the groups CO2, CH4 and N2O of csi-3.3, and a statement by it"}
		}
		t, n := emissionsOf(l.batch.Emissions, group)
		if n == 0 {
			return Field{Name: name, Unit: unit, Enter: l.enter("emissions: group "+group+" of the lot in the laboratory file; an amount of 0 t if there is none", "record activity: or transport: of group "+group+"; an amount of 0 t if there is none")}
		}
		from := fmt.Sprintf("%d entries of group %s", n, group)
		if x, ok := l.statement.Account.Line("stack_" + group); ok {
			t = measure.CO2e(math.Round(t*1e9) + math.Round(x.Value*1e9)).Tonnes() // both are whole milligrams
			from += " and statement, line stack_" + group
		}
		return number(name, t, unit, from)
	}
	other := l.line("other_emissions", "N2O_CO2e")
	return []Field{
		gas("fossil_fuel_emissions", "CO2", "t{CO2e}"),
		gas("methane_emissions", "CH4", "t{CH4}"),
		unknowable("methane_emissions_compensation_strategy", "agreed with the registry; an account says the amounts as CH4_temporary and CH4_SPC"),
		other, text("other_emissions_note", note(other), "", "see other_emissions"),
	}
}

func note(f Field) string {
	if f.Value == nil {
		return ""
	}
	return "nitrous oxide as CO2e"
}

// sinkTail is who certified, and what only people can declare.
func (l *draft) sinkTail() []Field {
	return []Field{
		unknowable("certification_id", "given by the certification body"),
		text("name_of_certification_body", l.by(statement.Certify), "name of the key that certified", "nielu-audit certify, then nielu statement certify"),
		unknowable("certification_date", "on the certificate: the log does not say when a leaf was signed"),
		unknowable("attestation_url", "where the certificate is published"),
		unknowable("processor_project_id", "given by the registry; add it there"),
		unknowable("declare_not_sold_elsewhere", "the owner declares it to the registry"),
		unknowable("disclose_gps", "the owner decides"),
		unknowable("disclose_name", "the owner decides"),
		unknowable("monitoring_report_file", "nielu report -o FILE.pdf"),
		unknowable("annex_file", "nielu export -o BUNDLE.zip"),
		unknowable("dmrv_link", "where the bundle is published"),
		text("statement_digest", "sha256:"+l.statement.Digest, "log", ""),
	}
}

var tonneKilometre = measure.MustUnit("t.km")
