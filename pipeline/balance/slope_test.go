package balance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nielu/nielu/measure/elementary"
	"github.com/nielu/nielu/suite"
)

var slopeLimits = SlopeLimits{Least: 18, Margin: 6, Fewest: 20, Range: 1.15}

// carrying gives each reading of a series a load that wanders between 0.6 and
// 1.4 times its mean, and the errors of a process that grow with it.
func (s *Series) carrying(r *rand.Rand, rho float64) (loads [][]float64, systematic [][]SystematicError) {
	load := make([]float64, len(s.Residuals))
	x := 0.0
	for b := range load {
		x = float64(rho*x) + float64(math.Sqrt(1-rho*rho)*r.NormFloat64())
		load[b] = 1 + 0.4*math.Tanh(x)
		for a := range s.Residuals[b] {
			s.Residuals[b][a] *= load[b]
		}
	}
	for j := range s.Signatures {
		of := slices.Clone(load)
		for b := range of {
			of[b] *= float64(100 * (j + 1))
		}
		loads, systematic = append(loads, of), append(systematic, nil)
	}
	return loads, systematic
}

// A process that wanders with its load accuses nobody; nor do scales that are
// off by a constant share, or zeros that are off by what is stated of them.
func TestNoSlopeIsFoundWhereThereIsNone(t *testing.T) {
	suite.Heavy(t)
	for _, c := range []struct {
		n, m, lot    int
		rho, of, lab float64
		scale, zero  float64
	}{
		{84, 3, 28, 0.7, 0.7, 1, 5, 0},
		{40, 3, 0, 0.7, 0.9, 0, 0, 0},
		{24, 8, 0, 0, 0, 0, 5, 0},
		{200, 1, 0, 0.5, 0.5, 0, 0, 0},
		{60, 3, 4, 0.3, 0.9, 1, 0, 0},
		{84, 3, 0, 0.5, 0.5, 0, 0, 3},
	} {
		found := 0
		const all = 300
		for seed := range uint64(all) {
			r := rand.New(rand.NewPCG(seed, 3))
			s := wandering(r, c.n, c.m, c.lot, c.rho, c.lab)
			loads, systematic := s.carrying(r, c.of)
			ones := make([]float64, c.n)
			for b := range ones {
				ones[b] = 1
			}
			for k, f := range s.Signatures[:3] {
				off, zero := c.scale*r.NormFloat64(), c.zero*r.NormFloat64()
				for b := range s.Residuals {
					axpy(s.Residuals[b], float64(off*loads[k][b]/loads[k][0])+zero, f)
				}
				for j := range systematic {
					if j != k {
						systematic[j] = append(systematic[j], SystematicError{f, c.zero, ones})
					}
				}
			}
			if x, ok := FindSlope(s, loads, systematic, slopeLimits); ok && math.Abs(x.Swing()) > 2*c.zero {
				found++
			}
		}
		t.Logf("%+v: %d of %d", c, found, all)
		if found > all/100 {
			t.Errorf("%+v: a slope is found in %d of %d series without one", c, found, all)
		}
	}
}

// A planted slope is found: which reading, and how much.
func TestAPlantedSlopeIsFound(t *testing.T) {
	for _, rho := range []float64{0, 0.5} {
		right, size := 0, 0
		const all = 60
		for seed := range uint64(all) {
			r := rand.New(rand.NewPCG(seed, 4))
			s := wandering(r, 84, 3, 28, rho, 1)
			loads, systematic := s.carrying(r, 0.5)
			which, by := r.IntN(10), 8.0
			if seed%2 == 1 {
				by = -by
			}
			f := s.Signatures[which]
			length := math.Sqrt(dotProduct(f, f))
			for i := range f {
				f[i] /= length
			}
			mean := elementary.Mean(loads[which])
			for b, x := range loads[which] {
				axpy(s.Residuals[b], float64(by*(x/mean-1))*x/mean, f)
			}
			x, ok := FindSlope(s, loads, systematic, slopeLimits)
			if !ok || x.Signature != which && !slices.Contains(x.Others, which) {
				continue
			}
			if right++; x.Signature == which && math.Abs(x.Size-by) < 3*x.SD {
				size++
			}
			if at := x.At(x.High); x.Signature == which && (at > x.At(x.Low)) != (by > 0) {
				t.Errorf("seed %d: %v at %v", seed, at, x.High)
			}
		}
		name := fmt.Sprintf("rho %v", rho)
		t.Logf("%s: named in %d of %d, of the right size in %d", name, right, all, size)
		if right < all*9/10 || size < right*8/10 {
			t.Errorf("%s: named in %d of %d, of the right size in %d", name, right, all, size)
		}
	}
}

// Too few stretches, too little between the loads, loads that nobody knows and
// an error larger than all that flows give no slope.
func TestWhatGivesNoSlope(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	s := wandering(r, 40, 2, 0, 0, 0)
	loads, systematic := s.carrying(r, 0)
	for b, x := range loads[0] {
		axpy(s.Residuals[b], 40*(x/100-1)*x/100, s.Signatures[0])
	}
	if x, ok := FindSlope(s, loads, systematic, slopeLimits); !ok || x.Signature != 0 {
		t.Fatalf("%+v, want one of the first", x)
	}
	few, narrow := slopeLimits, slopeLimits
	few.Fewest, narrow.Range = 41, 3
	for _, limits := range []SlopeLimits{few, narrow} {
		if x, ok := FindSlope(s, loads, systematic, limits); ok {
			t.Errorf("%+v: %+v", limits, x)
		}
	}
	unknown := make([][]float64, len(loads))
	for j := range unknown {
		unknown[j] = slices.Repeat([]float64{math.NaN()}, 40)
	}
	if x, ok := FindSlope(s, unknown, systematic, slopeLimits); ok {
		t.Errorf("of unknown loads: %+v", x)
	}
	for j := range loads {
		for b := range loads[j] {
			loads[j][b] /= 1000
		}
	}
	if x, ok := FindSlope(s, loads, systematic, slopeLimits); ok {
		t.Errorf("of more than flows: %+v", x)
	}
}
