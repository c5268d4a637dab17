package custody

import (
	"github.com/nielu/nielu/pipeline/lots"
)

// addRecords holds a lot of a laboratory file to the rules of every lot: what was
// placed is what units on record show, or what the file states, and nothing
// else; what records know of it counts too.
func (b *Book) addRecords(lot *lots.Lot) {
	m := b.Masses(lot.Plant, lot.ID)
	stated := lot.Placed
	switch lot.Placed = &m.Placed; {
	case m.Units > 0:
		lot.Packed, lot.Units, lot.NotPlaced = m.Packed, m.PlacedUnits, m.NotPlaced
		b.use(lot)
		b.addUnits(lot)
	case stated == nil:
		lot.NotPlaced = []string{"the laboratory file does not say how much of the lot was placed (use: placed:), and no unit of it is on record"}
	default:
		lot.Placed = stated
	}
	b.emissions(lot)
}
