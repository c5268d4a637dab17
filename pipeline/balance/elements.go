package balance

import "strings"

// Elements counts the atoms of a molecule.
type Elements struct{ C, H, O, N, S int }

// ElementsOf reads a formula such as CH4, H2S or C2H6. The lump that
// analysers call C2+ (or C2plus) counts as C2H4.
//
// Source: the lump is a convention of this project.
func ElementsOf(formula string) (Elements, bool) {
	if formula == "C2+" || formula == "C2plus" {
		formula = "C2H4"
	}
	if formula == "" || len(formula) > 12 {
		return Elements{}, false
	}
	var e Elements
	for i := 0; i < len(formula); {
		at := strings.IndexByte("CHONS", formula[i])
		if at < 0 {
			return Elements{}, false
		}
		i++
		n, digits := 0, i
		for ; i < len(formula) && formula[i] >= '0' && formula[i] <= '9'; i++ {
			n = 10*n + int(formula[i]-'0')
		}
		if i == digits {
			n = 1
		}
		if n == 0 || n > 99 {
			return Elements{}, false
		}
		*[]*int{&e.C, &e.H, &e.O, &e.N, &e.S}[at] += n
	}
	return e, true
}

// MolarMass returns the mass of the molecule.
//
//	M = Σ n_j A_j      [kg/kmol]
//
// Source: IUPAC abridged atomic masses C 12.011, H 1.008, O 15.999, N 14.007, S 32.06.
func (e Elements) MolarMass() float64 {
	m := float64(float64(e.C) * massC)
	m += float64(float64(e.H) * massH)
	m += float64(float64(e.O) * massO)
	m += float64(float64(e.N) * massN)
	return m + float64(float64(e.S)*massS)
}
