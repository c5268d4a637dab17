package lots

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// analyte is something that a laboratory finds, and what it can come to.
type analyte struct {
	unit      string // in which, or in what converts to it
	low, high float64
}

func (a analyte) in() measure.Unit {
	if a.unit == bare {
		return measure.One
	}
	return measure.MustUnit(a.unit)
}

const bare = "1" // the unit of what is given without one

// analytes are what laboratories find, by the names that values carry. A share
// is of dry mass, but moisture and dry_solids, which are of the mass as it came.
//
// The limits are what nature allows, with room: nothing that was measured is
// refused for being unusual.
var analytes = func() map[string]analyte {
	all := map[string]analyte{}
	add := func(a analyte, names string) {
		for _, n := range strings.Fields(names) {
			all[n] = a
		}
	}
	add(analyte{unit: "%", low: 0, high: 100}, "carbon carbon_total carbon_inorganic organic_carbon hydrogen nitrogen oxygen sulphur phosphorus chlorine fluorine "+
		"potassium calcium magnesium sodium silicon iron aluminium manganese ash volatile_matter fixed_carbon moisture dry_solids solids "+
		"protein lipid carbohydrate fossil_carbon impurity hypy_carbon nonreactive_carbon pb cd cu ni hg zn cr as pah pcdd_f pcb")
	add(analyte{unit: "MJ/kg{HHV}", low: 0, high: 150}, "hhv") // hydrogen has 142
	add(analyte{unit: "MJ/kg{LHV}", low: 0, high: 150}, "lhv")
	add(analyte{unit: "kg/m3", low: 0, high: 25000}, "density bulk_density")
	add(analyte{unit: "m2/g", low: 0, high: 4000}, "surface_area")
	add(analyte{unit: bare, low: 0, high: 4}, "h_corg o_corg") // molar
	return all
}()

// Analyte tells whether laboratory values are called so: carbon_total of a
// sample, char_carbon_total of a lot with a product named char.
func Analyte(name string) bool {
	_, ok := analytes[name]
	return ok
}

// MeantAnalyte names the analyte that was probably meant, or some of those there are.
func MeantAnalyte(name string) string {
	return strict.Meant(strings.NewReplacer("-", "_", " ", "_").Replace(name), slices.Sorted(maps.Keys(analytes)))
}

// Impossible says why a value of an analyte cannot be, "" if it can. Of a name
// that is none, a share must be one all the same.
func Impossible(name string, q measure.Quantity) string {
	a, known := analytes[name]
	if !known {
		if share, err := q.In(measure.One); err == nil && !(share >= 0 && share <= 1) {
			return fmt.Sprintf("%s is not between 0 %% and 100 %%", q)
		}
		return ""
	}
	x, err := q.In(a.in())
	switch {
	case err != nil:
		return fmt.Sprintf("%s is no value of %s, which is given in %s: %v", q, name, a.unit, err)
	case !(x >= a.low && x <= a.high):
		return fmt.Sprintf("%s cannot be: %s is %s to %s %s", q, name, measure.FormatNumber(a.low), measure.FormatNumber(a.high), a.unit)
	}
	return ""
}

// analyteOf returns what the name of a lot's value speaks of: carbon_total of
// char_carbon_total, the longest that fits; "" if it is none that is known.
func analyteOf(value string) (name string) {
	for a := range analytes {
		if _, ok := strings.CutSuffix(value, "_"+a); ok && len(a) > len(name) {
			name = a
		}
	}
	return name
}

// misspelt returns what an unknown name of a lot's value was probably meant to
// be, "" if nobody knows: a plant file may name values as it likes.
func misspelt(value string) string {
	for at := strings.IndexByte(value, '_'); at >= 0; {
		rest := value[at+1:]
		if hint := MeantAnalyte(rest); len(rest) >= 5 && strings.HasPrefix(hint, "; did you mean") {
			return strings.Replace(hint, `"`, `"`+value[:at+1], 1)
		}
		next := strings.IndexByte(rest, '_')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return ""
}
