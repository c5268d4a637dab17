package devices

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Stamps says how far an instrument's own time is believed: it is a claim. In
// nanoseconds; 0 is the default.
type Stamps struct {
	Ahead      int64 `json:"ahead,omitempty"`      // most by which it may be ahead of the gateway's clock: 5 s
	Behind     int64 `json:"behind,omitempty"`     // most by which it may be older: 1 h, if historical ten years
	Historical bool  `json:"historical,omitempty"` // it brings what it kept
}

// The defaults of [Stamps].
const (
	aheadDefault      = int64(5 * time.Second)
	behindDefault     = int64(time.Hour)
	historicalDefault = 10 * 365 * 24 * int64(time.Hour)
	aheadMost         = time.Hour
)

// limits returns the tolerances, defaults filled in.
func (s Stamps) limits() (ahead, behind int64) {
	ahead, behind = s.Ahead, s.Behind
	if ahead == 0 {
		ahead = aheadDefault
	}
	switch {
	case behind == 0 && s.Historical:
		behind = historicalDefault
	case behind == 0:
		behind = behindDefault
	}
	return ahead, behind
}

// believe tells whether an instrument's own time counts for what the gateway
// received at that time, both in Unix nanoseconds.
func (s Stamps) believe(own, at int64) bool {
	ahead, behind := s.limits()
	return own <= at && at-own <= behind || own > at && own-at <= ahead
}

// The formats of a time in a message.
const (
	unixSeconds = "unix"
	unixMillis  = "unix-ms"
	unixMicros  = "unix-us"
	unixNanos   = "unix-ns"
	rfc3339     = "rfc3339"
)

func timeFormats() []string {
	return []string{unixSeconds, unixMillis, unixMicros, unixNanos, rfc3339}
}

// parseTime reads a source's time as Unix nanoseconds; it must lie after 1970.
func parseTime(text, format string) (int64, bool) {
	unit := int64(1)
	switch format {
	case unixSeconds:
		unit = 1e9
	case unixMillis:
		unit = 1e6
	case unixMicros:
		unit = 1e3
	case unixNanos:
	default:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil { // a zone without its colon, as many libraries write it
			t, err = time.Parse("2006-01-02T15:04:05Z0700", text)
		}
		if err != nil || t.Year() > 2261 || t.Unix() <= 0 {
			return 0, false
		}
		return t.UnixNano(), true
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/unit-1 {
		return 0, false
	}
	at := n * unit
	for _, digit := range []byte(fraction) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		unit /= 10
		at += int64(digit-'0') * unit
	}
	return at, true
}

// likelyFormat returns the format in which a time would be within a day of the
// gateway's clock, or "".
func likelyFormat(text string, at int64) string {
	for _, format := range timeFormats() {
		if own, ok := parseTime(text, format); ok && max(own-at, at-own) < int64(24*time.Hour) {
			return format
		}
	}
	return ""
}
