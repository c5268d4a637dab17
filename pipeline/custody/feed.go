package custody

import (
	"cmp"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/lots"
)

// addFeed tells what methods ask of a lot's feed, of all deliveries whose way is
// counted to it. What one of them does not say is not known of the lot.
//
//	fossil carbon  = Σ m_wet (1 - M) f      impurity = Σ m_wet i      [kg]; parts of a delivery by its share
//	stored         = end of the lot - the earliest delivery
//
// Source: definition.
func (b *Book) addFeed(lot *lots.Lot, c Conditions) {
	lot.FlameLog = c.FlameLog
	known := &lot.Known
	known.Production.Carbonisation, known.Feed.Counterfactual, known.Inventory = c.Carbonisation, c.Counterfactual, c.Inventory
	known.Production.HeatUsed, known.Production.EnergyUse, known.Production.MethaneCompensation = c.HeatUsed, c.EnergyUse, c.MethaneCompensation
	var fossil, impurity, wet float64
	complete := [2]bool{true, true} // of fossil carbon, of impurities
	var categories []string
	for _, t := range b.citedBy(lot.Plant, KindLot, lot.ID, KindTransport) {
		for _, id := range t.Transport.Deliveries {
			k := b.posting(lot.Plant, KindDelivery, id)
			if k == nil || t.Transport.Lot != lot.ID {
				continue
			}
			d := k.Delivery
			kg := float64(d.Wet.Kilograms() * t.Transport.Share)
			wet += kg
			if d.Fossil == nil || d.Moisture == nil && *d.Fossil > 0 {
				complete[0] = false
			} else if *d.Fossil > 0 {
				fossil += float64(float64(kg*(1-*d.Moisture)) * *d.Fossil)
			}
			if d.Impurity == nil {
				complete[1] = false
			} else {
				impurity += float64(kg * *d.Impurity)
			}
			categories = append(categories, cmp.Or(d.Category, c.Category)) // "" is no letter: it closes the gate by name
			if age := lot.Interval.To.Sub(d.At).Hours() / 24; known.Feed.Stored == nil || age > *known.Feed.Stored {
				known.Feed.Stored = &age
			}
		}
	}
	if wet == 0 {
		return
	}
	slices.Sort(categories)
	known.Feed.Categories = slices.Compact(categories)
	if m, err := measure.WetMassOf(wet); err == nil {
		known.Feed.Delivered = &m
	}
	if m, err := measure.CarbonOf(fossil); err == nil && complete[0] {
		known.Feed.FossilCarbon = &m
	}
	if m, err := measure.DryMassOf(impurity); err == nil && complete[1] {
		lot.FeedImpurity = &m
	}
}
