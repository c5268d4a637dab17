//go:build !linux

package gateway

import "github.com/nielu/nielu/ingest"

// clockState is not known on this system.
func clockState() ingest.ClockState { return ingest.ClockUnknown }
