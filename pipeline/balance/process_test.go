package balance

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestHeatingValuesOfPublishedFuels(t *testing.T) {
	coal := Analysis{C: 71.6, H: 5.4, O: 9.3, N: 1.6, S: 1.6, Ash: 10.5}
	near(t, "coal, Channiwala-Parikh", coal.ChanniwalaParikh(), 30.31185)
	near(t, "coal, modified Dulong", coal.ModifiedDulong(), 30403.95)
	near(t, "coal, lower", LHVDry(coal.ChanniwalaParikh(), coal.H), 29.133477552)
	blend := Analysis{C: 49.52, H: 5.28, O: 38.35, N: 0.15, S: 0.02, Ash: 0.64}.Dry(0.0604)
	near(t, "wood blend", blend.ChanniwalaParikh(), 20.7851287782)
	near(t, "wood blend as received", LHVAsReceived(LHVDry(blend.ChanniwalaParikh(), blend.H), 0.0604), 18.2300238064)
	if !coal.InRange() || (Analysis{C: 95}).InRange() {
		t.Error("the range of Channiwala & Parikh")
	}
}

// The energy of the plant closes whatever it is made of, power from outside included.
func TestHeatPowerCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := func(name string) float64 { return rapid.Float64Range(0, 1).Draw(t, name) }
		p := HeatPower{FeedLHV: 10 + 10*share("feed"), CharLHV: 30 * share("char"), DriedMoisture: 0.3 * share("dried"), DryingHeat: 3 * share("drying"),
			DryingRecovery: share("recovery"), CharYield: 0.1 + 0.4*share("yield"), HeatEfficiency: share("heat"), PowerToHeat: 0.3 * share("power"), ElectricityIn: share("in")}
		p.Moisture = p.DriedMoisture + 0.4*share("wet")
		if r := p.Run(); math.Abs(r.In-r.Out) > 1e-9*(1+r.In) {
			t.Fatalf("%v in, %v out", r.In, r.Out)
		}
	})
}

func TestWoolfTakesCelsius(t *testing.T) {
	free, y, c := WoolfYield(500, 0.07, 0.118)
	near(t, "ash-free yield", free, 0.2313086511929)
	near(t, "yield", y, 0.2851170456094)
	near(t, "carbon", c, 0.616672300964)
	// Char never weighs less than the ash that went in.
	if _, y, c := WoolfYield(500, 0.39, 0.1); y < 0.39 || !(c > 0 && c < 1-0.39/y) {
		t.Errorf("manure: char %v with carbon %v", y, c)
	}
	if YieldsAddUp(1.449, 0.02) || !YieldsAddUp(0.99, 0.02) {
		t.Error("yields that add up to 1.449 pass")
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
			s, _, _ := SpeciesOf(name)
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
	if _, err := MolarVolumeAt(8314.46, 273.15, 101325); err == nil {
		t.Error("a gas constant per kilomole passes as one per mole")
	}
}

// 1/2 of integers is 0, and 16/12 is 1.
func TestHalvesAreHalves(t *testing.T) {
	near(t, "efficiency", CalculatedEfficiency(0.02, 0.04), 0.97)
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

func TestCounters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 64).Draw(t, "bits")
		mask := ^uint64(0) >> (64 - bits)
		prev, went := rapid.Uint64().Draw(t, "prev")&mask, rapid.Uint64().Draw(t, "went")&mask
		delta, event, err := BinaryCounter(prev, (prev+went)&mask, bits, math.Inf(1))
		if err != nil || delta != went || event == CounterReset || (event == CounterRollover) != ((prev+went)&mask < prev) {
			t.Fatalf("%d went %d: %d %s %v", prev, went, delta, event, err)
		}
	})
	if _, event, _ := BinaryCounter(5000, 12, 32, 33); event != CounterReset {
		t.Errorf("a reset is taken for a %s", event)
	}
	if _, event, _ := DecimalCounter(5, 6, 1000, math.NaN()); event != CounterReset {
		t.Errorf("an unknown limit lets everything pass: %s", event)
	}
}

func TestMeansOverTime(t *testing.T) {
	times, q := []float64{0, 120, 180, 240}, []float64{6, 12, 3, 9}
	stepped, err := SteppedMean(times, q)
	sloped, err2 := SlopedMean(times, q)
	if err != nil || err2 != nil || stepped != 6.75 || sloped != 7.875 {
		t.Errorf("%v %v %v %v", stepped, sloped, err, err2)
	}
	if _, err := SteppedMean([]float64{0, 0}, []float64{1, 2}); err == nil {
		t.Error("two values at one time have a mean over time")
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 2, 30).Draw(t, "x")
		even := make([]float64, len(x))
		for i := range even {
			even[i] = float64(10 * i)
		}
		got, err := SteppedMean(even, x)
		if want := PlainMean(x[:len(x)-1]); err != nil || math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestSpikesAreFoundAndNothingIsChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(10, 10.5), 9, 40).Draw(t, "x")
		at := rapid.IntRange(0, len(x)-1).Draw(t, "at")
		x[at] = 1000
		before := slices.Clone(x)
		points := Hampel(x, 4, 3, 1.4826)
		if !points[at].Spike || !slices.Equal(x, before) {
			t.Fatalf("%+v", points[at])
		}
	})
}

func TestFlatlineIsOfValuesAlike(t *testing.T) {
	got := Flatline([]float64{5.01, 5.02, 5.02, 5.02, 5.02, 5.02, 5.03}, 5, .005)
	if !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Errorf("%v", got)
	}
	ramp := make([]float64, 50)
	for i := range ramp {
		ramp[i] = 0.004 * float64(i)
	}
	if got := Flatline(ramp, 5, .005); len(got) != 0 {
		t.Errorf("a slow ramp is flat at %v", got)
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

// What is random in each value fades in a total, what all share does not.
func TestSharedUncertaintyStays(t *testing.T) {
	_, _, u := TotalUncertainty(12, 80, .02, .01)
	near(t, "u", u, 11.08512516844)
	_, shared, many := TotalUncertainty(1e6, 80, .02, .01)
	if rel := many / 80e6; rel < .01 || rel > .010001 {
		t.Errorf("a million values: %v, of which %v shared", many, shared)
	}
}

func TestCustodyRefusesAnOverdraft(t *testing.T) {
	if closing, ok := (Custody{2, []float64{10}, .8, []float64{6, 5}}).Close(); ok || closing != -1 {
		t.Errorf("%v %v", closing, ok)
	}
	if closing, ok := (Custody{.1, []float64{.2}, 1, []float64{.3}}).Close(); !ok || closing != 0 {
		t.Errorf("0.1 + 0.2 - 0.3 is overdrawn by %v", closing)
	}
	share, claimable := RollingShare(48, 160, 120)
	near(t, "share", share, .3)
	near(t, "claimable", claimable, 36)
}

func TestCostsAreDividedWithoutRest(t *testing.T) {
	share, product, loss := FlowCost{2400, 600, 900, 90}.Split(400, 320)
	if share != .8 || product != 3120 || loss != 870 {
		t.Errorf("%v %v %v", share, product, loss)
	}
}

func TestSubstitutesAreConservative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 100), 2, 30).Draw(t, "x")
		emission, removal := Substitute(x)
		if mean := PlainMean(x); emission < mean || removal > mean {
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
