package lots

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
)

var ForGood = forGood

// String says it in words.
func (s ControlState) String() string {
	var said []string
	if !s.Drift.IsZero() {
		said = append(said, fmt.Sprintf("drift since %s: S+ %.4g and S- %.4g %s, limit %.4g %s", s.Drift.Format(time.RFC3339), s.Positive, s.Negative, s.Unit, s.Limits.Hx, s.Unit))
	}
	if !s.Imprecise.IsZero() {
		said = append(said, fmt.Sprintf("imprecise since %s: s %.4g, limit %.4g, in %s squared", s.Imprecise.Format(time.RFC3339), s.Spread, s.Limits.Hs, s.Unit))
	}
	if said == nil {
		return "in control"
	}
	return string(s.Kind) + ": " + strings.Join(said, "; ")
}

// ControlAt returns the state of an analyser at an instant. It is not ok if no
// control reading of this kind was made until then.
func (l *Lab) ControlAt(tag measure.Tag, kind ControlKind, at time.Time) (ControlState, bool) {
	states := l.states(tag, kind)
	i, found := slices.BinarySearchFunc(states, at, func(s ControlState, at time.Time) int { return s.Last.Compare(at) })
	if found {
		i++
	}
	if i == 0 {
		return ControlState{}, false
	}
	return states[i-1], true
}
