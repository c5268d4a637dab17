package balance

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1e-3, math.Abs(want)) {
		t.Errorf("%s: %.13g, want %.13g", what, got, want)
	}
}

func shares(t *testing.T, y map[string]float64) []Share {
	t.Helper()
	var all []Share
	for _, name := range SpeciesNames() {
		if v, ok := y[name]; ok {
			s, _ := SpeciesByName(name)
			all = append(all, Share{s, v})
		}
	}
	if len(all) != len(y) {
		t.Fatalf("a gas of %v is not known", y)
	}
	return all
}

// Vectors molar_volume and gas_carbon_energy.
func TestGasCarbonAndEnergy(t *testing.T) {
	near(t, "molar volume", MolarVolume, 22.4139695446)
	g := Gas(50, shares(t, map[string]float64{"H2": .20, "CO": .25, "CO2": .20, "CH4": .12, "C2H4": .03, "N2": .20}))
	near(t, "kmol/h", g.Kilomoles, 2.230751670315)
	near(t, "kg C/h", g.Carbon, 16.87994173665)
	near(t, "kg/h", g.Mass, 54.82536226146)
	near(t, "HHV MJ/m3", g.HHV/50, 12.36383405664)
	near(t, "LHV MJ/m3", g.LHV/50, 11.38205347751)
	near(t, "density CH4", Gas(1, shares(t, map[string]float64{"CH4": 1})).Mass, 0.7157589809372)
	near(t, "density CO2", Gas(1, shares(t, map[string]float64{"CO2": 1})).Mass, 1.963463005178)
}

// Vectors flue_gas_carbon_small, from its dry normal volume on, and tool08_option_a.
func TestCarbonOfThinGas(t *testing.T) {
	flue := shares(t, map[string]float64{"CO2": .12, "CO": 200e-6, "CH4": 5e-6})
	near(t, "flue gas kg C/h", Gas(328.1570939745, flue).Carbon, 21.13804019364)
	near(t, "landfill gas kg CH4/h", Gas(120, shares(t, map[string]float64{"CH4": .5})).Mass, 42.94553885623)
}

// Vectors dry_feed_uncertainty and ash_recovery.
func TestBases(t *testing.T) {
	near(t, "dry", Dry(100, .12), 88)
	near(t, "u(dry)", DryUncertainty(100, .5, .12, .005), 0.6660330322139)
	for _, c := range []struct {
		ash, want float64
		flag      bool
	}{{.044, 1.026666666667, false}, {.06, 1.4, true}} {
		got, flag := AshRecovery(100, .012, 28, c.ash)
		near(t, "ash recovery", got, c.want)
		if flag != c.flag {
			t.Errorf("ash recovery %v: flagged %v", got, flag)
		}
	}
}

// Vectors slow_pyrolysis_closure and htl_closure_er.
func TestClosures(t *testing.T) {
	k, ok := Budget{In: 100, Out: 38 + 29.5 + 29}.Closure()
	near(t, "mass", k, .965)
	gas := 0.31*12.011/28.010 + 0.60*12.011/44.009 + 0.06*12.011/16.043 + 0.03*24.022/28.054
	near(t, "gas carbon", gas, 0.3672931632618)
	k, _ = Budget{In: 50.2, Out: 38*.37 + 29.5*.815 + 29*gas}.Closure()
	near(t, "carbon", k, .9711952536771)
	k, _ = Budget{In: 4.2, Out: 2.384 + .312 + .4093821718285 + 1.176}.Closure()
	near(t, "htl carbon", k, 1.019376707578)
	if _, nothing := (Budget{Out: 1}).Closure(); nothing || !ok {
		t.Error("a closure without anything in")
	}
}

func TestTwiceTheGasIsTwiceTheCarbon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(0, 1000).Draw(t, "volume")
		y := []Share{{gases[3], .6}, {gases[2], .4}}
		one, two := Gas(v, y), Gas(2*v, y)
		if math.Abs(two.Carbon-2*one.Carbon) > 1e-12*two.Carbon || math.Abs(two.HHV-2*one.HHV) > 1e-12*two.HHV {
			t.Fatal("twice the gas is not twice the carbon")
		}
	})
}
