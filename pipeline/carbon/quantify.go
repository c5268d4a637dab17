package carbon

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Quantify answers a request by the Puro.earth Biochar Methodology, Edition
// 2025. An account always comes back if the request can be held in numbers;
// what is missing or refused is said in Unmet.
//
//	CORCs    = C_stored - C_baseline - C_loss - E_project - E_leakage    [t CO2e]
//	C_stored = Q · C_org · CO2/C                                         [t CO2e] = [t] · [1] · [1]
//	C_org    = C_tot - C_inorg                                           [1], of dry mass
//	C_loss   = C_stored · (100 - PF)/100
//	PF       = max(0, min(100, M - a · H/Corg))                          [%], M and a by soil temperature
//	H/Corg   = 12 · H / C_org                                            molar, of mass shares
//	E_project = E_biomass + E_production + E_use + E_emb                 [t CO2e]
//
// Source: Edition 2025, Eqs 5.1 to 8.1 and Table 6.1, as labelled in the method file.
// Valid:  H/Corg below the limit of rule 6.1.6, soil of 7 to 40 Cel; colder soil counts as 7.
// Rounds: C_stored, C_loss and each emission once, half to even, to 1 mg; the
// rest is whole numbers. Uncertainty: first order, inputs independent.
func Quantify(m Method, r Request) (Account, error) {
	if m.ID != "puro-2025" {
		return Account{}, fmt.Errorf("quantify: method %q: the file gives its figures, but nothing here computes it; known is puro-2025", m.ID)
	}
	q := &quantification{m: m, r: r, a: Account{Method: m.ID, Edition: m.Edition, FactorsDigest: m.Digest}}
	q.variants = append(q.variants, "baseline zero: new or retrofit facility")
	if err := q.run(); err != nil {
		return Account{}, fmt.Errorf("quantify: %w", err)
	}
	q.a.Variant = strings.Join(q.variants, "; ")
	return q.a, nil
}

type quantification struct {
	m        Method
	r        Request
	a        Account
	variants []string
	closed   bool // a gate is closed
}

// gate closes the account to any credit.
func (q *quantification) gate(format string, args ...any) {
	q.closed = true
	q.a.Unmet = append(q.a.Unmet, fmt.Sprintf(format, args...))
}

// remark says what is not shown; it closes a gate only in an account that is
// to be certified.
func (q *quantification) remark(format string, args ...any) {
	q.closed = q.closed || q.r.Certify
	q.a.Unmet = append(q.a.Unmet, fmt.Sprintf(format, args...))
}

func (q *quantification) line(name string, value float64, unit, label string) {
	q.a.Lines = append(q.a.Lines, Line{name, value, unit, label})
}

func (q *quantification) run() error {
	org, hasOrg := q.organicCarbon()
	hc, hasHC := q.ratio(org, hasOrg)
	row, hasRow := q.persistenceRow()
	q.useGates()

	pf, hasPF := 0.0, hasHC && hasRow
	if hasPF {
		pf = max(0, min(100, row.M-float64(row.A*hc)))
		q.line("PF", pf, "%", q.m.PersistLabel)
	}
	var stored, loss measure.CO2e
	if hasOrg {
		kg := float64(float64(q.r.DryMass.Kilograms()*org) * q.m.CO2PerCarbon.Value)
		var err error
		if stored, err = measure.CO2eOf(kg); err != nil {
			return err
		}
		if q.r.DryMass <= 0 {
			q.gate("batch.dry_mass: there is none in the sink; give the dry mass that was placed")
		}
		q.line("C_stored", stored.Tonnes(), "t", q.m.EquationsBy)
		q.a.Gross = &stored
		if hasPF {
			if loss, err = measure.CO2eOf(float64(float64(kg*(100-pf)) / 100)); err != nil {
				return err
			}
			q.line("C_loss", loss.Tonnes(), "t", q.m.EquationsBy)
		}
	}
	deducted, err := q.emissions()
	if err != nil {
		return err
	}
	if !hasOrg || !hasPF {
		q.a.Eligible = false
		return nil
	}
	net := stored - loss - deducted
	q.a.Indicative = &net
	u, hasU, err := q.uncertainty(org, hc, pf, row, deducted)
	if err != nil {
		return err
	}
	if hasU {
		q.a.StandardUncertainty = &u
	}
	if net <= 0 {
		q.gate("net: %s is not above zero: the batch emitted as much as it stores; look at the largest emission", net)
	}
	q.line("CORCs", net.Tonnes(), "t", Weakest(q.m.EquationsBy, q.m.PersistLabel))
	if q.closed {
		return nil
	}
	q.a.Eligible, q.a.Net = true, &net
	if hasU {
		z, err := measure.CO2eOf(float64(q.m.ConservativeZ.Value*u.Tonnes()) * 1000)
		if err != nil {
			return err
		}
		conservative := max(0, net-z)
		q.a.Conservative = &conservative
		q.variants = append(q.variants, "conservative: "+q.m.ConservativeName)
	}
	return nil
}

