package carbon

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
)

// puro computes the Puro.earth Biochar Methodology, Edition 2025.
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
// rest is whole numbers. Uncertainty: first order, inputs independent; that of
// the table is not in it, which is a lower bound already.
func (q *quantification) puro() error {
	q.baseline()
	org, hasOrg := q.organicCarbon("C_org", "%", false)
	if advice := q.m.Factors["carbon_advice"]; hasOrg && *q.r.Analysis.CarbonTotal < advice.Value {
		q.note("batch.carbon_total: %s is below %s, which one source asks of high-grade char (%s); check it against the standard", percent(*q.r.Analysis.CarbonTotal), percent(advice.Value), advice.Label)
	}
	hc, measured, hasHC := q.ratio(org, hasOrg)
	if limit := q.factor("hc_limit"); hasHC && hc >= limit {
		q.gate("batch.hydrogen: H/Corg of %.4g is not below %.4g (%s); this char is not carbonised enough", hc, limit, q.m.Factors["hc_limit"].Source)
	}
	durable, slope, hasPF := q.persistence(hc, hasHC)
	q.useGates("credit begins with the first durable use, not at the gate of the plant (rule 2.3.1)")
	q.proofs()
	q.regime()
	q.combustion()
	q.processGas()
	q.categories()
	q.consistent()
	q.pure()
	biogenic, fossil, err := q.biogenic(org)
	if err != nil {
		return err
	}
	if hasPF {
		q.retained(q.m.Horizon.Value, durable, "")
	}

	k := q.factor("co2_per_carbon")
	var stored, loss measure.CO2e
	if hasOrg {
		kg := float64(float64(q.r.Char.DryMass.Kilograms()*biogenic) * k)
		if discount := q.retail(); discount > 0 {
			kg = float64(kg * (1 - discount))
			biogenic = float64(biogenic * (1 - discount))
		}
		if stored, err = measure.CO2eOf(kg); err != nil {
			return err
		}
		if q.r.Char.DryMass <= 0 {
			q.gate("batch.dry_mass: there is none in the sink; give the dry mass that was placed")
		}
		q.tonnes("C_stored", stored, q.m.EquationsBy)
		if err := q.gross(stored); err != nil {
			return err
		}
		if hasPF {
			if loss, err = measure.CO2eOf(float64(kg * (1 - durable))); err != nil {
				return err
			}
			q.tonnes("C_loss", loss, q.m.EquationsBy)
		}
	}
	d, err := q.emissions()
	if err != nil {
		return err
	}
	d.total = plus(d.total, fossil)
	q.tonnes("E_project", plus(plus(d.parts["E_ops"], d.parts["E_emb"]), fossil), q.m.EquationsBy)
	if !hasOrg || !hasPF {
		q.closed = true
		return nil
	}
	return q.conclude("CORCs", stored-loss-d.total, spread{r: q.r, carbon: biogenic, ratio: hc, durable: durable, slope: slope,
		k: k, f: q.m.Factors["hc_molar"].Value, measured: measured, deducted: d.total})
}

// pure takes off what is no char: stones, sand, metal, plastic.
//
//	Q = m (1 - i)
//
// Source: Edition 2025: the dry mass is corrected for impurities; secondary.
// Rounds: down, to 1 mg.
func (q *quantification) pure() {
	switch i := q.r.Char.Impurity; {
	case i == nil:
		q.ask("batch.impurity: not given; the share of the dry mass that is no char, 0 %% if there is none")
	case *i > 0:
		q.r.Char.DryMass = measure.DryMass(math.Floor(float64(float64(q.r.Char.DryMass) * (1 - *i))))
		q.line("impurity", float64(*i*100), "%", "given")
	}
}

// biogenic is the carbon that counts, and what the fossil carbon of the feed emits.
//
//	C        = C_org (1 - C_fossil/C_feed)
//	E_fossil = C_fossil · CO2/C      [t CO2e] = [t] · [1]
//
// Fossil carbon counts as emitted in full, also what of it stays in the char.
//
// Source: Edition 2025: fossil carbon of the feed (plastic, paint, sludge)
// counts as fully re-emitted; secondary.
// Rounds: once, half to even, to 1 mg.
func (q *quantification) biogenic(org float64) (counts float64, emitted measure.CO2e, err error) {
	f := q.r.Feed.FossilCarbon
	switch {
	case f == nil:
		q.ask("batch.fossil_carbon: not given; the fossil carbon of the feed, as of plastic or paint, 0 kg if there is none")
		return org, 0, nil
	case *f == 0:
		return org, 0, nil
	case q.r.Feed.Carbon == nil:
		q.gate("batch.feed_carbon: not given; %s of it is fossil and counts as emitted", f)
		return 0, 0, nil
	}
	emitted, err = measure.CO2eOf(float64(f.Kilograms() * q.factor("co2_per_carbon")))
	q.tonnes("E_fossil", emitted, q.m.EquationsBy)
	return float64(org * max(0, 1-float64(*f)/float64(max(1, *q.r.Feed.Carbon)))), emitted, err
}

