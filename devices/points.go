package devices

import (
	"maps"
	"math/big"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// TagEntry is one line of a tags mapping in an agent's file: a tag, and what
// it is read from: the name of a point, or a mapping.
type TagEntry struct {
	Tag    measure.Tag
	Source strict.Node
}

// RegisterPoint is a point with the function that reads it.
type RegisterPoint struct {
	Point
	Function uint8
}

// Resolve finds an instrument's tags among the points of its profile, and puts
// the instrument's parameters in.
func (profile *Profile) Resolve(tags []TagEntry, parameters strict.Node) (points []RegisterPoint) {
	given, complete := profile.parameters(parameters)
	for _, entry := range tags {
		name := entry.Source.Text()
		if name == "" {
			continue
		}
		point, ok := profile.Point(name)
		if !ok {
			entry.Source.Fault("profile %s has no point %q%s", profile.Name, name, strict.Meant(name, profile.pointNames()))
			continue
		}
		if !complete {
			continue
		}
		scale, layout, err := point.resolve(given)
		if err != nil {
			entry.Source.Fault("point %s: %v", name, err)
			continue
		}
		points = append(points, RegisterPoint{Point: Point{Tag: entry.Tag, Name: name, Address: point.Address, Scale: scale, Layout: layout}, Function: point.Function})
	}
	return points
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
		if value, ok := differenceIn(f[name].Needed(examples[i]), profile.Parameters[name], false); ok {
			given[name] = value
		}
	}
	return given, len(given) == len(names)
}
