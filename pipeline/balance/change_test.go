package balance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nielu/nielu/suite"
)

var limits = ChangeLimits{Least: 30, Margin: 6, Before: 8, After: 3}

// wandering draws n residual vectors of m directions, each correlated by rho
// with the one before, and with a shift that is new in each lot of so many.
func wandering(r *rand.Rand, n, m, lot int, rho, lab float64) Series {
	s := Series{Floor: zeros(m), Shared: zeros(m), Groups: make([]int, n)}
	normal := func() []float64 {
		f := make([]float64, m)
		for i := range f {
			f[i] = r.NormFloat64()
		}
		return f
	}
	for i := range m {
		s.Floor[i][i] = 1e-12
	}
	for range 10 {
		s.Signatures, s.Stated = append(s.Signatures, normal()), append(s.Stated, 1)
	}
	analyses := [][]float64{normal(), normal()}
	for _, f := range analyses {
		for a := range f {
			axpy(s.Shared[a], lab*lab*f[a], f)
		}
	}
	e, shift := normal(), make([]float64, m)
	for b := range n {
		if lot > 0 && b%lot == 0 {
			clear(shift)
			for _, f := range analyses {
				axpy(shift, lab*r.NormFloat64(), f)
			}
		}
		if lot > 0 {
			s.Groups[b] = b / lot
		}
		next := normal()
		for i := range e {
			e[i] = rho*e[i] + math.Sqrt(1-rho*rho)*next[i]
		}
		x := slices.Clone(e)
		axpy(x, 1, shift)
		s.Residuals = append(s.Residuals, x)
	}
	return s
}

// plant adds an error of a reading from a position on.
func (s *Series) plant(signature, at int, ramp bool, size float64) {
	for b, h := range shape(len(s.Residuals), at, ramp) {
		axpy(s.Residuals[b], size*h, s.Signatures[signature])
	}
}

// A process that wanders, and a laboratory whose every lot is off by something
// else, accuse nobody: in 500 series of each kind, fewer than 5 changes.
func TestNoChangeIsFoundWhereThereIsNone(t *testing.T) {
	suite.Heavy(t)
	for _, c := range []struct {
		n, m, lot int
		rho, lab  float64
	}{
		{84, 3, 28, 0.7, 1},  // three weekly lots of six-hour stretches
		{40, 3, 0, 0.7, 0},   // ten days of one lot
		{15, 3, 0, 0, 0},     // few stretches, so that the scatter is badly known
		{24, 8, 0, 0, 0},     // hardly more stretches than three a direction
		{40, 3, 1, 0, 1},     // each stretch a lot of its own: a batch plant
		{40, 3, 4, 0, 1},     // daily lots
		{11, 8, 0, 0.7, 0},   // as few as are looked at
		{60, 3, 28, 0.7, 10}, // a laboratory much worse than the plant
	} {
		found := 0
		for seed := range uint64(500) {
			s := wandering(rand.New(rand.NewPCG(seed, 1)), c.n, c.m, c.lot, c.rho, c.lab)
			if _, ok := FindChange(s, limits); ok {
				found++
			}
		}
		t.Logf("%+v: %d of 500", c, found)
		if found >= 5 {
			t.Errorf("%+v: a change is found in %d of 500 series without one", c, found)
		}
	}
}

// A planted change is found: which reading, when, how much.
func TestAPlantedChangeIsFound(t *testing.T) {
	suite.Heavy(t)
	for _, c := range []struct {
		ramp bool
		rho  float64
		size float64
		near int // positions
	}{{false, 0, 4, 2}, {true, 0, 8, 16}, {false, 0.5, 8, 2}, {true, 0.5, 14, 16}} {
		name := fmt.Sprintf("ramp %v, rho %v", c.ramp, c.rho)
		found, right, inTime, inSize := 0, 0, 0, 0
		const all = 60
		for seed := range uint64(all) {
			r := rand.New(rand.NewPCG(seed, 2))
			s := wandering(r, 84, 3, 28, c.rho, 1)
			which, at, size := r.IntN(10), 40+r.IntN(20), c.size
			if seed%2 == 1 {
				size = -size
			}
			// Long enough to be seen, in a direction of its own.
			length := math.Sqrt(dotProduct(s.Signatures[which], s.Signatures[which]))
			for i := range s.Signatures[which] {
				s.Signatures[which][i] /= length
			}
			s.plant(which, at, c.ramp, size)
			x, ok := FindChange(s, limits)
			if !ok {
				continue
			}
			found++
			if x.Signature != which && !slices.Contains(x.Others, which) {
				continue
			}
			right++
			if d := x.At - at; d >= -c.near && d <= c.near {
				inTime++
			}
			if x.Signature == which && x.Ramp == c.ramp && math.Abs(x.Size-size) < 3*x.SD {
				inSize++
			}
			// The filter gives the error in a residual vector.
			f := 0.0
			for i, w := range x.Filter {
				f += w * s.Signatures[x.Signature][i]
			}
			if math.Abs(f-1) > 1e-9 {
				t.Fatalf("%s: the filter turns an error of 1 into %v", name, f)
			}
		}
		t.Logf("%s: of %d: found %d, the right one named %d, in time %d, size within 3 sd %d", name, all, found, right, inTime, inSize)
		if found < all*9/10 || right < found*9/10 || inTime < found*8/10 || inSize < found*6/10 {
			t.Errorf("%s: of %d: found %d, the right one named %d, in time %d, size within 3 sd %d", name, all, found, right, inTime, inSize)
		}
	}
}

