package devices

import (
	"fmt"
	"math/big"
)

// Scale turns a raw number into a value by exact integers:
//
//	value = (raw·Num + Off) / Den
//
// As long as raw·Num + Off stays below 2^53 the numerator is exact and the one
// division rounds once, so 3 with scale 0.1 gives 0.3 and not
// 0.30000000000000004. The zero Scale leaves the value as it is.
type Scale struct {
	Num int64 `json:"num"`
	Off int64 `json:"off,omitempty"`
	Den int64 `json:"den"`
}

// maxExact is the largest integer up to which every integer is a float64.
const maxExact = 1 << 53

// factors returns the three integers as floats; 1, 0, 1 for the zero Scale.
func (s Scale) factors() (num, off, den float64) {
	if s == (Scale{}) {
		return 1, 0, 1
	}
	return float64(s.Num), float64(s.Off), float64(s.Den)
}

func (s Scale) valid() bool {
	if s == (Scale{}) {
		return true
	}
	return s.Num != 0 && -maxExact <= s.Num && s.Num <= maxExact &&
		-maxExact <= s.Off && s.Off <= maxExact && 0 < s.Den && s.Den <= maxExact
}

// newScale returns value = raw·factor + offset over their common denominator.
func newScale(factor, offset *big.Rat) (Scale, error) {
	if factor.Sign() == 0 {
		return Scale{}, fmt.Errorf("a scale of 0 would make every value 0")
	}
	if factor.Cmp(big.NewRat(1, 1)) == 0 && offset.Sign() == 0 {
		return Scale{}, nil
	}
	gcd := new(big.Int).GCD(nil, nil, factor.Denom(), offset.Denom())
	den := new(big.Int).Div(new(big.Int).Mul(factor.Denom(), offset.Denom()), gcd)
	over := func(r *big.Rat) *big.Int {
		return new(big.Int).Mul(r.Num(), new(big.Int).Div(den, r.Denom()))
	}
	num, off := over(factor), over(offset)
	s := Scale{Num: num.Int64(), Off: off.Int64(), Den: den.Int64()}
	if !num.IsInt64() || !off.IsInt64() || !den.IsInt64() || !s.valid() {
		return Scale{}, fmt.Errorf("scale %s and offset %s have too many digits to be exact: give at most 15", factor.RatString(), offset.RatString())
	}
	return s, nil
}
