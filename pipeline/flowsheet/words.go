package flowsheet

import (
	"fmt"
	"slices"
	"strings"
)

// JoinUnique makes one text of several, each said once.
func JoinUnique(words ...string) string {
	var all []string
	for _, w := range words {
		for _, part := range strings.Split(w, "; ") {
			if part != "" && !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	return strings.Join(all, "; ")
}

// firstFive names tags, the first five of many.
func firstFive(tags []string) string {
	if n := len(tags) - 5; n > 1 {
		return fmt.Sprintf("%s and %d others", strings.Join(tags[:5], ", "), n)
	}
	return strings.Join(tags, ", ")
}
