package measure

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Factors: SI Brochure, 9th edition; NIST Special Publication 811, Appendix B.
func TestUnitConversions(t *testing.T) {
	for _, c := range []struct {
		value float64
		from  string
		want  float64
		to    string
	}{
		{1, "t", 1000, "kg"}, {1, "kg", 1e6, "mg"}, {1, "kW.h", 3.6, "MJ"}, {1, "kWh", 3.6, "MJ"},
		{1, "kW.h", 1, "kWh"}, {3600, "kg/h", 1, "kg/s"}, {1, "bar", 100, "kPa"}, {1, "bar", 1000, "mbar"},
		{1, "[lb_av]", 0.45359237, "kg"}, {1, "[ston_av]", 907.18474, "kg"}, {1, "[lton_av]", 1016.0469088, "kg"},
		{1, "k[lb_av]/h", 453.59237, "kg/h"}, {1, "[psi]", 6894.757293168361, "Pa"},
		{1, "[in_i'Hg]", 3386.3788, "Pa"}, {1, "m[H2O]", 9806.65, "Pa"}, {1, "mm[H2O]", 9.80665, "Pa"},
		{1, "[gal_us]", 3.785411784, "L"}, {1, "[ft_i]", 0.3048, "m"}, {12, "[in_i]", 1, "[ft_i]"},
		{1, "[Btu_IT]", 1055.05585262, "J"}, {1, "[Btu_IT]/[lb_av]", 2326, "J/kg"},
		{0, "Cel", 273.15, "K"}, {100, "Cel", 212, "[degF]"}, {-40, "[degF]", -40, "Cel"}, {32, "[degF]", 0, "Cel"},
		{180, "deg", math.Pi, "rad"}, {44, "%", 0.44, "1"}, {1, "%", 10000, "[ppm]"}, {5000, "[ppm]", 0.5, "%"},
		{1, "a", 365.25, "d"}, {1, "L{N}/min", 0.06, "m3{N}/h"}, {1000, "L", 1, "m3"}, {1, "g/(m2.d)", 1e-3, "kg/m2/d"},
		{2, "bar{g}", 2000, "mbar{g}"}, {1, "t.km", 1e6, "kg.m"}, {1, "kvar", 1000, "var"}, {1, "kVA.h", 3.6e6, "VA.s"},
		{1, "m3{N}/h", 1, "m3{N}.h-1"}, {1, "har", 10000, "m2"}, {50, "Hz", 50, "/s"}, {1, "MJ/kg{HHV}", 1000, "kJ/kg{HHV}"},
		{1, "(t.km).(g/(t.km))", 1e-3, "kg"}, {3, "GJ{LHV}.(kg/GJ{LHV})", 3, "kg"}, {1, "mS/cm", 0.1, "S/m"},
	} {
		from, err := ParseUnit(c.from)
		if err != nil {
			t.Errorf("%s: %v", c.from, err)
			continue
		}
		conversion, err := from.To(MustUnit(c.to))
		if err != nil {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
			continue
		}
		if got := conversion.Apply(c.value); math.Abs(got-c.want) > 1e-12*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%v %s = %v %s, want %v", c.value, c.from, got, c.to, c.want)
		}
	}
}

func TestUnitRefusesTheAmbiguous(t *testing.T) {
	for code, suggestion := range map[string]string{
		"ton": "[ston_av]", "TPH": "t/h", "klb/hr": "k[lb_av]/h", "m³": "m3", "°C": "Cel", "degC": "Cel",
		"Nm3": "m3{N}", "Nm3/h": "m3{N}/h", "kg / h": "no spaces", "kg/hr": "write h", "lb/min": "[lb_av]",
		"psig": "[psi]{g}", "barg": "bar{g}", "ppm": "[ppm]", "µg": "prefix micro is u", "W·h": "'.'", "m^3": "follows at once",
		"Kwh": "case matters", "mt": "", "ft/s": "[ft_i]", "BTU": "[Btu_IT]", "MMscf": "", "": "write 1",
		"Cel/m": "write K", "W/Cel": "write K", "Cel2": "write K", "kCel": "", "m3{N": "closed", "m3{}": "braces",
		"(m": "not closed", "m)": "unexpected", "m//s": "where a unit", "m10": "exponent", "2m": "where a unit", "1000kg": "no number but 1",
		"m9.m9.m9": "exponent beyond",
	} {
		_, err := ParseUnit(code)
		if err == nil {
			t.Errorf("%q was accepted", code)
		} else if !strings.Contains(err.Error(), suggestion) {
			t.Errorf("%q: %v: does not say %q", code, err, suggestion)
		}
	}
}

