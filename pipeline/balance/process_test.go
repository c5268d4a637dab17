package balance

import (
	"math"
	"testing"

	"github.com/nielu/nielu/measure/elementary"
	"pgregory.net/rapid"
)

func TestHeatingValuesOfPublishedFuels(t *testing.T) {
	coal := Analysis{C: 71.6, H: 5.4, O: 9.3, N: 1.6, S: 1.6, Ash: 10.5}
	near(t, "coal, Channiwala-Parikh", coal.ChanniwalaParikh(), 30.31185)
	near(t, "coal, lower", LHVDry(coal.ChanniwalaParikh(), coal.H), 29.133477552)
	if !coal.InRange() || (Analysis{C: 95}).InRange() {
		t.Error("the range of Channiwala & Parikh")
	}
}

// Carbon belongs to dry biocrude: multiplying the wet mass finds carbon in water.
func TestBiocrudeCarbonIsDry(t *testing.T) {
	s := Slurry{Dry: 50, Protein: .25, Lipid: .1, Carbohydrate: .4, Ash: .25, Carbon: .4, Hydrogen: .055, Nitrogen: .04, Oxygen: .28, BiocrudeMoisture: .044}
	r := s.Additivity()
	near(t, "carbon", r.BiocrudeCarbon, 9.921983807143)
	wet := s
	wet.BiocrudeMoisture = 0.063
	if w := wet.Additivity(); w.BiocrudeCarbon != r.BiocrudeCarbon || !(w.WetBiocrude > r.WetBiocrude) {
		t.Error("water in the biocrude changes its carbon")
	}
	near(t, "wet and dry again", Dry(r.WetBiocrude, .044), r.Biocrude)
	rapid.Check(t, func(t *rapid.T) {
		s.Protein, s.Lipid, s.Carbohydrate = rapid.Float64Range(0, 1).Draw(t, "p"), rapid.Float64Range(0, 1).Draw(t, "l"), rapid.Float64Range(0, 1).Draw(t, "c")
		r := s.Additivity()
		if sum, want := r.Biocrude+r.Hydrochar+r.Aqueous+r.Gas, 50*(s.Protein+s.Lipid+s.Carbohydrate); math.Abs(sum-want) > 1e-9*(1+want) {
			t.Fatalf("products %v of %v", sum, want)
		}
	})
}

// Whole masses of atoms, as the model was printed, give the biocrude carbon
// that the aqueous phase has.
func TestAtomsHaveTheirMasses(t *testing.T) {
	s := Slurry{Dry: 50, Protein: .25, Lipid: .1, Carbohydrate: .4, Ash: .25, Carbon: .4, Hydrogen: .055, Nitrogen: .04, Oxygen: .28}
	printed, exact := s.Additivity(), s.Exact()
	near(t, "printed", printed.AqueousCarbonByDifference, 2.6447434655844155)
	near(t, "oxidation state", exact.OxidationState, -0.33012712221933516) // (3 0.04/14.007 + 2 0.28/15.999 - 0.055/1.008) / (0.4/12.011)
	near(t, "exact", exact.AqueousCarbonByDifference, 2.65774304587898)
	if less := 1 - exact.BiocrudeCarbonShare/printed.BiocrudeCarbonShare; less < .0014 || less > .0019 {
		t.Errorf("the biocrude's share is less by %v of itself", less)
	}
}

// The oxygen that was measured comes out again, whatever gas is burnt.
func TestFlareReturnsItsOxygen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var gas []Share
		for _, name := range []string{"CH4", "CO2", "N2", "CO", "H2", "O2", "C2H6"} {
			s, _ := SpeciesByName(name)
			gas = append(gas, Share{s, 0.01 + rapid.Float64Range(0, 0.13).Draw(t, name)})
		}
		gas[0].Value += 0.2
		o2 := rapid.Float64Range(0, 0.2).Draw(t, "oxygen")
		m, err := Tool06V2().Minute(1, gas, o2, 20)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(m.CheckOxygen-o2) > 1e-9 {
			t.Fatalf("%v became %v", o2, m.CheckOxygen)
		}
	})
}

