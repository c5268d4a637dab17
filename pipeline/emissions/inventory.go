package emissions

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
)

// Activity is what a project did in a period, and what it claims beside its
// removals.
type Activity struct {
	Name          string
	Period        measure.Interval
	GWP           *GWP
	Entries       []Entry
	Destructions  []Destruction
	Displacements []Displacement
}

// Entry is one thing that was done: [Power], [Fuel], [Leg], [Stack], [Asset] or [Consumption].
type Entry interface {
	lines(w world) ([]Line, error)
}

// Inventory is the emissions of a project over a period, and beside them what
// it claims. Emissions, avoided emissions and substitutions have no sum.
type Inventory struct {
	Name          string
	Period        measure.Interval
	GWP           *GWP
	Lines         []Line
	Avoided       []AvoidedClaim
	Substitutions []SubstitutionClaim
	Files         []File   // of factors and potentials that were used
	Unmet         []string // what is not as it should be, and what to do
}

// File is a file of factors by its digest.
type File struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // sha256, hexadecimal
}

// Inventory works out every line: the same activity and files, the same
// milligrams on every CPU.
func (a Activity) Inventory() (Inventory, error) {
	if a.GWP == nil {
		return Inventory{}, fmt.Errorf("inventory %s: no set of potentials is named", a.Name)
	}
	w := world{a.Period, a.GWP}
	v := Inventory{Name: a.Name, Period: a.Period, GWP: a.GWP, Files: []File{{"gwp/" + a.GWP.ID, a.GWP.Digest}}}
	if !a.GWP.Valid.Covers(a.Period.From, a.Period.To) {
		v.Unmet = append(v.Unmet, fmt.Sprintf("gwp %s holds %s, not for all of the period: name another set", a.GWP.ID, a.GWP.Valid))
	}
	if len(a.Entries) == 0 {
		v.Unmet = append(v.Unmet, "no activity is stated, which is not none: list electricity, fuels, transport, stack and embodied")
	}
	for _, e := range a.Entries {
		lines, err := e.lines(w)
		if err != nil {
			return Inventory{}, fmt.Errorf("inventory %s: %w", a.Name, err)
		}
		for _, l := range lines {
			v.Lines = append(v.Lines, l)
			if l.Counted {
				v.unmet(l.Name, l.Remarks)
			}
		}
		v.use(factorsOf(e)...)
	}
	for _, d := range a.Destructions {
		c, err := d.claim(w)
		if err != nil {
			return Inventory{}, fmt.Errorf("inventory %s: %w", a.Name, err)
		}
		v.Avoided = append(v.Avoided, c)
	}
	for _, d := range a.Displacements {
		c, err := d.claim(w)
		if err != nil {
			return Inventory{}, fmt.Errorf("inventory %s: %w", a.Name, err)
		}
		v.Substitutions = append(v.Substitutions, c)
		v.use(d.Instead)
	}
	return v, nil
}

// Ledgers returns what is claimed, each ledger added to itself. An inventory
// has no removals.
func (v Inventory) Ledgers() (l measure.Ledgers) {
	for _, c := range v.Avoided {
		l.Avoided = l.Avoided.Add(c.Amount)
	}
	for _, c := range v.Substitutions {
		l.Substitution = l.Substitution.Add(c.Amount)
	}
	return l
}

func (v *Inventory) unmet(name string, remarks []string) {
	for _, r := range remarks {
		if text := name + ": " + r; !slices.Contains(v.Unmet, text) {
			v.Unmet = append(v.Unmet, text)
		}
	}
}

func (v *Inventory) use(factors ...*Factor) {
	for _, f := range factors {
		if f != nil && !slices.Contains(v.Files, File{f.Set, f.Digest}) {
			v.Files = append(v.Files, File{f.Set, f.Digest})
		}
	}
}

func factorsOf(e Entry) []*Factor {
	switch e := e.(type) {
	case Power:
		all := []*Factor{e.Location, e.Residual}
		for _, c := range e.Contracts {
			all = append(all, c.Factor)
		}
		return all
	case Fuel:
		return []*Factor{e.Factor}
	case Leg:
		return []*Factor{e.Factor}
	case Asset:
		return []*Factor{e.Factor}
	case Consumption:
		return []*Factor{e.Factor}
	}
	return nil
}

// counted returns the lines that count.
func (v Inventory) counted() (all []Line) {
	for _, l := range v.Lines {
		if l.Counted {
			all = append(all, l)
		}
	}
	return all
}

// Sum is emissions of one group or scope.
type Sum struct {
	Name string
	CO2e measure.CO2e
}

// Groups returns the emissions of each group of the method, in the order in
// which the lines name them.
func (v Inventory) Groups() []Sum {
	return v.sums(func(l Line) string { return l.Group })
}

// Scopes returns the emissions of scope 1, 2 and 3, as far as there are any.
func (v Inventory) Scopes() []Sum {
	all := v.sums(func(l Line) string { return fmt.Sprintf("scope %d", l.Scope) })
	slices.SortStableFunc(all, func(a, b Sum) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) })
	return all
}

func (v Inventory) sums(of func(Line) string) []Sum {
	var all []Sum
	for _, l := range v.counted() {
		name := of(l)
		i := slices.IndexFunc(all, func(s Sum) bool { return s.Name == name })
		if i < 0 {
			i, all = len(all), append(all, Sum{Name: name})
		}
		all[i].CO2e += l.CO2e
	}
	return all
}

// Portfolio returns the mass of each gas, as registries ask for it that have
// each compensated by its own means. Biogenic CO2 is in it under its own name.
//
// Source: Global Biochar C-Sink 3.3, emission portfolio (secondary).
func (v Inventory) Portfolio() []GasMass {
	sums := map[Gas]*GasMass{}
	add := func(m GasMass) {
		if sums[m.Gas] == nil {
			sums[m.Gas] = &GasMass{Gas: m.Gas}
		}
		sums[m.Gas].Mass += m.Mass
		sums[m.Gas].CO2e += m.CO2e
	}
	for _, l := range v.counted() {
		for _, m := range l.Gases {
			add(m)
		}
		if l.BiogenicCO2 != nil {
			add(GasMass{Gas: CO2Biogenic, Mass: *l.BiogenicCO2})
		}
	}
	var all []GasMass
	for _, k := range gasKeys {
		if m := sums[k.gas]; m != nil {
			all = append(all, *m)
		}
	}
	return all
}
