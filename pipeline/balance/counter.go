package balance

import "fmt"

// CounterEvent is what happened to a counter between two readings.
type CounterEvent string

const (
	CounterReset    CounterEvent = "reset"    // more than can have been: nothing is added
	CounterCounted  CounterEvent = "none"     // it went on counting
	CounterRollover CounterEvent = "rollover" // it passed its end and began again
)

// BinaryCounter returns how far a counter of so many bits went.
//
//	Δ = (cur - prev) mod 2^bits      reset if Δ > max
//
// Source: balances.md 5.2. Valid: 1 to 64 bits, both readings below 2^bits. After a reset Δ adds nothing.
func BinaryCounter(prev, cur uint64, bits int, most float64) (uint64, CounterEvent, error) {
	if bits < 1 || bits > 64 {
		return 0, CounterReset, fmt.Errorf("a counter of %d bits: 1 to 64", bits)
	}
	mask := ^uint64(0) >> (64 - bits)
	if prev > mask || cur > mask {
		return 0, CounterReset, fmt.Errorf("a reading of %d of a counter of %d bits: it ends at %d", max(prev, cur), bits, mask)
	}
	delta := (cur - prev) & mask
	return delta, counterEvent(float64(delta), most, cur < prev), nil
}

// DecimalCounter returns how far a counter went that begins again at a round number.
//
//	Δ = (cur - prev) mod modulus      reset if Δ > max
//
// Source: balances.md 5.2. Valid: both readings from 0 to below the modulus. After a reset Δ adds nothing.
func DecimalCounter(prev, cur, modulus, most float64) (float64, CounterEvent, error) {
	if !(modulus > 0) || !(prev >= 0 && prev < modulus) || !(cur >= 0 && cur < modulus) {
		return 0, CounterReset, fmt.Errorf("readings of %g and %g of a counter that begins again at %g: they lie from 0 to below it", prev, cur, modulus)
	}
	delta := cur - prev
	if cur < prev {
		delta += modulus
	}
	return delta, counterEvent(delta, most, cur < prev), nil
}

func counterEvent(delta, most float64, backwards bool) CounterEvent {
	switch {
	case !(delta <= most):
		return CounterReset
	case backwards:
		return CounterRollover
	}
	return CounterCounted
}
