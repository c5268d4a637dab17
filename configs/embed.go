// Package configs carries the data that nielu knows its instruments, plants
// and methods by. It is data, not code: every file is YAML that a person can
// review, and each room that reads a kind of file has its own strict parser.
//
//	profiles/  one file a model of instrument: its register map; beside it a
//	           dump: words as an instrument sends them, readings expected
//	plants/    one file a plant: its tags, flowsheet and energy streams
//	methods/   one file an edition of a quantification method
//	factors/   emission factors; gwp/ sets of global warming potentials
//	examples/  complete configurations to start from
package configs

import (
	"embed"
	"strings"
)

// Profiles holds profiles/NAME.yaml and profiles/NAME.dump.yaml.
//
//go:embed profiles
var Profiles embed.FS

// Plants holds plants/NAME.yaml.
//
//go:embed plants
var Plants embed.FS

// Methods holds methods/NAME.yaml.
//
//go:embed methods
var Methods embed.FS

// Factors holds factors/NAME.yaml and factors/gwp/NAME.yaml.
//
//go:embed factors
var Factors embed.FS

// Examples holds examples/....
//
//go:embed examples
var Examples embed.FS

// Profile returns the bytes of the embedded profile of that name, as in
// "eastron-sdm630".
func Profile(name string) ([]byte, error) {
	return Profiles.ReadFile("profiles/" + name + ".yaml")
}

// ProfileNames returns the names of the embedded profiles, sorted.
func ProfileNames() []string {
	entries, err := Profiles.ReadDir("profiles")
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		name, isYAML := strings.CutSuffix(entry.Name(), ".yaml")
		if isYAML && !strings.HasSuffix(name, ".dump") {
			names = append(names, name)
		}
	}
	return names
}
