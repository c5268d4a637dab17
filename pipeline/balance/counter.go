package balance

import "math"

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
	event := CounterStep(forward, -delta, most, fell)
	if event == CounterRollover {
		delta = forward
	}
	return delta, event
}

// CounterStep judges how far a counter went forward, over its end if it fell,
// and how far it fell.
func CounterStep(forward, back, most float64, fell bool) CounterEvent {
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
