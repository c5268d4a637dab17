package custody

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/pipeline"
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
func Doubts(lot pipeline.Lot) []string {
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
func streams(lot pipeline.Lot) (all []string) {
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
