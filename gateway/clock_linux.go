package gateway

import (
	"syscall"

	"github.com/nielu/nielu/ingest"
)

// unsynchronised is TIME_ERROR of adjtimex(2): the kernel does not vouch for
// the clock.
const unsynchronised = 5

// clockState asks the kernel whether something disciplines the clock.
func clockState() ingest.ClockState {
	var state syscall.Timex
	code, err := syscall.Adjtimex(&state)
	switch {
	case err != nil:
		return ingest.ClockUnknown
	case code == unsynchronised:
		return ingest.ClockFree
	}
	return ingest.ClockSynced
}
