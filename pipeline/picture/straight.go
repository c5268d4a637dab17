package picture

// settle places things in a row in order: as near as can be to where each
// wants to be, in the sense of least squares, and no two nearer than apart
// says. apart[i] is the least distance from i to i+1.
//
// It is an isotonic regression: with the distances taken out what is left is
// an order, and neighbours that want it the other way round are pooled at
// their mean. Whole numbers only, so that the result is the same everywhere.
//
// Source: Ayer, Brunk, Ewing, Reid and Silverman 1955, pool adjacent violators.
func settle(want, weight, apart []int) []int {
	type pool struct {
		sum, weight int64
		n           int
	}
	var pools []pool
	shift := make([]int, len(want)) // what the distances before a thing add up to
	for i := range want {
		if i > 0 {
			shift[i] = shift[i-1] + apart[i-1]
		}
		pools = append(pools, pool{sum: int64(want[i]-shift[i]) * int64(weight[i]), weight: int64(weight[i]), n: 1})
		for k := len(pools) - 1; k > 0 && pools[k-1].sum*pools[k].weight > pools[k].sum*pools[k-1].weight; k-- {
			pools[k-1] = pool{sum: pools[k-1].sum + pools[k].sum, weight: pools[k-1].weight + pools[k].weight, n: pools[k-1].n + pools[k].n}
			pools = pools[:k]
		}
	}
	at := make([]int, 0, len(want))
	for _, p := range pools {
		for range p.n {
			at = append(at, int(round(p.sum, p.weight))+shift[len(at)])
		}
	}
	return at
}

// round divides, to the nearest, halves away from zero.
func round(a, b int64) int64 {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}
