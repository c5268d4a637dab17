package balance

import (
	"fmt"
	"math"
)

// CounterEvent is what happened to a counter between two readings.
type CounterEvent string

const (
	CounterReset    CounterEvent = "reset"    // more than can have been: nothing is added
	CounterCounted  CounterEvent = "none"     // it went on counting
	CounterRollover CounterEvent = "rollover" // it passed its end and began again
	CounterBack     CounterEvent = "back"     // it fell by no more than it can climb, as last digits do: nothing is added
)

// Counter returns how far a counter went between two readings, below 0 if it
// fell back. modulus is where it begins again, 0 if it never does; most is the
// furthest it can have gone.
//
//	Δ = cur - prev                  counted   if 0 ≤ Δ ≤ most
//	Δ = cur - prev + modulus        rollover  if cur < prev and Δ ≤ most
//	Δ = cur - prev                  back      if cur < prev and -Δ ≤ most
//
// Anything else is a reset, of which Δ adds nothing.
//
// Source: definition; that a small fall is none of them but the scatter of the
// last digits is ours.
func Counter(prev, cur, modulus, most float64) (float64, CounterEvent) {
	delta := cur - prev
	forward, fell := delta, delta < 0
	if fell {
		if forward += modulus; forward < 0 { // it never begins again, or not there
			forward = math.Inf(1)
		}
	}
	event := counterEvent(forward, -delta, most, fell)
	if event == CounterRollover {
		delta = forward
	}
	return delta, event
}

// counterEvent judges how far a counter went forward, over its end if it fell,
// and how far it fell.
func counterEvent(forward, back, most float64, fell bool) CounterEvent {
	switch {
	case !fell && forward <= most:
		return CounterCounted
	case fell && forward <= most:
		return CounterRollover
	case fell && back <= most:
		return CounterBack
	}
	return CounterReset
}

// BinaryCounter returns how far a counter of so many bits went.
//
//	Δ = (cur - prev) mod 2^bits      reset if Δ > max
//
// Source: definition, see [Counter]. Valid: 1 to 64 bits, both readings
// below 2^bits. After a reset, and where it fell back, Δ adds nothing.
func BinaryCounter(prev, cur uint64, bits int, most float64) (uint64, CounterEvent, error) {
	if bits < 1 || bits > 64 {
		return 0, CounterReset, fmt.Errorf("a counter of %d bits: 1 to 64", bits)
	}
	mask := ^uint64(0) >> (64 - bits)
	if prev > mask || cur > mask {
		return 0, CounterReset, fmt.Errorf("a reading of %d of a counter of %d bits: it ends at %d", max(prev, cur), bits, mask)
	}
	delta := (cur - prev) & mask
	return delta, counterEvent(float64(delta), float64(prev-cur), most, cur < prev), nil
}

// DecimalCounter returns how far a counter went that begins again at a round number.
//
//	Δ = (cur - prev) mod modulus      reset if Δ > max
//
// Source: definition, see [Counter]. Valid: both readings from 0 to below
// the modulus. After a reset, and where it fell back, Δ adds nothing.
func DecimalCounter(prev, cur, modulus, most float64) (float64, CounterEvent, error) {
	if !(modulus > 0) || !(prev >= 0 && prev < modulus) || !(cur >= 0 && cur < modulus) {
		return 0, CounterReset, fmt.Errorf("readings of %g and %g of a counter that begins again at %g: they lie from 0 to below it", prev, cur, modulus)
	}
	delta, event := Counter(prev, cur, modulus, most)
	return delta, event, nil
}
