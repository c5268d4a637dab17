package emissions

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/carbon"
)

// GWP is a published set of global warming potentials: kg of CO2e a kg of gas.
// Sets are added, never edited.
type GWP struct {
	ID      string
	Name    string
	Source  string
	Horizon int // a
	Valid   Validity
	Digest  string // sha256 of the file, hexadecimal

	CH4Fossil, CH4Biogenic, N2O Potential

	CH4 *Potential // of untold origin; nil: the larger of the two stands in
}

// Potential is one number of a set.
type Potential struct {
	Value  float64
	Label  string
	Source string
}

// Of returns the potential of a gas. CO2 of biomass has none: it is reported
// apart. What is CO2e already counts as it is.
func (g *GWP) Of(gas Gas) float64 {
	switch gas {
	case CO2Fossil, Unsplit:
		return 1
	case CH4Fossil:
		return g.CH4Fossil.Value
	case CH4Biogenic:
		return g.CH4Biogenic.Value
	case CH4:
		return g.untold().Value
	case N2O:
		return g.N2O.Value
	}
	return 0
}

// untold is the potential of methane of which nobody says where it comes from.
func (g *GWP) untold() Potential {
	switch {
	case g.CH4 != nil:
		return *g.CH4
	case g.CH4Biogenic.Value > g.CH4Fossil.Value:
		return g.CH4Biogenic
	}
	return g.CH4Fossil
}

// label returns the weakest label of the potentials that some gases need.
func (g *GWP) label(gases []GasMass) string {
	labels := []string{"primary"}
	for _, m := range gases {
		switch m.Gas {
		case CH4Fossil:
			labels = append(labels, g.CH4Fossil.Label)
		case CH4Biogenic:
			labels = append(labels, g.CH4Biogenic.Label)
		case CH4:
			labels = append(labels, g.untold().Label)
		case N2O:
			labels = append(labels, g.N2O.Label)
		}
	}
	return carbon.Weakest(labels...)
}

// Validity is when something holds: from an instant on, up to another if there
// is one.
type Validity struct {
	From, To time.Time // zero: open
}

// Covers tells whether all of a period lies in it.
func (v Validity) Covers(from, to time.Time) bool {
	return !from.Before(v.From) && (v.To.IsZero() || !to.After(v.To))
}

// String prints "from 2021-01-01 to 2024-01-01", the end being the first day
// on which it does not hold.
func (v Validity) String() string {
	var words []string
	if !v.From.IsZero() {
		words = append(words, "from "+v.From.Format(time.DateOnly))
	}
	if !v.To.IsZero() {
		words = append(words, "to "+v.To.Format(time.DateOnly))
	}
	return strings.Join(words, " ")
}

func readValidity(x strict.Node) (v Validity) {
	if !x.Present() {
		return v
	}
	f := x.Fields("from", "to")
	if !f["from"].Present() && !f["to"].Present() {
		x.Fault("gives neither from nor to; leave it out if its source states no limits")
	}
	v.From, v.To = f["from"].Instant(), f["to"].Instant()
	if !v.To.IsZero() && !v.From.Before(v.To) {
		x.Fault("ends at %s, before it begins", f["to"].Text())
	}
	return v
}

// ParseGWP reads a set of warming potentials, as under configs/factors/gwp;
// file is its name, for errors. All faults come at once, each with its place.
//
//	gwp: ar5
//	name: IPCC Fifth Assessment Report
//	source: "AR5 WG1, Table 8.7"
//	horizon: 100 a
//	valid: { from: 2025-06-12T00:00:00Z }   # and to; of the IPCC none is stated
//	ch4_fossil: { value: 30, label: secondary, source: "..." }     # so ch4_biogenic, n2o, and ch4: of untold origin, if the source has it
func ParseGWP(file string, data []byte) (*GWP, error) {
	d, root := strict.Open(file, data)
	f := root.Fields("gwp", "name", "source", "horizon", "valid", "ch4_fossil", "ch4_biogenic", "ch4", "n2o")
	root.Need(f, "gwp", "name", "source", "horizon", "ch4_fossil", "ch4_biogenic", "n2o")
	sum := sha256.Sum256(data)
	g := &GWP{
		ID: readName(f["gwp"]), Name: f["name"].Text(), Source: f["source"].Text(), Valid: readValidity(f["valid"]), Digest: hex.EncodeToString(sum[:]),
		CH4Fossil: readPotential(f["ch4_fossil"]), CH4Biogenic: readPotential(f["ch4_biogenic"]), N2O: readPotential(f["n2o"]),
	}
	if f["ch4"].Present() {
		untold := readPotential(f["ch4"])
		g.CH4 = &untold
	}
	if years, ok := f["horizon"].In(year); ok {
		if g.Horizon = int(years); years != float64(g.Horizon) || g.Horizon < 1 {
			f["horizon"].Fault("%s is no whole number of years", f["horizon"].Text())
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return g, nil
}

// readName reads the name of a set or factor: lower-case letters, digits, '_',
// '-' and '.', as in csi-3.3.
func readName(x strict.Node) string {
	s := x.Text()
	if s == "" {
		return ""
	}
	if plain := strings.ReplaceAll(s, ".", ""); plain == "" || s[0] == '.' {
		x.Fault("%q is no name: begin with a letter or digit", s)
	} else if _, err := measure.ParseName("name", plain); err != nil {
		x.Fault("%q: lower-case letters, digits, '_', '-' and '.' only, at most 60", s)
	}
	return s
}

func readPotential(x strict.Node) Potential {
	f := x.Fields("value", "label", "source")
	x.Need(f, "value", "label", "source")
	p := Potential{Label: readLabel(f["label"]), Source: f["source"].Text()}
	if v, ok := f["value"].In(one); ok {
		if p.Value = v; v < 1 {
			f["value"].Fault("%s is below 1: these gases warm more than CO2", f["value"].Text())
		}
	}
	return p
}

func readLabel(x strict.Node) string {
	return x.Choice("primary", "secondary", "reproduced", "computed", "unverified")
}