// retail is the share that is taken off what retail customers use, 0 of other uses.
//
// Source: Edition 2025, version 2, use R3: a reversal discount by country; secondary.
func (q *quantification) retail() float64 {
	if q.r.Sink.EndUse != "retail" {
		return 0
	}
	if q.r.Sink.RetailDiscount == nil {
		q.gate("sink.retail_discount: not given; retail use (R3) takes the reversal discount of its country off what is stored")
		return 0
	}
	q.line("RDF", float64(*q.r.Sink.RetailDiscount*100), "%", "given")
	return *q.r.Sink.RetailDiscount
}

// baseline is zero for a plant that was built or converted for biochar. One
// that made charcoal before needs a study, whose figure is the group C_baseline.
func (q *quantification) baseline() {
	if q.r.Production.Facility != "repurpose" {
		q.variant("baseline zero: new or retrofit facility")
		return
	}
	q.variant("baseline by study: charcoal repurpose facility")
	if !slices.ContainsFunc(q.r.Emissions, func(e Emission) bool { return e.Group == "C_baseline" }) {
		q.gate("emissions: C_baseline is not given; a facility that made charcoal before needs a study of its baseline (Eq 5.1)")
	}
}

// regime asks for the least analyses in a year of each type of product.
//
// Source: Edition 2025, laboratory rules of Regime A and Regime B; secondary.
func (q *quantification) regime() {
	s, stability := q.r.Sampling, q.m.Factors["stability"].Value
	if s.Regime == "A" && s.Deviation != nil && *s.Deviation > stability {
		q.gate("sampling.deviation: a minute was %s off; regime A asks for at most %s: use regime B", percent(*s.Deviation), percent(stability))
	}
	if !q.r.Certify {
		return
	}
	a, b := int(q.m.Factors["analyses_regime_a"].Value), int(q.m.Factors["analyses_regime_b"].Value)
	least := b
	switch s.Regime {
	case "":
		q.gate("sampling.regime: not given; A if uniform carbonisation is shown minute by minute (%d analyses a year), else B (%d a year)", a, b)
		return
	case "A":
		least = a
		if s.Deviation == nil {
			q.gate("sampling.deviation: no minute is shown; regime A rests on temperature and residence time of every minute: list their tags under uniform in the plant file, or use regime B with %d analyses a year", b)
		}
		if s.Proof == "" && q.r.Measurements.Deviation == nil {
			q.gate("sampling.proof: not given; regime A rests on a record of temperature and residence time for every minute: name it, or use regime B with %d analyses a year", b)
		}
	}
	q.variant("sampling regime %s, %d analyses a year", s.Regime, s.AnalysesInYear)
	if s.AnalysesInYear < least {
		q.gate("sampling.analyses_in_year: %d; regime %s asks for at least %d a year of each type of product: have more analysed", s.AnalysesInYear, s.Regime, least)
	}
}

// Uniform returns the largest deviation of any minute from the mean, as a share
// of it, for [Sampling.Deviation]; false if a minute is missing. Of each minute
// there is the least and the most that it can have been: the same value where
// all of it is known. They are one a minute, in a unit whose zero is none
// (residence time), or in Cel as kilns are set in it; NaN is a missing minute.
//
//	d = max(max x_most - x̄_least, x̄_most - min x_least) / x̄_least
//
// Where every minute is known that is max |x_i - x̄| / x̄. Knowing less never
// makes it smaller.
//
// Source: Edition 2025, regime A: 1-minute records within ±10 %; secondary.
func Uniform(least, most []float64) (deviation float64, complete bool) {
	if len(least) == 0 || len(least) != len(most) {
		return 0, false
	}
	var low, high float64
	for i := range least {
		if !(least[i] > 0 && most[i] >= least[i]) || math.IsInf(most[i], 1) {
			return 0, false
		}
		low += least[i]
		high += most[i]
	}
	low, high = low/float64(len(least)), high/float64(len(most))
	for i := range least {
		deviation = max(deviation, (most[i]-low)/low, (high-least[i])/low)
	}
	return deviation, true
}
