package devicetest

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Lab returns the laboratory's file of the plant at now: one lot an ISO week
// in UTC, the running week and the five before it. Each value is the truth of
// its lot, flow-weighted, with an error that stays within the stated
// uncertainty; without noise ([Sim.Noise] 0) there is no error but rounding.
func (s *Sim) Lab(now time.Time) []byte {
	var b strings.Builder
	b.WriteString("laboratory: { name: Demo laboratory, accreditation: none }\nlots:\n")
	monday := mondayOf(now)
	for week := -5; week <= 0; week++ {
		from := monday.AddDate(0, 0, 7*week)
		s.writeLot(&b, from, from.AddDate(0, 0, 7))
	}
	return []byte(b.String())
}

// mondayOf returns Monday 00:00 UTC of t's ISO week.
func mondayOf(t time.Time) time.Time {
	t = t.UTC()
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, time.UTC)
}

// Lot returns the name of the lot that t falls in, as in pyro1-2026-w45.
func Lot(plant string, t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%s-%d-w%02d", plant, year, week)
}

// labValue is one line of a certificate.
type labValue struct {
	name        string
	value       float64
	unit        string
	uncertainty float64 // in unit
	method      string
}

// emission is one line of a lot's life-cycle emissions.
type emission struct{ group, name, amount, factor, source, of string }

func (s *Sim) writeLot(b *strings.Builder, from, to time.Time) {
	lot := Lot(s.plant, from)
	sum, kwh := s.totals(from, to)
	values, use, emissions := s.certificate(sum, kwh)
	fmt.Fprintf(b, "  - lot: %s\n    plant: %s\n    from: %s\n    to: %s\n    values:\n", lot, s.plant, from.Format(time.RFC3339), to.Format(time.RFC3339))
	for i, v := range values {
		// At most 0.9 of the stated uncertainty, whatever is drawn. Carbon and total
		// carbon are one analysis.
		err := s.Noise * 0.9 / 3.5 * gauss(mix(s.seed^hashName(lot+strings.TrimSuffix(v.name, "_total")))) * v.uncertainty
		fmt.Fprintf(b, "      %s: { value: %q, uncertainty: %q, method: %q, report: %s-%02d }\n",
			v.name, fmt.Sprintf("%.*f %s", decimals(v.uncertainty), v.value+err, v.unit), fmt.Sprintf("%g %s", v.uncertainty, v.unit), v.method, lot, i+1)
	}
	fmt.Fprintf(b, "    use: %s\n    sampling: { regime: B, analyses_in_year: 6 } # simulated: one of each lot below and above\n    emissions:\n", use)
	for _, e := range emissions {
		factor := ""
		if e.factor != "" {
			factor = fmt.Sprintf(", factor: %q", e.factor)
		}
		fmt.Fprintf(b, "      - { group: %s, name: %q, amount: %q%s, source: %q%s }\n", e.group, e.name, e.amount, factor, e.source, of(e.of))
	}
}

// of is the key that says what an emission is of.
func of(what string) string {
	if what == "" {
		return ""
	}
	return ", of: " + what
}

// decimals is enough digits to show a fiftieth of the uncertainty.
func decimals(uncertainty float64) int { return max(0, int(math.Ceil(-math.Log10(uncertainty/50)))) }

// totals integrates each stream and power over [from, to) in steps of ten
// minutes: kilograms and MJ a stream, kW.h a power.
func (s *Sim) totals(from, to time.Time) (streams map[string]Amounts, kwh map[string]float64) {
	const step = 10 * time.Minute
	streams, kwh = map[string]Amounts{}, map[string]float64{}
	for t := from.Add(step / 2); t.Before(to); t = t.Add(step) {
		truth := s.At(t)
		for _, f := range truth.Streams {
			streams[f.Name] = streams[f.Name].plus(f.Rate.times(step.Hours()))
		}
		for _, p := range truth.Powers {
			kwh[p.Name] += p.KW * step.Hours()
		}
	}
	return streams, kwh
}

const (
	lorrySource       = "Puro.earth biochar LCA example: lorry 58.5 g CO2e/(t.km), empty return x 1.5 (Rule 7.3.8b); secondary, to be checked against the PDF"
	electricitySource = "consumption mix, Finland, mean 2021 to 2023, 60 g/kWh; placeholder, unverified"
	dieselSource      = "Regulation (EU) 2018/2066 Annex VI: gas/diesel oil 74.1 t CO2/TJ"
	slipSource        = "IPCC 2006 Guidelines, vol. 2, Table 2.2, gas of biomass: 1 kg CH4 and 0.1 kg N2O a TJ; GWP 28 and 265"
	slipFactor        = "54.5 g/GJ"
	assumedSource     = "demo assumption, no source: embodied emissions of the pilot spread over ten years"
)

