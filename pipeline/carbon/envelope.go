package carbon

import (
	"cmp"
	"slices"
)

// Retained is the share of the carbon that is still there after some years, as
// one method sees it. Shares of different horizons are not the same thing: the
// horizon belongs beside the number.
type Retained struct {
	Method  string
	Horizon float64 // a
	Share   float64 // of the carbon, 0 to 1
	About   string  // a class, or what else must be said
}

// Envelope gathers what accounts of one request say of persistence, in the
// order of the horizons and then of the accounts.
func Envelope(accounts ...Account) []Retained {
	var all []Retained
	for _, a := range accounts {
		all = append(all, a.Retained...)
	}
	slices.SortStableFunc(all, func(a, b Retained) int { return cmp.Compare(a.Horizon, b.Horizon) })
	return all
}
