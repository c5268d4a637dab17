package custody

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/pipeline/lots"
)

// Doubts tells what in a lot's laboratory values cannot be, or hardly can.
// They close nothing by themselves; each names what to look at.
//
//	C + H + N + S + O + ash = 100 %      within 2 points where all are measured apart
//	C_inorg ≤ C_tot
//	H/Corg  = 12 H / C_org               of biochar 0.05 to 1.2
//
// Source: mass closure of an ultimate analysis, as registries ask of
// laboratories (about 100 %); 2 points is twice what laboratories state.
// Valid: values of dry mass.
func Doubts(lot lots.Lot) []string {
	all := []string{}
	share := func(stream, name string) (float64, bool) {
		v, ok := lot.Values[stream+"_"+name]
		if !ok {
			return 0, false
		}
		x, err := v.Value.In(one)
		if err != nil {
			all = append(all, fmt.Sprintf("%s_%s is %s, which is no share of dry mass", stream, name, v.Value))
			return 0, false
		}
		return x, true
	}
	for _, stream := range streams(lot) {
		total, hasTotal := share(stream, "carbon_total")
		carbon, hasCarbon := total, hasTotal
		if !hasCarbon {
			carbon, hasCarbon = share(stream, "carbon")
		}
		inorganic, hasInorganic := share(stream, "carbon_inorganic")
		if hasTotal && hasInorganic && inorganic > total {
			all = append(all, fmt.Sprintf("%s: inorganic carbon is above total carbon", stream))
		}
		hydrogen, hasHydrogen := share(stream, "hydrogen")
		if organic := carbon - inorganic; hasTotal && hasHydrogen && organic > 0 {
			if ratio := 12 * hydrogen / organic; ratio < 0.05 || ratio > 1.2 {
				all = append(all, fmt.Sprintf("%s: H/Corg is %.3g; of biochar it is 0.05 to 1.2", stream, ratio))
			}
		}
		sum, whole := carbon+hydrogen, hasCarbon && hasHydrogen
		for _, name := range []string{"nitrogen", "oxygen", "ash"} {
			x, ok := share(stream, name)
			sum, whole = sum+x, whole && ok
		}
		if sulphur, ok := share(stream, "sulphur"); ok {
			sum += sulphur
		}
		if whole && math.Abs(sum-1) > 0.02 {
			all = append(all, fmt.Sprintf("%s: carbon, hydrogen, nitrogen, oxygen, sulphur and ash add up to %.1f %%", stream, 100*sum))
		}
	}
	return all
}

// streams returns the streams that a lot's values speak of, sorted: a value is
// named by its stream, an underscore and what it is.
func streams(lot lots.Lot) (all []string) {
	for _, name := range sorted(lot.Values) {
		for _, of := range []string{"carbon_total", "carbon_inorganic", "carbon", "hydrogen", "nitrogen", "oxygen", "sulphur", "ash"} {
			if stream, ok := strings.CutSuffix(name, "_"+of); ok {
				all = append(all, stream)
				break
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Doubts tells what cannot be in a lot's laboratory values and masses together:
// beside [Doubts] also more carbon packed than was delivered.
//
//	Σ units m_dry · C_tot  >  Σ deliveries m_wet (1 - M) · C_feed      [kg] = [kg] · [1]
//
// Deliveries are those whose way is counted to the lot; without one, or where
// one has no moisture, or the feed no analysis, nothing is compared. What came
// in for an earlier lot may have lain in the yard, so it is a doubt and no more.
func (b *Book) Doubts(lot lots.Lot) []string {
	all := Doubts(lot)
	var fed float64
	known := false
	feed, analysed := lot.Value("feed_carbon")
	carbon, err := feed.Value.In(one)
	if !analysed || err != nil {
		return all
	}
	for _, t := range b.citedBy(lot.Plant, KindLot, lot.ID, KindTransport) {
		for _, id := range t.Transport.Deliveries {
			d := b.posting(lot.Plant, KindDelivery, id)
			if d == nil || d.Delivery.Moisture == nil {
				return all
			}
			fed += float64(float64(d.Delivery.Wet.Kilograms()*(1-*d.Delivery.Moisture)) * carbon)
			known = true
		}
	}
	for _, stream := range streams(lot) {
		v, ok := lot.Value(stream + "_carbon_total")
		share, err := v.Value.In(one)
		if !ok || err != nil || !known {
			continue
		}
		if packed := float64(b.Masses(lot.Plant, lot.ID).Packed.Kilograms() * share); packed > fed {
			all = append(all, fmt.Sprintf("%s: %.4g kg of carbon were packed, and %.4g kg came in with deliveries: more carbon out than in", stream, packed, fed))
		}
	}
	return all
}
