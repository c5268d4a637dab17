package formulas

import (
	"strconv"
	"strings"
)

// Fault is something wrong with what was asked. Known are the words that would
// have been right where Got stands, so that the nearest can be suggested.
type Fault struct {
	Text, Got string
	Known     []string
}

// Faults is every fault found.
type Faults []Fault

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.Text
	}
	return strings.Join(texts, "; ")
}

// Explain is Error with a suggestion for each word that was not known.
func (f Faults) Explain(meant func(got string, known []string) string) string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.Text
		if one.Got != "" {
			texts[i] += meant(one.Got, one.Known)
		}
	}
	return strings.Join(texts, "; ")
}

func quote(s string) string { return strconv.Quote(s) }
