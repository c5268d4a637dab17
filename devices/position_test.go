package devices

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// Paths count positions as regular expressions say.
func TestPathsThatCountPositions(t *testing.T) {
	position := regexp.MustCompile(`(^|\.)[0-9]+(\.|$)|\[[0-9]+\]`)
	choice := regexp.MustCompile(`\[[^]]*=[^]]*\]`)
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.StringOf(rapid.SampledFrom([]rune("a1.[]=\""))).Draw(t, "path")
		if got, want := countsPosition(path), position.MatchString(choice.ReplaceAllString(path, "")); got != want {
			t.Fatalf("%q: %v, want %v", path, got, want)
		}
	})
}