func TestUnitRefusesToConvert(t *testing.T) {
	for _, c := range [][3]string{
		{"m3", "m3{N}", "pressure, temperature"}, {"m3{N}", "m3{S15}", "reference state"}, {"bar{g}", "bar", "pressure of the air"},
		{"MJ/kg{HHV}", "MJ/kg{LHV}", "basis"}, {"%{wet}", "%", "braces"}, {"kg", "L", "a mass is not a volume"},
		{"VA", "W", "apparent"}, {"kg/h", "kg", "a mass flow is not a mass"}, {"m3{N}/h", "h/m3{N}", "is not"},
		{"kg/m3{N}", "kg.m-3", "per {N}"},
	} {
		_, err := MustUnit(c[0]).To(MustUnit(c[1]))
		if err == nil {
			t.Errorf("%s to %s was accepted", c[0], c[1])
		} else if !strings.Contains(err.Error(), c[2]) || !strings.Contains(err.Error(), c[0]) {
			t.Errorf("%s to %s: %v: does not say %q", c[0], c[1], err, c[2])
		}
	}
}

func TestQuantityThereAndBack(t *testing.T) {
	codes := []string{"1", "kg", "m3{N}/h", "%", "Cel", "g/(m2.d)", "[in_i'Hg]", "k[lb_av]/h"}
	rapid.Check(t, func(t *rapid.T) {
		q := Quantity{rapid.Float64Range(-1e18, 1e18).Draw(t, "value"), MustUnit(rapid.SampledFrom(codes).Draw(t, "unit"))}
		back, err := ParseQuantity(q.String())
		if err != nil || back != q {
			t.Fatalf("%s reads back as %s: %v", q, back, err)
		}
	})
}

func TestConversionThereAndBack(t *testing.T) {
	groups := [][]string{{"kg", "g", "t", "[lb_av]", "[ston_av]"}, {"Cel", "K", "[degF]"}, {"kW.h", "MJ", "[Btu_IT]"}, {"bar", "Pa", "[psi]", "m[H2O]"}}
	rapid.Check(t, func(t *rapid.T) {
		group := rapid.SampledFrom(groups).Draw(t, "kind")
		a, b := MustUnit(rapid.SampledFrom(group).Draw(t, "from")), MustUnit(rapid.SampledFrom(group).Draw(t, "to"))
		there, err1 := a.To(b)
		back, err2 := b.To(a)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		v := rapid.Float64Range(-1e6, 1e6).Draw(t, "value")
		if got := back.Apply(there.Apply(v)); math.Abs(got-v) > 1e-9*(1+math.Abs(v)) {
			t.Fatalf("%v %s to %s and back: %v", v, a, b, got)
		}
	})
}

func TestQuantityRefuses(t *testing.T) {
	for s, says := range map[string]string{
		"": "no number", "kg": "is not a number", "0,5 kg": "comma", "5kg": "one space", "0x10 kg": "one space", "NaN": "is not a number",
		"1e999 kg": "can be held", "5  kg": "no spaces", "1_000 kg": "one space", "5 ton": "[ston_av]", "Inf": "is not a number",
	} {
		if _, err := ParseQuantity(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v: does not say %q", s, err, says)
		}
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]string{"30 s": "30s", "2 min": "2m0s", "500 ms": "500ms", "1 h": "1h0m0s", "1 d": "24h0m0s"} {
		q, err := ParseQuantity(s)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := q.Duration(); err != nil || d.String() != want {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
	if _, err := (Quantity{5, MustUnit("kg")}).Duration(); err == nil {
		t.Error("5 kg is no time")
	}
}

func FuzzParseUnit(f *testing.F) {
	for _, s := range []string{"kg/h", "m3{N}/h", "k[lb_av]/h", "g/(m2.d)", "[in_i'Hg]", "Cel", "1", "/m", "((m)", "m-1.s2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUnit(s)
		if err != nil {
			return
		}
		if again, err := ParseUnit(u.String()); err != nil || again != u {
			t.Fatalf("%q prints %q, which reads as %v, %v", s, u, again, err)
		}
		if c, err := u.To(u); err != nil || c != (Conversion{1, 0}) {
			t.Fatalf("%q to itself: %v, %v", s, c, err)
		}
	})
}

func FuzzParseQuantity(f *testing.F) {
	for _, s := range []string{"0.1 kg", "-12.5 Cel", "44 %", "1", "1e6 [ppm]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ParseQuantity(s)
		if err != nil {
			return
		}
		if back, err := ParseQuantity(q.String()); err != nil || back != q {
			t.Fatalf("%q prints %q, which reads as %v, %v", s, q, back, err)
		}
	})
}

func FuzzParseTag(f *testing.F) {
	f.Add("pyro1/char/mass_flow")
	f.Add("a/b")
	f.Add("/")
	f.Fuzz(func(t *testing.T, s string) {
		tag, err := ParseTag(s)
		if err == nil && (string(tag) != s || tag.Plant() == "" || len(s) > 120) {
			t.Fatalf("%q became %q of plant %q", s, tag, tag.Plant())
		}
	})
}

func BenchmarkParseUnit(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseUnit("m3{N}/h"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConversionApply(b *testing.B) {
	c, _ := MustUnit("k[lb_av]/h").To(MustUnit("kg/h"))
	x := 0.0
	for b.Loop() {
		x = c.Apply(x + 1)
	}
	_ = x
}
