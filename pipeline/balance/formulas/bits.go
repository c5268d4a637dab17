package formulas

import (
	"fmt"

	"github.com/nielu/nielu/pipeline/balance"
)

// binaryCounter returns how far a counter of so many bits went.
//
//	Δ = (cur - prev) mod 2^bits      reset if Δ > max
//
// Source: definition, see [balance.Counter]. Valid: 1 to 64 bits, both readings
// below 2^bits. After a reset, and where it fell back, Δ adds nothing.
func binaryCounter(prev, cur uint64, bits int, most float64) (uint64, balance.CounterEvent, error) {
	if bits < 1 || bits > 64 {
		return 0, balance.CounterReset, fmt.Errorf("a counter of %d bits: 1 to 64", bits)
	}
	mask := ^uint64(0) >> (64 - bits)
	if prev > mask || cur > mask {
		return 0, balance.CounterReset, fmt.Errorf("a reading of %d of a counter of %d bits: it ends at %d", max(prev, cur), bits, mask)
	}
	delta := (cur - prev) & mask
	return delta, balance.CounterStep(float64(delta), float64(prev-cur), most, cur < prev), nil
}

// decimalCounter returns how far a counter went that begins again at a round number.
//
//	Δ = (cur - prev) mod modulus      reset if Δ > max
//
// Source: definition, see [balance.Counter]. Valid: both readings from 0 to below
// the modulus. After a reset, and where it fell back, Δ adds nothing.
func decimalCounter(prev, cur, modulus, most float64) (float64, balance.CounterEvent, error) {
	if !(modulus > 0) || !(prev >= 0 && prev < modulus) || !(cur >= 0 && cur < modulus) {
		return 0, balance.CounterReset, fmt.Errorf("readings of %g and %g of a counter that begins again at %g: they lie from 0 to below it", prev, cur, modulus)
	}
	delta, event := balance.Counter(prev, cur, modulus, most)
	return delta, event, nil
}
