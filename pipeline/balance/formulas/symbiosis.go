package formulas

import "math"

func symbiosis() []Formula {
	return []Formula{
		{
			Name: "mfca", About: "cost of product and of loss in a quantity centre",
			Equation: "product = (material + energy + system) m_p/m_in      loss = the rest + waste management",
			Source:   "ISO 14051:2011 (split rule unverified)",
			Valid:    "no change of stock",
			Vectors:  []string{"mfca_small"},
			compute:  mfca,
		},
		{
			Name: "custody-credit", About: "certified amounts by the credit method",
			Equation: "closing = opening + Σ in · conversion - Σ out      refused below 0",
			Source:   "ISO 22095-2:2026, credit method; ISCC PLUS 3.4.2",
			Valid:    "bookkeeping, no balance of a plant; one basis of conversion a site",
			Vectors:  []string{"ledger_credit", "ledger_overdraw"},
			compute:  custodyCredit,
		},
		{
			Name: "custody-rolling", About: "certified share by the rolling average",
			Equation: "p = in_cert / in_total      claimable = p · out_total",
			Source:   "ISO 22095-2:2026, rolling average percentage",
			Valid:    "bookkeeping, no balance of a plant",
			Vectors:  []string{"ledger_rolling_small"},
			compute:  custodyRolling,
		},
	}
}

func mfca(in *Input, out *Result) {
	mass := in.Positive("material_in_kg", "kg")
	f := flowCost{Material: in.AtLeastZero("material_cost", "{money}"), Energy: in.AtLeastZero("energy_cost", "{money}"), System: in.AtLeastZero("system_cost", "{money}"), Waste: in.AtLeastZero("waste_management_cost", "{money}")}
	product := in.AtLeastZero("product_kg", "kg")
	if product > mass {
		in.fault("product_kg", "%s kg of product from %s kg of material", digits(product), digits(mass))
	}
	if !in.Complete() {
		return
	}
	share, cost, loss := f.split(mass, product)
	out.Number("product_share", "1", share, "m_p / m_in", "%v kg / %v kg", product, mass)
	out.Number("product_cost", "{money}", cost, "(material + energy + system) · share", "(%v + %v + %v) · %v", f.Material, f.Energy, f.System, share)
	out.Number("loss_cost", "{money}", loss, "the rest + waste management", "(%v + %v + %v) · (1 - %v) + %v", f.Material, f.Energy, f.System, share, f.Waste)
	out.Number("total", "{money}", cost+loss, "product + loss", "%v + %v", cost, loss)
}

func custodyCredit(in *Input, out *Result) {
	c := credit{Opening: in.AtLeastZero("opening", "1"), In: in.List("in_certified", "1", 0), Conversion: in.AtLeastZero("conversion", "1"), Out: in.List("out_certified", "1", 0)}
	for _, l := range []struct {
		key  string
		list []float64
	}{{"in_certified", c.In}, {"out_certified", c.Out}} {
		for _, v := range l.list {
			if v < 0 {
				in.fault(l.key, "%s is below 0: a return is booked on the other side", digits(v))
			}
		}
	}
	if !in.Complete() {
		return
	}
	closing, ok := c.close()
	out.Number("closing", "1", closing, "opening + Σ in · conversion - Σ out", "%v + %v · %v - %v", c.Opening, valueText(c.In), c.Conversion, valueText(c.Out))
	out.Other("accept", ok, "closing ≥ 0")
	if !ok {
		out.Remark("more was sold than there was")
	}
}

func custodyRolling(in *Input, out *Result) {
	certified, total, product := in.AtLeastZero("in_certified", "1"), in.Positive("in_total", "1"), in.AtLeastZero("out_total", "1")
	if certified > total {
		in.fault("in_certified", "%s is more than all input, %s", digits(certified), digits(total))
	}
	if !in.Complete() {
		return
	}
	share, claimable := rollingShare(certified, total, product)
	out.Number("share_pct", "%", 100*share, "in_cert / in_total", "%v / %v", certified, total)
	out.Number("out_claimable", "1", claimable, "p · out_total", "%v · %v", share, product)
}

// credit is bookkeeping of certified material by the credit method. It is
// not a [balance.Budget]: nothing here was weighed against anything.
type credit struct {
	Opening    float64
	In         []float64 // certified amounts bought
	Conversion float64   // product made of an amount, on the one basis the site declared
	Out        []float64 // certified amounts sold
}

// close returns what is left at the end of a period, and whether so much could be sold.
//
//	closing = opening + Σ in · conversion - Σ out      refused if closing < 0
//
// Source: ISO 22095-2:2026, credit method; ISCC PLUS 3.4.2. Rounds: what is within 10⁻¹² of the turnover of 0 is 0.
func (c credit) close() (closing float64, accepted bool) {
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

// rollingShare returns the share of certified input in a window, and what may be claimed of the output.
//
//	p = in_cert / in_total      claimable = p · out_total
//
// Source: ISO 22095-2:2026, rolling average percentage. Valid: 0 ≤ in_cert ≤ in_total.
func rollingShare(certified, total, out float64) (share, claimable float64) {
	share = certified / total
	return share, float64(certified*out) / total
}

// flowCost is what a quantity centre of material flow cost accounting spent.
type flowCost struct{ Material, Energy, System, Waste float64 }

// split divides the cost by mass between product and loss. The management of waste is all loss.
//
//	product = (material + energy + system) · m_p / m_in      loss = the rest + waste management
//
// Source: ISO 14051:2011 (split rule unverified). Valid: 0 ≤ m_p ≤ m_in, no change of stock.
func (f flowCost) split(in, product float64) (share, productCost, lossCost float64) {
	share = product / in
	spent := f.Material + f.Energy + f.System
	productCost = float64(spent * share)
	return share, productCost, spent - productCost + f.Waste
}
