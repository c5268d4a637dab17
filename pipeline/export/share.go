package export

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Share is the part of a bundle that is computed again. What does not take
// long is always checked in full: container, manifest, checkpoint, tiles,
// signatures and chains.
type Share struct {
	Part float64 `json:"part"` // of the days and of the statements, above 0 and below 1; 0: all of them
	Seed string  `json:"seed"` // decides which
}

// ParseShare reads a share, as in 5%.
func ParseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	part, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !percent || !(part > 0 && part <= 100) {
		return 0, fmt.Errorf("share %q: must be above 0 %% and at most 100 %%, as in 5%%", text)
	}
	if part == 100 {
		return 0, nil
	}
	return part / 100, nil
}

// draw returns, in their order, the things of n that are computed again: all,
// or those k whose digest is least.
//
//	k = ⌈part · n⌉      digest = SHA-256("nielu share\n" seed "\n" name)
//
// The maker of a bundle cannot know them if the seed is chosen afterwards.
func (a *audit) draw(n int, name func(i int) string) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	if a.share.Part == 0 {
		return all
	}
	digests := make([][sha256.Size]byte, n)
	for i := range digests {
		digests[i] = sha256.Sum256([]byte("nielu share\n" + a.share.Seed + "\n" + name(i)))
	}
	slices.SortFunc(all, func(i, k int) int { return bytes.Compare(digests[i][:], digests[k][:]) })
	all = all[:min(n, int(math.Ceil(float64(a.share.Part*float64(n)))))]
	slices.Sort(all)
	return all
}

// ShareSeen says in a report how much was computed again.
type ShareSeen struct {
	Share
	Days         int `json:"days"`
	OfDays       int `json:"of_days"`
	Statements   int `json:"statements"`
	OfStatements int `json:"of_statements"`
}

func (d *ShareSeen) percent() string {
	return strconv.FormatFloat(float64(d.Part*100), 'g', 6, 64) + " %"
}
