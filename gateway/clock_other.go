//go:build !linux

package gateway

import "github.com/nielu/nielu/evidence"

// clockState is not known on this system.
func clockState() evidence.ClockState { return evidence.ClockUnknown }
