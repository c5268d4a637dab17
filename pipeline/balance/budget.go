package balance

// Budget is what crossed the boundary of a plant in a window, and what stayed.
type Budget struct{ In, Out, Accumulation float64 }

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
