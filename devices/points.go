package devices

import (
	"maps"
	"math/big"
	"slices"

	"github.com/nielu/nielu/measure/strict"
)

// pointsOf resolves an instrument's tags to points of its profile, and gives
// the function that reads each.
func (profile *Profile) pointsOf(tags []tagEntry, parameters strict.Node) (points []Point, functions []uint8) {
	given, complete := profile.parameters(parameters)
	for _, entry := range tags {
		name := entry.value.Text()
		if name == "" {
			continue
		}
		point, ok := profile.Point(name)
		if !ok {
			entry.value.Fault("profile %s has no point %q%s", profile.Name, name, strict.Meant(name, profile.pointNames()))
			continue
		}
		if !complete {
			continue
		}
		scale, layout, err := point.resolve(given)
		if err != nil {
			entry.value.Fault("point %s: %v", name, err)
			continue
		}
		points = append(points, Point{Tag: entry.tag, Name: name, Address: point.Address, Scale: scale, Layout: layout})
		functions = append(functions, point.Function)
	}
	return points, functions
}

// parameters reads what the profile asks of each instrument, in the profile's
// units; false if something is wrong.
func (profile *Profile) parameters(x strict.Node) (given map[string]*big.Rat, complete bool) {
	names := slices.Sorted(maps.Keys(profile.Parameters))
	if len(names) == 0 {
		if x.Present() {
			x.Fault("profile %s takes none", profile.Name)
		}
		return nil, !x.Present()
	}
	examples := make([]string, len(names))
	for i, name := range names {
		examples[i] = "'500 " + profile.Parameters[name].String() + "'"
	}
	f := x.Needed("{ " + names[0] + ": " + examples[0] + " }").Fields(names...)
	given = map[string]*big.Rat{}
	for i, name := range names {
		if value, ok := stepIn(f[name].Needed(examples[i]), profile.Parameters[name], false); ok {
			given[name] = value
		}
	}
	return given, len(given) == len(names)
}
