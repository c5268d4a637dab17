package carbon

import "slices"

// Method is one published rule at one edition, as its file under
// configs/methods states it. Files are added, never edited.
type Method struct {
	ID         string
	Name       string
	Edition    string
	Digest     string // sha256 of the file, hexadecimal
	CrossCheck bool   // a second opinion: it never issues units
	Blocked    bool   // its label may not be claimed

	Horizon          Factor // a: how long the carbon that counts has stayed
	GWP              GWP
	Temperature      string // the rule for soil temperatures, in words
	Rounding         string // the rule for rounding, in words
	EquationsBy      string // label of the equations
	EquationsFrom    string
	Factors          map[string]Factor // by the key of the file; shapes.go says which a method needs
	Tables           map[string]Table
	Groups           []Group
	EndUses          []string          // listed as durable
	EndUseAs         map[string]string // the method's own word for an end use, if it has one
	ExcludedFeed     map[string]string
	ConservativeZ    Factor
	ConservativeName string
}

// Factor is a number of a method with its label of confidence. A share, and
// any ratio, is a pure number.
type Factor struct {
	Value  float64
	Label  string
	Source string
}

// GWP is a set of global warming potentials over 100 years, pure numbers.
// MethaneFossil is 0 in a set that does not tell the two apart.
type GWP struct {
	Set                                  string
	Methane, MethaneFossil, NitrousOxide float64
	Label, Source                        string
}

// Table is a table of coefficients. The units of its columns are those of its layout.
type Table struct {
	Label  string
	Source string
	Rows   []Row
}

// Row is one row of a table; Name is empty in a table of numbers alone.
type Row struct {
	Name   string
	Values []float64
}

// Named returns the row of that name.
func (t Table) Named(name string) (Row, bool) {
	i := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Name == name })
	if i < 0 {
		return Row{}, false
	}
	return t.Rows[i], true
}

// Group is one symbol under which a method wants emissions.
type Group struct {
	Symbol   string
	Part     string // the sum it enters
	Required bool
	About    string
}