// organicCarbon is Eq 6.2.
func (q *quantification) organicCarbon() (float64, bool) {
	total, inorganic := q.r.CarbonTotal, q.r.CarbonInorganic
	switch {
	case total == nil:
		q.gate("batch.carbon_total: not given; have the laboratory measure it")
		return 0, false
	case inorganic == nil:
		q.gate("batch.carbon_inorganic: not given; have the laboratory measure it, it is no part of what is stored")
		return 0, false
	case *inorganic > *total:
		q.gate("batch.carbon_inorganic: %s is more than the total carbon, %s; one of the two is wrong", percent(*inorganic), percent(*total))
		return 0, false
	}
	org := *total - *inorganic
	q.line("C_org", float64(org*100), "%", q.m.EquationsBy)
	if *total < q.m.CarbonAdvice.Value {
		q.a.Unmet = append(q.a.Unmet, fmt.Sprintf("batch.carbon_total: %s is below %s, which one source asks of high-grade char (%s); check it against the standard", percent(*total), percent(q.m.CarbonAdvice.Value), q.m.CarbonAdvice.Label))
	}
	return org, org > 0
}

// ratio is Eq 6.5 and the gate of rule 6.1.6. Of a measured and a given ratio
// the larger one counts.
func (q *quantification) ratio(org float64, hasOrg bool) (float64, bool) {
	hc, has := 0.0, false
	label := "given"
	if q.r.HCorg != nil {
		hc, has = *q.r.HCorg, true
	}
	if q.r.Hydrogen != nil && hasOrg {
		if measured := float64(*q.r.Hydrogen/org) * q.m.HCMolar.Value; !has || measured > hc {
			hc, has, label = measured, true, q.m.HCMolar.Label
		}
	}
	if !has {
		q.gate("batch.hydrogen: neither it nor h_corg is given; without H/Corg nothing is known of persistence")
		return 0, false
	}
	if hc < 0 || math.IsNaN(hc) {
		q.gate("batch.h_corg: %v is no ratio", hc)
		return 0, false
	}
	q.line("H/Corg", hc, "1", label)
	if hc >= q.m.HCLimit.Value {
		q.gate("batch.hydrogen: H/Corg of %.4g is not below %.4g (%s); this char is not carbonised enough", hc, q.m.HCLimit.Value, q.m.HCLimit.Source)
	}
	return hc, true
}

// persistenceRow picks the row of Table 6.1. The table has whole degrees; a
// temperature between two is rounded up, which is the cautious side.
func (q *quantification) persistenceRow() (PersistenceRow, bool) {
	if q.r.Sink.SoilTemperature == nil {
		q.gate("sink.soil_temperature: not given; take the yearly mean of the soil at the site of use, never of the air")
		return PersistenceRow{}, false
	}
	t := *q.r.Sink.SoilTemperature
	ts := math.Ceil(t)
	if ts != t {
		q.variants = append(q.variants, "soil temperature rounded up to a whole degree")
	}
	if ts < q.m.SoilLow.Value {
		ts = q.m.SoilLow.Value
		q.variants = append(q.variants, fmt.Sprintf("soil colder than %.4g Cel counts as %.4g Cel", ts, ts))
	}
	q.line("Ts", ts, "Cel", q.m.SoilLow.Label)
	i := slices.IndexFunc(q.m.Persistence, func(r PersistenceRow) bool { return float64(r.SoilTemperature) == ts })
	if i < 0 || ts > q.m.SoilHigh.Value {
		q.gate("sink.soil_temperature: %.4g Cel is above %.4g Cel, where the method's table ends", t, q.m.SoilHigh.Value)
		return PersistenceRow{}, false
	}
	return q.m.Persistence[i], true
}

