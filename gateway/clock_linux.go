package gateway

import (
	"syscall"

	"github.com/nielu/nielu/evidence"
)

// unsynchronised is TIME_ERROR of adjtimex(2): the kernel does not vouch for
// the clock.
const unsynchronised = 5

// clockState asks the kernel whether something disciplines the clock.
func clockState() evidence.ClockState {
	var state syscall.Timex
	code, err := syscall.Adjtimex(&state)
	switch {
	case err != nil:
		return evidence.ClockUnknown
	case code == unsynchronised:
		return evidence.ClockFree
	}
	return evidence.ClockSynced
}
