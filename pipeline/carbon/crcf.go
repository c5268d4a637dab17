package carbon

import (
	"fmt"

	"github.com/nielu/nielu/measure"
)

// crcf wraps Article 4 of the carbon removal certification framework. Its
// label is blocked: the equations of the biochar annex are not in the method
// file, and nothing that comes from here may be called compliant.
//
//	net_benefit = CRbaseline - CRtotal - GHGassociated > 0        [t CO2e]; removals negative, emissions positive
//	CRtotal     = -(m · C_org · PF · CO2/C)                       expected form; PF is a stand-in
//
// PF comes from the table of the method file, so that the annex's own function
// is a new file; a total that is given, crcf.total, counts where it is nearer to zero.
//
// Source: Regulation (EU) 2024/3012, Article 4(1) and 4(6), for the first; the second is unverified.
// Valid:  CRtotal and CRbaseline not above zero: a positive one is an error of sign.
// Rounds: each amount once, half to even, to 1 mg. Uncertainty: first order, inputs independent.
func (q *quantification) crcf() error {
	if q.m.Blocked {
		q.blocked()
	}
	q.note("crcf: not shown here: one legal entity and one technology, no char of other places in the batch, plant and storage inside the Union")
	s, hasTotal, err := q.crcfTotal()
	if err != nil {
		return err
	}
	baseline, associated := measure.CO2e(0), measure.CO2e(0)
	if q.r.CRCF.Baseline != nil {
		baseline = *q.r.CRCF.Baseline
	}
	if baseline > 0 {
		q.gate("crcf.baseline: %s is above zero; removals are negative here", baseline)
	}
	d, err := q.emissions()
	if err != nil {
		return err
	}
	associated = d.total
	if q.r.CRCF.Associated != nil {
		if *q.r.CRCF.Associated < 0 {
			q.gate("crcf.associated: %s is below zero; emissions are positive here", *q.r.CRCF.Associated)
		}
		associated = max(associated, *q.r.CRCF.Associated)
	}
	if rate, limit := q.r.Sink.ApplicationRate, q.m.Factors["soil_cap"]; rate != nil && *rate > limit.Value {
		q.gate("sink.application_rate: %.4g t/ha is above %.4g t/ha in 10 years (%s)", *rate*10, limit.Value*10, limit.Source)
	}
	if !hasTotal {
		q.closed = true
		return nil
	}
	q.tonnes("CRbaseline", baseline, q.m.EquationsBy)
	q.tonnes("CRtotal", -s.stored, q.label())
	if _, printed := q.a.Line("GHGassociated"); !printed || q.r.CRCF.Associated != nil {
		q.tonnes("GHGassociated_counted", associated, q.m.EquationsBy)
	}
	net, err := NetBenefit(baseline, -s.stored, associated)
	if err != nil {
		q.gate("crcf: %v", err)
		return nil
	}
	if err := q.gross(s.stored); err != nil {
		return err
	}
	s.deducted = associated
	return q.conclude("net_benefit", net, s.spread)
}

// blocked says that the label may not be used, and closes what is to be certified.
func (q *quantification) blocked() {
	q.variant("label_status: blocked")
	q.note("label: blocked; the equations of the biochar annex of (EU) 2026/285 are not loaded, so this is no figure of the framework and issues no units: never print it as one")
	if q.r.Certify {
		q.gate("method: a blocked label cannot be certified; choose a method whose equations are loaded")
	}
}

// NetBenefit is Article 4(1).
//
//	net = CRbaseline - CRtotal - GHGassociated      [mg CO2e]; removals negative, emissions positive
//
// Errors: a removal above zero or an emission below it has the wrong sign.
//
// Source: Regulation (EU) 2024/3012, Art. 4(1) and 4(6).
func NetBenefit(baseline, total, associated measure.CO2e) (measure.CO2e, error) {
	switch {
	case total > 0:
		return 0, fmt.Errorf("a total of %s is above zero; removals are negative here", total)
	case baseline > 0:
		return 0, fmt.Errorf("a baseline of %s is above zero; removals are negative here", baseline)
	case associated < 0:
		return 0, fmt.Errorf("associated emissions of %s are below zero; emissions are positive here", associated)
	}
	return baseline - total - associated, nil
}

type crcfStored struct {
	spread
	stored measure.CO2e
}

// crcfTotal is what is stored, by the stand-in or as given.
func (q *quantification) crcfTotal() (s crcfStored, has bool, err error) {
	given := q.r.CRCF.Total
	if given != nil && *given > 0 {
		q.gate("crcf.total: %s is above zero; removals are negative here", *given)
	}
	if given != nil && q.r.Analysis.CarbonTotal == nil {
		s.stored, s.noRatio, s.fixedCarbon = max(0, -*given), true, true
		s.r = Request{Uncertainty: Uncertainty{Emissions: q.r.Uncertainty.Emissions}}
		return s, true, nil
	}
	org, hasOrg := q.organicCarbon("C_org", "%", false)
	hc, measured, hasHC := q.ratio(org, hasOrg)
	if limit := q.factor("hc_limit"); hasHC && hc >= limit {
		q.gate("batch.hydrogen: H/Corg of %.4g is not below %.4g (%s)", hc, limit, q.m.Factors["hc_limit"].Source)
	}
	durable, slope, hasPF := q.persistence(hc, hasHC)
	q.useGates("soils and products are listed: name it")
	q.consistent()
	if !hasOrg || !hasPF {
		return s, false, nil
	}
	q.retained(q.m.Horizon.Value, durable, "stand-in")
	k := q.factor("co2_per_carbon")
	s.spread = spread{r: q.r, carbon: org, ratio: hc, durable: durable, slope: slope, k: k, f: q.m.Factors["hc_molar"].Value, measured: measured}
	s.stored, err = measure.CO2eOf(float64(float64(float64(q.r.Char.DryMass.Kilograms()*org)*durable) * k))
	if given != nil {
		s.stored = max(0, min(s.stored, -*given))
	}
	return s, true, err
}