// useGates are the gates on where the char comes from and where it goes.
func (q *quantification) useGates() {
	if r := q.r; r.Produced > 0 && r.Produced < r.DryMass {
		q.gate("batch.dry_mass: %s in the sink is more than the %s produced; correct one of the two", r.DryMass, r.Produced)
	}
	switch use := q.r.Sink.EndUse; {
	case use == "":
		q.remark("sink.end_use: not given; credit begins with the first durable use, not at the gate of the plant (rule 2.3.1)")
	case !slices.Contains(q.m.EndUses, use):
		q.gate("sink.end_use: %q is not a durable use this method lists: %s", use, strings.Join(q.m.EndUses, ", "))
	}
	switch feed := q.r.Feedstock; {
	case feed == "":
		q.remark("batch.feedstock: not given; name it, some are excluded by the biomass sourcing criteria")
	case q.m.ExcludedFeed[feed] != "":
		q.gate("batch.feedstock: %s earns nothing: %s", feed, q.m.ExcludedFeed[feed])
	}
	if q.r.Certify {
		q.proofs()
		q.sampling()
	}
}

// proofs are asked for where an account is to be certified: a stated use or
// feedstock is no more than somebody's word. The keys are the laboratory file's.
//
// Source: Edition 2025, rule 2.3.1, Table 3.2 and the biomass sourcing
// criteria; secondary.
func (q *quantification) proofs() {
	switch use := q.r.Sink.EndUse; {
	case q.r.Sink.Proof != "":
		q.variants = append(q.variants, "end use shown by "+q.r.Sink.Proof)
	case strings.HasPrefix(use, "landfill"):
		q.gate("use.proof: not given; a landfill is a durable use only with evidence (Table 3.2), so eligibility is not determined: name the record of the burial and the permit of the site")
	default:
		q.gate("use.proof: not given; an end use that is only stated does not count (rule 2.3.1): name the record that shows where and when the product was placed, or its digest")
	}
	if q.r.BiomassProof != "" {
		q.variants = append(q.variants, "feedstock shown by "+q.r.BiomassProof)
	} else {
		q.gate("use.biomass_proof: not given; name the evidence that the feedstock was sourced sustainably, with its category of the biomass sourcing criteria")
	}
}

// The least analyses in a year of each type of product, by regime.
//
// Source: Edition 2025, laboratory rules of Regime A and Regime B; secondary.
const (
	analysesRegimeA = 2
	analysesRegimeB = 4
)

func (q *quantification) sampling() {
	s, least := q.r.Sampling, analysesRegimeB
	switch s.Regime {
	case "":
		q.gate("sampling.regime: not given; A if uniform carbonisation is shown minute by minute (%d analyses a year), else B (%d a year)", analysesRegimeA, analysesRegimeB)
		return
	case "A":
		least = analysesRegimeA
		if s.Proof == "" {
			q.gate("sampling.proof: not given; regime A rests on a record of temperature and residence time for every minute: name it, or use regime B with %d analyses a year", analysesRegimeB)
		}
	}
	q.variants = append(q.variants, fmt.Sprintf("sampling regime %s, %d analyses a year", s.Regime, s.AnalysesInYear))
	if s.AnalysesInYear < least {
		q.gate("sampling.analyses_in_year: %d; regime %s asks for at least %d a year of each type of product: have more analysed", s.AnalysesInYear, s.Regime, least)
	}
}