func (s *Sim) certificate(sum map[string]Amounts, kwh map[string]float64) ([]labValue, string, []emission) {
	switch m := s.model.(type) {
	case *pyro:
		liquid := sum["liquid"]
		dry := liquid.Mass - liquid.Water
		values := append([]labValue{
			{"feed_carbon", 100 * m.feedC, "%", 0.4, "EN ISO 16948"},
			{"feed_hhv", m.feedHV, "MJ/kg{HHV}", 0.12, "EN ISO 18125"},
			{"feed_ash", 100 * m.feedAsh, "%", 0.1, "EN ISO 18122"},
			{"feed_hydrogen", hydrogen(m.feedC, 0, m.feedAsh, m.feedHV), "%", 0.1, "EN ISO 16948"},
			{"liquid_moisture", 100 * liquid.Water / liquid.Mass, "%", 1, "ASTM E203"},
			{"liquid_carbon", 100 * liquid.Carbon / dry, "%", 0.8, "ASTM D5291"},
			{"liquid_hhv", liquid.Energy / dry, "MJ/kg{HHV}", 0.3, "DIN 51900"},
			{"liquid_hydrogen", hydrogen(liquid.Carbon/dry, 0, 0, liquid.Energy/dry), "%", 0.1, "ASTM D5291"},
		}, charValues("char", m.charC, m.charAsh, m.charHV)...)
		return values, "{ end_use: agricultural-soil, soil_temperature: 7 Cel, feedstock: wood, technology: high, production_temperature: 550 Cel, proof: simulated spreading record, biomass_proof: simulated forest certificate, flame_log: simulated log of the boiler, impurity: 0 %, fossil_carbon: 0 kg, feed_categories: [E], feed_delivered: " + fmt.Sprintf("%.2f t, placed: %.0f kg", sum["feed"].Mass/1000, sum["char"].Mass-sum["char"].Water) + " }", []emission{
			{"E_biomass", "wood chips, 35 km by lorry", fmt.Sprintf("%.0f t.km", sum["feed"].Mass/1000*35*1.5), "58.5 g/(t.km)", lorrySource, ""},
			{"E_production", "electricity of the pilot", fmt.Sprintf("%.0f kW.h", kwh["electricity"]), "60 g/(kW.h)", electricitySource, "electricity"},
			{"E_production", "wheel loader, diesel", fmt.Sprintf("%.2f GJ", sum["feed"].Mass/1000*0.035), "74.1 kg/GJ", dieselSource, ""},
			{"E_use", "char, 20 km by lorry", fmt.Sprintf("%.0f t.km", sum["char"].Mass/1000*20*1.5), "58.5 g/(t.km)", lorrySource, ""},
			{"E_production", "pyrolysis gas in the neighbour's boiler", slipped(sum), slipFactor, slipSource, "process-gas"},
			{"E_emb", "kiln and buildings", "60 kg", "", assumedSource, ""},
		}
	case *htl:
		aqueous, solids := sum["aqueous"], sum["solids"]
		return []labValue{
				{"feed_carbon", 100 * m.feedC, "%", 0.4, "EN ISO 16948"},
				{"feed_hhv", m.feedHV, "MJ/kg{HHV}", 0.12, "EN ISO 18125"},
				{"feed_ash", 100 * m.feedAsh, "%", 0.1, "EN ISO 18122"},
				{"feed_hydrogen", hydrogen(m.feedC, m.feedN, m.feedAsh, m.feedHV), "%", 0.1, "EN ISO 16948"},
				{"feed_nitrogen", 100 * m.feedN, "%", 0.1, "EN ISO 16948"},
				{"feed_phosphorus", 100 * m.feedP, "%", 0.05, "EN ISO 16967"},
				{"feed_lipid", 18, "%", 0.5, "hexane extract"},
				{"feed_protein", 34, "%", 1, "EN ISO 16634, nitrogen x 6.25"},
				{"feed_carbohydrate", 42, "%", 1.2, "phenol and sulphuric acid"},
				{"biocrude_moisture", 100 * m.oilM, "%", 0.1, "ASTM E203"},
				{"biocrude_carbon", 100 * m.oilC, "%", 0.5, "ASTM D5291"},
				{"biocrude_hhv", m.oilHV, "MJ/kg{HHV}", 0.2, "DIN 51900"},
				{"biocrude_hydrogen", hydrogen(m.oilC, m.oilN, 0, m.oilHV), "%", 0.1, "ASTM D5291"},
				{"biocrude_nitrogen", 100 * m.oilN, "%", 0.1, "ASTM D5291"},
				{"biocrude_phosphorus", 100 * m.oilP, "%", 0.01, "ASTM D5185"},
				{"solids_carbon", 100 * m.solidC, "%", 0.5, "EN ISO 16948"},
				{"solids_hhv", m.solidHV, "MJ/kg{HHV}", 0.2, "EN ISO 18125"},
				{"solids_ash", 100 * solids.Ash / solids.Mass, "%", 0.5, "EN ISO 18122"},
				{"solids_hydrogen", hydrogen(m.solidC, m.solidN, solids.Ash/solids.Mass, m.solidHV), "%", 0.05, "EN ISO 16948"},
				{"solids_nitrogen", 100 * m.solidN, "%", 0.05, "EN ISO 16948"},
				{"solids_phosphorus", 100 * m.solidP, "%", 0.3, "EN ISO 16967"},
				{"aqueous_hhv", aqueous.Energy / aqueous.Mass, "MJ/kg{HHV}", 0.02, "from COD, 13.9 MJ/kg O2"},
				{"aqueous_nitrogen", 100 * aqueous.Nitrogen / aqueous.Mass, "%", 0.02, "EN 12260"},
				{"aqueous_phosphorus", 100 * aqueous.Phosphorus / aqueous.Mass, "%", 0.002, "EN ISO 11885"},
			}, "{ end_use: fuel }", []emission{
				{"E_biomass", "sludge, 12 km by lorry", fmt.Sprintf("%.0f t.km", sum["feed"].Mass/1000*12*1.5), "58.5 g/(t.km)", lorrySource, ""},
				{"E_production", "electricity of the pilot", fmt.Sprintf("%.0f kW.h", kwh["electricity"]), "60 g/(kW.h)", electricitySource, "electricity"},
			}
	case *landfill:
		// Without a proof of burial and a permit: eligibility is not determined.
		values := append([]labValue{{"biochar_moisture", 100 * m.charM, "%", 0.3, "EN ISO 18134"}},
			charValues("biochar", m.charC, m.charAsh, m.charHV)...)
		return values, "{ end_use: landfill-cover, soil_temperature: 9 Cel, feedstock: wood, technology: high, production_temperature: 550 Cel, biomass_proof: simulated declaration of the supplier, placed: " + fmt.Sprintf("%.0f kg", sum["biochar"].Mass*(1-m.charM)) + " }", []emission{
			{"E_biomass", "chips for the bought biochar, 50 km by lorry", fmt.Sprintf("%.0f t.km", sum["biochar"].Mass/1000*4.4*50*1.5), "58.5 g/(t.km)", lorrySource, ""},
			{"E_production", "the supplier's electricity, 0.4 MW.h a tonne", fmt.Sprintf("%.0f kW.h", sum["biochar"].Mass/1000*400), "60 g/(kW.h)", electricitySource, "electricity"},
			{"E_emb", "the supplier's plant", "90 kg", "", assumedSource, ""},
			{"E_use", "biochar, 45 km by lorry", fmt.Sprintf("%.0f t.km", sum["biochar"].Mass/1000*45*1.5), "58.5 g/(t.km)", lorrySource, ""},
			{"E_use", "spreading, diesel", fmt.Sprintf("%.2f GJ", sum["biochar"].Mass/1000*0.05), "74.1 kg/GJ", dieselSource, ""},
		}
	}
	return nil, "{}", nil
}

