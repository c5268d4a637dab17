package balance

// Budget is what crossed the boundary of a plant in a window, and what stayed.
type Budget struct{ In, Out, Accumulation float64 }

// Add returns the budget of two windows that follow each other.
func (b Budget) Add(o Budget) Budget {
	return Budget{b.In + o.In, b.Out + o.Out, b.Accumulation + o.Accumulation}
}

// Closure returns the share of what came in that was found again. It is not
// ok if nothing came in.
//
//	K = (Σ out + ΔM) / Σ in      [1] = [kg] / [kg]
//
// Source: definition. Nothing is ever closed by difference.
func (b Budget) Closure() (float64, bool) {
	if !(b.In > 0) {
		return 0, false
	}
	return (b.Out + b.Accumulation) / b.In, true
}
