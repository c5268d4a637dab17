package strict

import (
	"fmt"
	"strings"
)

// Meant returns `; did you mean "x"?` for the nearest of the names if one is
// near, else the names, if they are few enough to read.
func Meant(got string, names []string) string {
	if name := nearest(got, names); name != "" {
		return meant(name)
	}
	if known := "; known are " + strings.Join(names, ", "); len(names) > 0 && len(known) < 200 {
		return known
	}
	return ""
}

func meant(name string) string { return fmt.Sprintf("; did you mean %q?", name) }

// nearest returns the name that got was probably meant to be, or "".
func nearest(got string, names []string) string {
	best, limit := "", 1+min(3, 1+len(got)/3)
	for _, name := range names {
		if n := distance(strings.ToLower(got), strings.ToLower(name), limit); n < limit && n < len(name) {
			best, limit = name, n
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with a
// neighbour between a and b; it is at least limit if it is no use counting.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var before []int
	previous, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, previous, row = previous, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