// slipped is the energy of the pyrolysis gas, which a neighbour's boiler burns.
func slipped(sum map[string]Amounts) string { return fmt.Sprintf("%.2f GJ", sum["gas"].Energy/1000) }

// hydrogen returns the hydrogen, in % of dry mass, that goes with a heating
// value by the formula of Channiwala and Parikh, oxygen being what is left: the
// truth of a plant knows none. The other shares are parts of 1, without sulphur.
//
//	H = (HHV - 0.3491 C + 0.1034 (100 - C - N - ash) + 0.0151 N + 0.0211 ash) / (1.1783 + 0.1034)
func hydrogen(c, n, ash, hhv float64) float64 {
	c, n, ash = 100*c, 100*n, 100*ash
	return (hhv - 0.3491*c + 0.1034*(100-c-n-ash) + 0.0151*n + 0.0211*ash) / (1.1783 + 0.1034)
}

// charValues are the analyses of a char: molar H/Corg near 0.35, 0.4 % inorganic carbon.
func charValues(name string, carbon, ash, hhv float64) []labValue {
	organic := 100*carbon - 0.4
	return []labValue{
		{name + "_carbon", 100 * carbon, "%", 0.5, "EN ISO 16948"},
		{name + "_carbon_total", 100 * carbon, "%", 0.5, "EN ISO 16948"},
		{name + "_carbon_inorganic", 0.4, "%", 0.05, "DIN 51726"},
		{name + "_hydrogen", 0.35 * organic / 12, "%", 0.08, "EN ISO 16948"},
		{name + "_oxygen", 8.5, "%", 0.5, "ISO 17247"},
		{name + "_ash", 100 * ash, "%", 0.1, "EN ISO 18122"},
		{name + "_hhv", hhv, "MJ/kg{HHV}", 0.12, "EN ISO 18125"},
	}
}
