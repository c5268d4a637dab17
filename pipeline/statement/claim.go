package statement

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
)

// Claim is what a statement lays hold of: a stretch of a plant's time, and the
// units of it that were placed.
type Claim struct {
	Plant, Lot string
	Interval   measure.Interval
	Units      []string
}

// Claim returns what the statement lays hold of.
func (s Statement) Claim() Claim {
	return Claim{Plant: s.Plant, Lot: s.Lot, Interval: s.Interval, Units: s.Units}
}

// Clash says why two claims cannot both count, "" if they can: two lots of a
// plant share no time and no unit, whatever they are called and however they
// came in. Claims of one lot are its revisions, of which one stands.
func Clash(a, b Claim) string {
	if a.Plant != b.Plant || a.Lot == b.Lot {
		return ""
	}
	if a.Interval.Overlaps(b.Interval) {
		return fmt.Sprintf("lot %s of %s and lot %s of %s share time of production", a.Lot, a.Interval, b.Lot, b.Interval)
	}
	for _, unit := range a.Units {
		if slices.Contains(b.Units, unit) {
			return fmt.Sprintf("lots %s and %s both count unit %s", a.Lot, b.Lot, unit)
		}
	}
	return ""
}

// CertifiedAgainst says which certified statement stands against a claim, and why;
// nil if none does: a certified mass counts once.
func (r *Register) CertifiedAgainst(c Claim) (against *Status, why string) {
	for _, s := range r.Statements {
		if s.State != Certified {
			continue
		}
		if why := Clash(c, s.Claim()); why != "" {
			return s, why
		}
	}
	return nil, ""
}

// CertifiedOver says which certified statement counted readings of a plant that stood
// in some stretches of time: they cannot be moved elsewhere, since what they
// show counts once. It is nil if none did.
func (r *Register) CertifiedOver(plant string, stood []measure.Interval) *Status {
	for _, s := range r.Statements {
		if s.State == Certified && s.Plant == plant && slices.ContainsFunc(stood, s.Interval.Overlaps) {
			return s
		}
	}
	return nil
}