// In noise so small that it is not worth a thing, size and time are exact.
func TestAnExactChange(t *testing.T) {
	for _, ramp := range []bool{false, true} {
		s := wandering(rand.New(rand.NewPCG(3, 3)), 40, 3, 0, 0, 0)
		for b := range s.Residuals {
			for i := range s.Residuals[b] {
				s.Residuals[b][i] *= 1e-6
			}
		}
		s.plant(4, 21, ramp, -0.5)
		x, ok := FindChange(s, limits)
		if !ok || x.At != 21 || x.Ramp != ramp || x.Signature != 4 || math.Abs(x.Size+0.5) > 1e-5 || len(x.Others) > 0 || !(x.SD > 0 && x.SD < 1e-5) {
			t.Errorf("ramp %v: %+v %v", ramp, x, ok)
		}
		again, _ := FindChange(s, limits)
		if fmt.Sprint(again) != fmt.Sprint(x) {
			t.Errorf("twice: %+v and %+v", x, again)
		}
	}
}

// At the border of two lots a step may be the laboratory's; in the middle of
// one it is not.
func TestALotBorderIsNoAccusation(t *testing.T) {
	for _, c := range []struct {
		at   int
		want bool
	}{{28, false}, {42, true}} {
		found := 0
		for seed := range uint64(40) {
			s := wandering(rand.New(rand.NewPCG(seed, 4)), 56, 3, 28, 0, 0)
			f := s.Signatures[0]
			s.Shared = zeros(3)
			for a := range f { // the laboratory errs in the same direction, with sd 3
				axpy(s.Shared[a], 9*f[a], f)
			}
			s.plant(0, c.at, false, 6) // of this 2
			if x, ok := FindChange(s, limits); ok && x.Signature == 0 && x.At > c.at-3 && x.At < c.at+3 {
				found++
			}
		}
		if c.want && found < 36 || !c.want && found > 1 {
			t.Errorf("a step of two of the laboratory's standard uncertainties at position %d, lots of 28: accused in %d of 40", c.at, found)
		}
	}
}

// Two readings that move the residuals alike are named beside each other, and
// the one that need be off by fewer of its uncertainties first.
func TestReadingsAlikeAreNamedTogether(t *testing.T) {
	s := wandering(rand.New(rand.NewPCG(5, 5)), 40, 3, 0, 0, 0)
	s.Signatures = s.Signatures[:3]
	s.Signatures[2] = slices.Clone(s.Signatures[0])
	for i := range s.Signatures[2] {
		s.Signatures[2][i] *= -2
	}
	s.Stated = []float64{1, 1, 1}
	s.plant(0, 20, false, 6)
	x, ok := FindChange(s, limits)
	if !ok || x.Signature != 2 || !slices.Equal(x.Others, []int{0}) || math.Abs(x.Size+3) > 3*x.SD {
		t.Errorf("%+v %v", x, ok)
	}
	s.Stated[2] = 0.01
	if x, ok = FindChange(s, limits); !ok || x.Signature != 0 || math.Abs(x.Size-6) > 3*x.SD {
		t.Errorf("of two explanations not the likelier: %+v %v", x, ok)
	}
}

// Units do not matter, nor what nothing checks.
func TestChangeInOtherUnits(t *testing.T) {
	s := wandering(rand.New(rand.NewPCG(6, 6)), 40, 3, 0, 0, 0)
	s.plant(1, 20, false, 6)
	want, ok := FindChange(s, limits)
	other := s
	other.Signatures = [][]float64{nil}
	for _, f := range s.Signatures {
		g := slices.Clone(f)
		for i := range g {
			g[i] /= 1024
		}
		other.Signatures = append(other.Signatures, g)
	}
	other.Stated = []float64{0}
	for _, u := range s.Stated {
		other.Stated = append(other.Stated, 1024*u)
	}
	got, again := FindChange(other, limits)
	if !ok || !again || got.Signature != want.Signature+1 || got.At != want.At || math.Abs(got.T-want.T) > 1e-9*want.T || math.Abs(got.Size-1024*want.Size) > 1e-6 {
		t.Errorf("%+v\n%+v", want, got)
	}
}

// Too little, nothing, or nothing but zeros: no change, and no number that is none.
func TestChangeInAlmostNothing(t *testing.T) {
	for n := range 12 {
		s := wandering(rand.New(rand.NewPCG(7, 7)), n, 2, 0, 0, 0)
		if x, ok := FindChange(s, limits); ok {
			t.Errorf("in %d stretches: %+v", n, x)
		}
		for b := range s.Residuals {
			clear(s.Residuals[b])
		}
		if x, ok := FindChange(s, limits); ok {
			t.Errorf("in %d stretches of nothing: %+v", n, x)
		}
	}
	if x, ok := FindChange(Series{}, limits); ok {
		t.Errorf("in nothing: %+v", x)
	}
}

// Saturation pressures of water: IAPWS-95, in Pa.
func TestVapourShare(t *testing.T) {
	for celsius, want := range map[float64]float64{0: 611.2, 5: 872.6, 10: 1228.2, 20: 2339.2, 25: 3169.9, 30: 4247, 40: 7384.9, 50: 12352, 60: 19947} {
		got := VapourShare(1, 100_000, celsius+273.15) * 100_000
		if math.Abs(got-want) > 0.005*want {
			t.Errorf("at %v °C: %v Pa, want %v", celsius, got, want)
		}
	}
	if got := VapourShare(0.5, 200_000, 293.15); math.Abs(got-0.5*2339/200_000) > 0.005*got {
		t.Errorf("half saturated at 2 bar: %v", got)
	}
	if VapourShare(0, 100_000, 293.15) != 0 {
		t.Error("dry air holds water")
	}
}
