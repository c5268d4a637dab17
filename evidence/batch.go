package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/nielu/nielu/evidence/wire"
)

// CatalogueDigest returns the name of a catalogue: its SHA-256 in hex.
func CatalogueDigest(catalogue []byte) string {
	sum := sha256.Sum256(catalogue)
	return hex.EncodeToString(sum[:])
}

// CatalogueOf returns the name of the catalogue that decodes a batch. It
// does not look at the scans.
func CatalogueOf(l Leaf) (string, error) {
	var body wire.BatchBody
	if err := wire.Unmarshal(l.Body, &body); err != nil {
		return "", fmt.Errorf("catalogue of a batch of %s/%s: %w", l.Site, l.Signer, err)
	}
	if l.Kind != Batch || len(body.Catalogue) != sha256.Size {
		return "", fmt.Errorf("catalogue of a batch of %s/%s: the %v names none", l.Site, l.Signer, l.Kind)
	}
	return hex.EncodeToString(body.Catalogue), nil
}

// ClockOf returns what was known of the clock that stamped a batch. It does
// not look at the scans.
func ClockOf(l Leaf) (ClockState, error) {
	var body wire.BatchBody
	if err := wire.Unmarshal(l.Body, &body); err != nil {
		return ClockUnknown, fmt.Errorf("clock of a batch of %s/%s: %w", l.Site, l.Signer, err)
	}
	if l.Kind != Batch || body.Clock > math.MaxUint8 {
		return ClockUnknown, fmt.Errorf("clock of a batch of %s/%s: the %v does not say", l.Site, l.Signer, l.Kind)
	}
	return ClockState(body.Clock), nil
}

// ClockState says what the gateway knew of its clock when it sealed a batch.
type ClockState uint8

// The states of a gateway's clock. The numbers are stored and never reused.
const (
	ClockUnknown ClockState = 0
	ClockSynced  ClockState = 1 // disciplined by NTP, PTP or GPS
	ClockFree    ClockState = 2 // running free since the last discipline
	ClockUnset   ClockState = 3 // never set since the gateway started: it tells a time that cannot be
)

func (s ClockState) String() string {
	switch s {
	case ClockSynced:
		return "synchronised"
	case ClockFree:
		return "running free"
	case ClockUnset:
		return "never set"
	}
	return "unknown"
}
