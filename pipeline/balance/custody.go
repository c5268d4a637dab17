package balance

import "math"

// Custody is bookkeeping of certified material by the credit method. It is
// not a [Budget]: nothing here was weighed against anything.
type Custody struct {
	Opening    float64
	In         []float64 // certified amounts bought
	Conversion float64   // product made of an amount, on the one basis the site declared
	Out        []float64 // certified amounts sold
}

// Close returns what is left at the end of a period, and whether so much could be sold.
//
//	closing = opening + Σ in · conversion - Σ out      refused if closing < 0
//
// Source: ISO 22095-2:2026, credit method; ISCC PLUS 3.4.2. Rounds: what is within 10⁻¹² of the turnover of 0 is 0.
func (c Custody) Close() (closing float64, accepted bool) {
	closing = c.Opening
	turnover := math.Abs(c.Opening)
	for _, in := range c.In {
		closing += float64(in * c.Conversion)
		turnover += math.Abs(float64(in * c.Conversion))
	}
	for _, out := range c.Out {
		closing -= out
		turnover += math.Abs(out)
	}
	if math.Abs(closing) <= float64(1e-12*turnover) {
		closing = 0
	}
	return closing, closing >= 0
}

// RollingShare returns the share of certified input in a window, and what may be claimed of the output.
//
//	p = in_cert / in_total      claimable = p · out_total
//
// Source: ISO 22095-2:2026, rolling average percentage. Valid: 0 ≤ in_cert ≤ in_total.
func RollingShare(certified, total, out float64) (share, claimable float64) {
	share = certified / total
	return share, float64(certified*out) / total
}

// FlowCost is what a quantity centre of material flow cost accounting spent.
type FlowCost struct{ Material, Energy, System, Waste float64 }

// Split divides the cost by mass between product and loss. The management of waste is all loss.
//
//	product = (material + energy + system) · m_p / m_in      loss = the rest + waste management
//
// Source: ISO 14051:2011 (split rule unverified). Valid: 0 ≤ m_p ≤ m_in, no change of stock.
func (f FlowCost) Split(in, product float64) (share, productCost, lossCost float64) {
	share = product / in
	spent := f.Material + f.Energy + f.System
	productCost = float64(spent * share)
	return share, productCost, spent - productCost + f.Waste
}