// emissions adds up what is deducted, by the method's symbols.
func (q *quantification) emissions() (measure.CO2e, error) {
	bySymbol := map[string]measure.CO2e{}
	given := map[string]bool{}
	var total measure.CO2e
	for i, e := range q.r.Emissions {
		if !slices.ContainsFunc(q.m.Groups, func(g Group) bool { return g.Symbol == e.Group }) {
			q.gate("emissions[%d] %q: %s is no group of %s; it would be left out: use one of %s", i, e.Name, e.Group, q.m.ID, q.symbols())
			continue
		}
		co2e, err := e.CO2e()
		if err != nil {
			return 0, err
		}
		if co2e < 0 {
			q.gate("emissions[%d] %q: %s is below zero; what is avoided or substituted is no part of this account", i, e.Name, co2e)
			continue
		}
		if e.Factor != nil && e.Source == "" {
			q.remark("emissions[%d] %q: the factor %s has no source; every factor must be documented (rule 7.1.10)", i, e.Name, e.Factor)
		}
		bySymbol[e.Group] += co2e
		total += co2e
		given[e.Group] = true
	}
	parts := map[string]measure.CO2e{}
	for _, g := range q.m.Groups {
		parts[g.Part] += bySymbol[g.Symbol]
		if g.Required || given[g.Symbol] {
			q.line(g.Symbol, bySymbol[g.Symbol].Tonnes(), "t", q.m.EquationsBy)
		}
		if g.Required && !given[g.Symbol] {
			q.remark("emissions: %s is not given: %s; if there are none say so with an amount of 0 t", g.Symbol, g.About)
		}
	}
	q.line("E_project", (parts["E_ops"] + parts["E_emb"]).Tonnes(), "t", q.m.EquationsBy)
	return total, nil
}

func (q *quantification) symbols() string {
	var names []string
	for _, g := range q.m.Groups {
		names = append(names, g.Symbol)
	}
	return strings.Join(names, ", ")
}

// uncertainty returns the standard uncertainty of the net.
//
//	u² = (Q k PF/100 · w_C)² + ...    with PF = M - a · 12 H / C_org, so that
//	∂net/∂Q      = C_org k PF/100
//	∂net/∂C_tot  = Q k M/100          if H is measured: more carbon also lowers H/Corg
//	∂net/∂C_tot  = Q k PF/100         if the ratio is given
//	∂net/∂H      = -12 Q k a/100
//	∂net/∂(H/C)  = -C_stored a/100
//
// Source: GUM first order, inputs independent. Where PF is held at 0 or 100
// its slope is 0. The uncertainty of the method's own table is not in it.
func (q *quantification) uncertainty(org, hc, pf float64, row PersistenceRow, deducted measure.CO2e) (measure.CO2e, bool, error) {
	u := q.r.Uncertainty
	mass, k := q.r.DryMass.Kilograms(), q.m.CO2PerCarbon.Value
	held := pf <= 0 || pf >= 100
	measured := q.r.Hydrogen != nil && (q.r.HCorg == nil || *q.r.HCorg < hc)
	slope := row.A
	if held {
		slope = 0
	}
	carbonPF := pf
	if measured {
		carbonPF = pf + float64(slope*hc)
	}
	type term struct {
		relative    *float64
		value       float64
		sensitivity float64 // kg CO2e per unit of the value
	}
	massK := float64(mass * k)
	terms := []term{
		{u.DryMass, mass, float64(float64(org*k) * pf / 100)},
		{u.CarbonTotal, deref(q.r.CarbonTotal), float64(massK * carbonPF / 100)},
		{u.CarbonInorganic, deref(q.r.CarbonInorganic), float64(massK * carbonPF / 100)},
		{u.Emissions, float64(deducted) / 1e6, 1},
	}
	if measured {
		terms = append(terms, term{u.Hydrogen, deref(q.r.Hydrogen), float64(float64(massK*q.m.HCMolar.Value) * slope / 100)})
	} else {
		terms = append(terms, term{u.HCorg, hc, float64(float64(massK*org) * slope / 100)})
	}
	sum, any := 0.0, false
	for _, t := range terms {
		if t.relative == nil {
			continue
		}
		any = true
		part := float64(float64(*t.relative*t.value) * t.sensitivity)
		sum += float64(part * part)
	}
	if !any {
		return 0, false, nil
	}
	rounded, err := measure.CO2eOf(math.Sqrt(sum))
	return rounded, true, err
}

func deref(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

// Weakest returns the least trusted of some labels of confidence.
func Weakest(labels ...string) string {
	order := []string{"unverified", "computed", "secondary", "reproduced", "primary", "given"}
	best := len(order)
	for _, l := range labels {
		i := slices.Index(order, l)
		best = min(best, max(i, 0))
	}
	if best == len(order) {
		return order[0]
	}
	return order[best]
}
