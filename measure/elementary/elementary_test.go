package elementary

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestExp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-700, 700).Draw(t, "x")
		if got, want := Exp(x), math.Exp(x); math.Abs(got-want) > 1e-15*want {
			t.Fatalf("e^%v: %v, want %v", x, got, want)
		}
	})
	// The bits themselves: they must be these on every processor.
	for x, want := range map[float64]uint64{0: math.Float64bits(1), 1: 0x4005bf0a8b14576a, -0.185: 0x3fea986802d6bb70, -2.4: 0x3fb7394ab289bfc4} {
		if got := math.Float64bits(Exp(x)); got != want {
			t.Errorf("e^%v: %#x, want %#x", x, got, want)
		}
	}
	if Exp(-1e9) != 0 || !math.IsInf(Exp(1e9), 1) || !math.IsNaN(Exp(math.NaN())) {
		t.Error("beyond the range")
	}
}

// Log is the natural logarithm to 4 units of the last place.
func TestLog(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	worst := 0.0
	check := func(x float64) {
		got, want := Log(x), math.Log(x)
		ulp := math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want)
		if off := math.Abs(got-want) / ulp; off > worst {
			if worst = off; off > 4 {
				t.Errorf("Log(%v) is %v, want %v: %v ulp", x, got, want, off)
			}
		}
	}
	for range 300_000 {
		check(math.Exp(r.Float64()*1400 - 700))
		check(0.4 + 2*r.Float64())
		check(1 + (r.Float64()-0.5)*math.Pow(2, -float64(r.IntN(52))))
	}
	for _, x := range []float64{1, 2, math.E, math.Sqrt2, math.Sqrt2 / 2, math.Nextafter(1, 2), math.Nextafter(1, 0), math.MaxFloat64, 0x1p-1022} {
		check(x)
	}
	// Below 2⁻¹⁰²² that of the standard library is off on some processors.
	if got := Log(math.SmallestNonzeroFloat64); math.Abs(got+744.4400719213812) > 1e-12 {
		t.Errorf("of the smallest number: %v", got)
	}
	t.Logf("worst: %.2f units of the last place", worst)
	if Log(1) != 0 || !math.IsInf(Log(0), -1) || !math.IsNaN(Log(-1)) || !math.IsInf(Log(math.Inf(1)), 1) || !math.IsNaN(Log(math.NaN())) {
		t.Error("at the ends")
	}
}

func TestElementaryFunctions(t *testing.T) {
	for _, x := range []float64{-700, -20, -1, -1e-9, 0, 1e-9, .3, 1, 2.5, 40, 700} {
		if got, want := Exp(x), math.Exp(x); math.Abs(got-want) > 1e-15*want {
			t.Errorf("e^%v = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{1e-300, .001, .5, .7, 1, 1.5, 7, 24.5, 40, 1e300} {
		if got, want := Log(x), math.Log(x); math.Abs(got-want) > 1e-15*max(1, math.Abs(want)) {
			t.Errorf("ln %v = %v, want %v", x, got, want)
		}
	}
	for _, c := range [][2]float64{{.35, 3.145388}, {1.4, 1.8783}, {0, 2}, {2, 0}, {.1, .5}} {
		if got, want := Power(c[0], c[1]), math.Pow(c[0], c[1]); math.Abs(got-want) > 1e-14*want {
			t.Errorf("%v^%v = %v, want %v", c[0], c[1], got, want)
		}
	}
	if !math.IsInf(Exp(1000), 1) || Exp(-1000) != 0 || !math.IsNaN(Exp(math.NaN())) || !math.IsNaN(Log(-1)) || !math.IsInf(Log(0), -1) {
		t.Error("limits")
	}
}

// TestGrid walks the range of the exponential in even steps.
func TestGrid(t *testing.T) {
	for x := -700.0; x < 700; x += 0.37 {
		if got, want := Exp(x), math.Exp(x); math.Abs(got-want) > 4e-16*want {
			t.Errorf("exp %v: %v, want %v", x, got, want)
		}
		if got, want := ExpMinusOne(x/1000), math.Expm1(x/1000); math.Abs(got-want) > 8e-16*math.Abs(want) {
			t.Errorf("expm1 %v: %v, want %v", x/1000, got, want)
		}
		y := math.Exp(x)
		if got, want := Log(y), math.Log(y); math.Abs(got-want) > 4e-16*math.Abs(want) {
			t.Errorf("ln %v: %v, want %v", y, got, want)
		}
	}
	if Power(-2, 3) != -8 || Power(2, -2) != 0.25 || Power(0, 0) != 1 || Power(0, 1.5) != 0 || math.Abs(Power(2, 0.5)-math.Sqrt2) > 1e-15 {
		t.Error("powers")
	}
	if Exp(1e9) != math.Inf(1) || Exp(-1e9) != 0 || Log(0) != math.Inf(-1) || Log(-1) == Log(-1) {
		t.Error("ends")
	}
}

func TestMeanAndDeviation(t *testing.T) {
	x := []float64{10.1, 9.9, 10.4, 9.8}
	if got := Mean(x); math.Abs(got-10.05) > 1e-12 {
		t.Errorf("mean %v", got)
	}
	if got := SampleVariance(x); math.Abs(got-0.07) > 1e-12 {
		t.Errorf("variance %v", got)
	}
	if got := SampleDeviation(x); math.Abs(got-math.Sqrt(0.07)) > 1e-12 {
		t.Errorf("deviation %v", got)
	}
}
