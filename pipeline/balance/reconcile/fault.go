package reconcile

import (
	"errors"
	"fmt"
	"strings"
)

// The codes of a [Fault].
const (
	BadInput      = "bad-input"      // the problem breaks the format
	Inconsistent  = "inconsistent"   // constraints contradict each other or exactly known values
	NoConvergence = "no-convergence" // no solution was found
)

// ErrNotJSON is returned for a text that is not JSON at all.
var ErrNotJSON = errors.New("not JSON")

// Fault says why a problem has no solution.
type Fault struct {
	ID      *string // of the problem, nil if it cannot be read
	Code    string
	Message string
}

func (f *Fault) Error() string { return f.Code + ": " + f.Message }

func fault(code, format string, args ...any) *Fault {
	return &Fault{Code: code, Message: fmt.Sprintf(format, args...)}
}

// faults collects everything wrong with an input.
type faults []string

// mostFaults keeps a message readable.
const mostFaults = 20

func (f *faults) add(format string, args ...any) {
	if len(*f) <= mostFaults {
		*f = append(*f, fmt.Sprintf(format, args...))
	}
}

func (f faults) err() *Fault {
	if len(f) == 0 {
		return nil
	}
	if len(f) > mostFaults {
		f = append(f[:mostFaults:mostFaults], "and more")
	}
	return &Fault{Code: BadInput, Message: strings.Join(f, "; ")}
}

// meant returns `; did you mean "x"?` for the nearest of the names, or "".
func meant(got string, names []string) string {
	best, limit := "", 1+min(3, 1+len(got)/3)
	for _, name := range names {
		if n := distance(strings.ToLower(got), strings.ToLower(name)); n < limit && n < len(name) {
			best, limit = name, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance counts the letters to insert, drop or change between a and b.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 4 || d < -4 {
		return 5
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
