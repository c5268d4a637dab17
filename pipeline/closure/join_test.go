package closure

import "testing"

// Of two lots, one of which the plant stood through, the other closes the
// period; where a part is not known for another reason, nothing does.
func TestALotInWhichThePlantStoodDoesNotOpenThePeriod(t *testing.T) {
	ptr := func(x float64) *float64 { return &x }
	closed := func(k, in float64) Budget { return Budget{In: in, Out: float64(k * in), Closure: &k, Complete: true} }
	idle := Budget{In: 0.02, Out: 0.01, Complete: true, idle: true}
	unknown := Budget{In: 100, Out: 50}
	for _, c := range []struct {
		a, b Budget
		want *float64
	}{
		{closed(0.98, 100), idle, ptr(0.98)},
		{idle, closed(0.98, 100), ptr(0.98)},
		{idle, idle, nil},
		{closed(1, 100), closed(0.5, 300), ptr(0.625)},
		{closed(1, 100), unknown, nil},
		{idle, unknown, nil},
		{unknown, idle, nil},
	} {
		got := c.a.join(c.b)
		if (got.Closure == nil) != (c.want == nil) || got.Closure != nil && *got.Closure != *c.want || got.In != c.a.In+c.b.In {
			t.Errorf("%+v and %+v: %+v", c.a, c.b, got)
		}
		// A third part after them is taken as it is.
		if whole := got.join(closed(1, 100)); (whole.Closure != nil) != (c.want != nil || got.idle) {
			t.Errorf("and a third: %+v", whole)
		}
	}
}
