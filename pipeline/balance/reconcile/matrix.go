package reconcile

import "math"

// matrix returns rows by columns zeros in one block.
func matrix(rows, columns int) [][]float64 {
	block, m := make([]float64, rows*columns), make([][]float64, rows)
	for i := range m {
		m[i] = block[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return m
}

func dot(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

// subtract takes c times b from a.
func subtract(a []float64, c float64, b []float64) {
	b = b[:len(a)]
	for i := range a {
		a[i] -= float64(c * b[i])
	}
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }

// zero is the relative size below which a number counts as nothing.
const zero = 1e-9

// pivoted is a QR factorisation with column pivoting by Householder
// reflections, of a matrix given by its columns.
type pivoted struct {
	columns [][]float64 // R above and on the diagonal, in pivot order
	order   []int       // which column stands where
	vectors [][]float64 // of the reflections, zero before their index
	rank    int
}

func factorise(columns [][]float64, rows int) *pivoted {
	f := &pivoted{columns: columns, order: make([]int, len(columns))}
	for j := range f.order {
		f.order[j] = j
	}
	first := 0.0
	for k := 0; k < len(columns) && k < rows; k++ {
		best, most := k, -1.0
		for j := k; j < len(columns); j++ {
			if n := norm(columns[j][k:]); n > most*(1+1e-12) {
				best, most = j, n
			}
		}
		if k == 0 {
			first = most
		}
		if !(most > zero*first) {
			break
		}
		columns[k], columns[best] = columns[best], columns[k]
		f.order[k], f.order[best] = f.order[best], f.order[k]
		v := make([]float64, rows)
		copy(v[k:], columns[k][k:])
		v[k] += math.Copysign(most, v[k])
		subtract(v, 1-1/norm(v), v) // to unit length
		f.vectors = append(f.vectors, v)
		f.rank++
		for j := k; j < len(columns); j++ {
			subtract(columns[j][k:], float64(2*dot(v[k:], columns[j][k:])), v[k:])
		}
		clear(columns[k][k+1:])
	}
	return f
}

// turn replaces b by Q'b.
func (f *pivoted) turn(b []float64) {
	for k, v := range f.vectors {
		subtract(b[k:], float64(2*dot(v[k:], b[k:])), v[k:])
	}
}

// back replaces b by Q b.
func (f *pivoted) back(b []float64) {
	for k := len(f.vectors) - 1; k >= 0; k-- {
		v := f.vectors[k]
		subtract(b[k:], float64(2*dot(v[k:], b[k:])), v[k:])
	}
}

// turnRows replaces a matrix given by its rows by Q' times it.
func (f *pivoted) turnRows(a [][]float64) {
	if len(a) == 0 {
		return
	}
	w := make([]float64, len(a[0]))
	for k, v := range f.vectors {
		clear(w)
		for i := k; i < len(a); i++ {
			subtract(w, -2*v[i], a[i])
		}
		for i := k; i < len(a); i++ {
			subtract(a[i], v[i], w)
		}
	}
}

// solveTop solves R1 x = b for the pivots, in place.
func (f *pivoted) solveTop(b []float64) {
	for i := f.rank - 1; i >= 0; i-- {
		b[i] /= f.columns[i][i]
		subtract(b[:i], b[i], f.columns[i][:i])
	}
}

// basis is an orthonormal basis of rows and the triangle that turns it back
// into them: rows = T q.
type basis struct {
	q, t [][]float64
}

// add makes one more row orthogonal to the basis and appends it, unless what
// is left of it is shorter than least. It returns the coefficients of the row
// in the basis, and what is left.
func (b *basis) add(row []float64, least float64) (coefficients []float64, left float64) {
	v := append(make([]float64, 0, len(row)), row...)
	t := make([]float64, len(b.q)+1)
	before := norm(v)
	left = before
	for range 3 { // again while cancellation has eaten digits
		for k, q := range b.q {
			c := dot(q, v)
			t[k] += c
			subtract(v, c, q)
		}
		was := left
		if left = norm(v); left > 0.5*was || left <= 1e-15*before {
			break
		}
	}
	if !(left > least) {
		return t[:len(b.q)], left
	}
	t[len(b.q)] = left
	for i := range v {
		v[i] /= left
	}
	b.q, b.t = append(b.q, v), append(b.t, t)
	return t, left
}
