// Package suite is what a test knows of the run it is in: whether the run is a
// quick one, whether it is watched, and what to draw from. Only tests import it.
package suite

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Slow leaves a test that takes seconds out of a quick run, go test -short.
// Under an emulator short only means that laws are put to fewer draws.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() && !emulated() {
		t.Skip("slow: not in a quick run")
	}
}

// Heavy leaves out a test that computes weeks of plants, months of recordings
// or a million replies: of a quick run, and where the race detector or an
// emulator would take most of an hour over it. What runs side by side in it
// runs in others too. The race detector's run is followed by one of the heavy
// tests alone, found by this call, which stands first in a test.
func Heavy(t testing.TB) {
	t.Helper()
	Slow(t)
	if race || emulated() {
		t.Skip("heavy: run without the race detector, on the machine itself")
	}
}

// Concurrent marks a test of a room that is pure but for it: the race
// detector's run finds it by this call, which stands first in a test.
func Concurrent(testing.TB) {}

// Native leaves a test that starts its own program again out of a run under an
// emulator, which cannot.
func Native(t testing.TB) {
	t.Helper()
	if emulated() {
		t.Skip("starts itself again: run on the machine itself")
	}
}

// emulated tells whether the processor is another program, which cannot be seen
// from inside.
func emulated() bool { return os.Getenv("NIELU_EMULATED") != "" }

// Seed returns what a test draws from, and logs it: a test that fails says how
// to draw the same again, NIELU_SEED=n.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("NIELU_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("NIELU_SEED: %v", err)
		}
	}
	t.Logf("drawn from NIELU_SEED=%d", seed)
	return seed
}