// The tool prints its gas constant a factor of 10⁶ too small; that makes a
// density 10⁶ too large and is refused.
func TestGasConstantHasItsMagnitude(t *testing.T) {
	tool := Tool06V2()
	ch4, _ := SpeciesByName("CH4")
	gas := []Share{{ch4, 0.5}}
	if _, err := tool.Minute(1, gas, 0.06, 20); err != nil {
		t.Fatal(err)
	}
	tool.R = 0.008314472
	if _, err := tool.Minute(1, gas, 0.06, 20); err == nil {
		t.Error("a gas constant of 0.008314472 passes")
	}
}

// 16/12 of integers is 1.
func TestMethaneOfCarbon(t *testing.T) {
	d := Deposit{Mass: 1000, DOC: .15, DOCf: .5, MCF: 1, F: .5, K: .185, OX: .1}
	carbon, methane := d.Degradable()
	near(t, "carbon", carbon, 75)
	near(t, "methane", methane, 50)
	near(t, "fifth year", d.Year(5).Generated, 4.029124822302)
	var sum float64
	for n := 1; n <= 400; n++ {
		sum += d.Year(n).Generated
	}
	near(t, "all years", sum, methane)
}

func TestOxidationIsNeverNegative(t *testing.T) {
	x, o := OxidationByRatio(50, 50, 30, 20)
	near(t, "x", x, -10)
	if o.Efficiency != 0 || math.Abs(o.Raw+0.2) > 1e-12 || !o.Negative {
		t.Errorf("%+v", o)
	}
	for _, c := range []struct{ flux, want float64 }{{9.99, .35}, {10, .25}, {70, .25}, {70.01, .10}} {
		if got := Part98Oxidation(c.flux); got != c.want {
			t.Errorf("flux %v: %v, want %v", c.flux, got, c.want)
		}
	}
}

func TestSteadyStateOfNothingThatVaries(t *testing.T) {
	if _, _, _, ok := SteadyState([]float64{3, 3, 3}); ok {
		t.Error("a frozen value has a ratio")
	}
}

func TestControlOfAnAnalyser(t *testing.T) {
	d := []float64{.5, 1.5, 2.5, 1, 3, 2.8, 3.5, 2.2}
	up := QAL3(2).Run(d)
	near(t, "sixth", up[5].Positive, 5.79)
	if up[4].Drift || !up[5].Drift {
		t.Error("drift begins at the sixth reading")
	}
	for i := range d {
		d[i] = -d[i]
	}
	for i, p := range QAL3(2).Run(d) {
		if p.Negative != up[i].Positive || p.Drift != up[i].Drift || p.Spread != up[i].Spread {
			t.Errorf("reading %d: %+v is not the mirror of %+v", i, p, up[i])
		}
	}
}

func TestSubstitutesAreConservative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 100), 2, 30).Draw(t, "x")
		emission, removal := Substitute(x)
		if mean := elementary.Mean(x); emission < mean || removal > mean {
			t.Fatalf("%v: %v and %v", mean, emission, removal)
		}
	})
}

func TestMolecules(t *testing.T) {
	for name, want := range map[string]Elements{"CH4": {C: 1, H: 4}, "C2+": {C: 2, H: 4}, "H2S": {H: 2, S: 1}, "C3H8": {C: 3, H: 8}, "CO2": {C: 1, O: 2}} {
		if got, ok := ElementsOf(name); !ok || got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, name := range []string{"", "X", "C0", "ch4", "4C", "C999", "CHHHHHHHHHHHHHHHHHH"} {
		if got, ok := ElementsOf(name); ok {
			t.Errorf("%q is %+v", name, got)
		}
	}
	for _, name := range SpeciesNames() {
		s, _ := SpeciesByName(name)
		if e, ok := ElementsOf(name); ok && math.Abs(e.MolarMass()-s.MolarMass) > 1e-9 {
			t.Errorf("%s: %v and %v kg/kmol", name, e.MolarMass(), s.MolarMass)
		}
	}
}
