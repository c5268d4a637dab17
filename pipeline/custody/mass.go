package custody

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// Masses is the mass ledger of a lot, in dry mass. What was made is counted
// by instruments and stands in the statement; here is what people packed.
//
//	Packed = Placed + Stock + Lost
type Masses struct {
	Units       int
	Packed      measure.DryMass // all its units
	Placed      measure.DryMass // in a use that is shown: with a proof, and with the way there
	Lost        measure.DryMass
	Stock       measure.DryMass // the rest, also what was used without a proof
	PlacedUnits []string        // current of the units that were placed, sorted
	NotPlaced   []string        // of each unit that was used and is not counted as placed
}

// Masses sums up the units of a lot.
func (b *Book) Masses(plant, lot string) (m Masses) {
	for _, k := range b.citedBy(plant, KindLot, lot, KindUnit) {
		m.Units++
		m.Packed += k.Unit.Dry
		by := b.spent(plant, k.ID)
		switch {
		case by == nil:
		case by.Loss != nil:
			m.Lost += k.Unit.Dry
		default:
			if why := b.proofMissing(plant, k.ID, by); why != "" {
				m.NotPlaced = append(m.NotPlaced, "unit "+k.ID+" is not counted as placed: "+why)
				continue
			}
			arrived := b.receivedShare(plant, by)
			if arrived < 1 {
				m.NotPlaced = append(m.NotPlaced, fmt.Sprintf("unit %s counts for the %.4g %% of the mass of use %s that was received at the field", k.ID, 100*arrived, by.ID))
			}
			m.Placed += measure.DryMass(math.Floor(float64(float64(k.Unit.Dry) * arrived)))
			m.PlacedUnits = append(m.PlacedUnits, k.ID)
		}
	}
	slices.Sort(m.PlacedUnits)
	m.Stock = m.Packed - m.Placed - m.Lost
	return m
}

// receivedShare is the share of what was packed in the units of a use that was
// weighed again at the field, 1 where nobody did or more came out.
func (b *Book) receivedShare(plant string, use *Posting) float64 {
	if use.Use.Received == nil {
		return 1
	}
	var packed measure.WetMass
	for _, id := range use.Use.Units {
		if u := b.posting(plant, KindUnit, id); u != nil {
			packed += u.Unit.Wet
		}
	}
	if packed <= 0 {
		return 1
	}
	return min(1, float64(*use.Use.Received)/float64(packed))
}

// proofMissing says what a use of a unit lacks to be counted.
func (b *Book) proofMissing(plant, unit string, use *Posting) string {
	if use.Use.Proof == "" {
		return "use " + use.ID + " has no proof; correct it with proof:"
	}
	if len(b.citedBy(plant, KindUnit, unit, KindTransport)) > 0 {
		return ""
	}
	return "no transport names it; enter the way to its place, with distance: 0 km and a reason if there was none"
}

// UnitEvent is one event of a unit's life.
type UnitEvent struct {
	At     time.Time
	Kind   Kind
	Record *Posting
}

// ChainOfCustody returns the life of a unit: packed, sampled, moved, sold, placed or lost, in the order of time.
func (b *Book) ChainOfCustody(plant, unit string) (all []UnitEvent) {
	add := func(k *Posting, at time.Time) { all = append(all, UnitEvent{At: at, Kind: k.Kind, Record: k}) }
	if k := b.posting(plant, KindUnit, unit); k != nil {
		add(k, k.Unit.At)
	}
	for _, k := range b.citing(plant, KindUnit, unit) {
		switch {
		case k.Sample != nil:
			add(k, k.Sample.At)
		case k.Transport != nil:
			add(k, k.Transport.At)
		case k.Sale != nil:
			add(k, k.Sale.At)
		case k.Use != nil:
			add(k, k.Use.At)
		case k.Loss != nil:
			add(k, k.Loss.At)
		}
	}
	slices.SortStableFunc(all, func(a, b UnitEvent) int { return a.At.Compare(b.At) })
	return all
}
