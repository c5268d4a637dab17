package emissions

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure/strict"
)

// Library holds the factors and sets of potentials that are known.
type Library struct {
	sets map[string]*Set
	gwps map[string]*GWP
}

// ownSet is the name of the factors that an activity file states itself.
const ownSet = "own"

// OpenLibrary reads every factors/*.yaml and factors/gwp/*.yaml. It returns
// the faults of all files at once.
func OpenLibrary(files fs.FS) (*Library, error) {
	l := &Library{sets: map[string]*Set{}, gwps: map[string]*GWP{}}
	names, err := fs.Glob(files, "factors/*.yaml")
	if err != nil {
		return nil, err
	}
	more, err := fs.Glob(files, "factors/gwp/*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 || len(more) == 0 {
		return nil, errors.New("open factors: there are no files under factors and factors/gwp")
	}
	var faults []error
	for _, name := range append(names, more...) {
		data, err := fs.ReadFile(files, name)
		if err == nil {
			err = l.add(name, data, slices.Contains(more, name))
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return l, errors.Join(faults...)
}

func (l *Library) add(name string, data []byte, potentials bool) error {
	if potentials {
		g, err := ParseGWP(name, data)
		if err != nil {
			return err
		}
		if l.gwps[g.ID] != nil {
			return fmt.Errorf("%s: another file is the set %s already", name, g.ID)
		}
		l.gwps[g.ID] = g
		return nil
	}
	s, err := ParseFactors(name, data)
	if err != nil {
		return err
	}
	if l.sets[s.ID] != nil {
		return fmt.Errorf("%s: another file is the set %s already", name, s.ID)
	}
	l.sets[s.ID] = s
	return nil
}

// GWP returns a set of potentials by its name.
func (l *Library) GWP(id string) (*GWP, bool) {
	g, ok := l.gwps[id]
	return g, ok
}

// GWPNames returns the names of the sets of potentials, sorted.
func (l *Library) GWPNames() []string { return sorted(l.gwps) }

// Factor returns a factor by its name, "SET/ID".
func (l *Library) Factor(name string) (*Factor, bool) {
	set, id, _ := strings.Cut(name, "/")
	if s := l.sets[set]; s != nil {
		for _, f := range s.Factors {
			if f.ID == id {
				return f, true
			}
		}
	}
	return nil, false
}

// Names returns the names of all factors, sorted, or of those of some kinds.
func (l *Library) Names(kinds ...Kind) []string {
	var all []string
	for _, s := range l.sets {
		for _, f := range s.Factors {
			if len(kinds) == 0 || slices.Contains(kinds, f.Kind) {
				all = append(all, f.Name())
			}
		}
	}
	slices.Sort(all)
	return all
}

// with returns the library with the factors of an activity file in it.
func (l *Library) with(own []*Factor) *Library {
	sets := map[string]*Set{ownSet: {ID: ownSet, Factors: own}}
	for id, s := range l.sets {
		sets[id] = s
	}
	return &Library{sets: sets, gwps: l.gwps}
}

// readUse reads the name of a factor of one of some kinds.
func (l *Library) readUse(x strict.Node, kinds ...Kind) *Factor {
	name := x.Text()
	if name == "" {
		return nil
	}
	f, ok := l.Factor(name)
	switch {
	case !ok:
		x.Fault("there is no factor %q%s", name, strict.Meant(name, l.Names(kinds...)))
		return nil
	case !slices.Contains(kinds, f.Kind):
		x.Fault("%s is a factor of kind %s, not of %s", name, f.Kind, either(kinds))
		return nil
	}
	return f
}

func either(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, " or ")
}

func sorted[T any](of map[string]T) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
