package measure

import (
	"fmt"
	"math"
	"strings"
)

// Level is how far a value may be used, ordered from worst to best after
// OPC UA (Part 8, StatusCode severity). The zero Level is Bad.
type Level uint8

// The levels. Unknown counts as Bad.
const (
	Bad       Level = iota // must not be used
	Uncertain              // may be used where the rule that uses it says so
	Good                   // nothing is known against it
)

func (l Level) String() string {
	switch l {
	case Good:
		return "good"
	case Uncertain:
		return "uncertain"
	}
	return "bad"
}

// Reason says why a value is not Good. Each reason belongs to one of the
// NAMUR NE 107 signals: failure (F), check function (C), out of
// specification (S), maintenance required (M).
type Reason uint8

// The reasons, in the order of their numbers, which are stored and never reused.
const (
	Unknown      Reason = iota // F: nobody vouched for the value
	None                       // the value is good
	NoReply                    // F: the instrument did not answer in time
	NoConnection               // F: the bus, host or broker could not be reached
	Exception                  // F: the instrument refused the request
	Framing                    // F: the reply broke the protocol's rules
	Unparsable                 // F: the reply or message is not what the profile says
	Sentinel                   // F: the instrument's own code for "no value"
	OutOfRange                 // S: beyond the range the profile or the plant gives
	Stale                      // F: no new value within the tag's stale time
	ClockUnsure                // S: the gateway's clock was not known to be right
	Flatline                   // F: frozen while the process moved
	Spike                      // S: far from its neighbours
	RateTooHigh                // S: changed faster than the process can
	Calibration                // M: calibration overdue
	Service                    // C: taken out of service, or in function check
	Substituted                // S: filled by a stated rule
	Partial                    // S: only a part of the window was covered
	NotReported                // F: the message came without this value
	Reset                      // S: a counter went back, or rose faster than it can
	SumRule                    // S: what must add up to a whole did not
	Drift                      // M: control readings of the analyser had drifted from their reference
	Implausible                // F: of a size that no instrument gives, as when words are read in the wrong order
	Conflict                   // F: two different readings claim the same instant
	OutOfStep                  // F: a reply that may answer an earlier question
	BySource                   // S: the instrument itself doubts the value or disowns it
)

var reasonNames = [...]string{
	Unknown: "unknown", None: "", NoReply: "no-reply", NoConnection: "no-connection",
	Exception: "exception", Framing: "framing", Unparsable: "unparsable", Sentinel: "sentinel",
	OutOfRange: "out-of-range", Stale: "stale", ClockUnsure: "clock-unsure", Flatline: "flatline",
	Spike: "spike", RateTooHigh: "rate-too-high", Calibration: "calibration-overdue",
	Service: "service", Substituted: "substituted", Partial: "partial", NotReported: "not-reported",
	Reset: "reset", SumRule: "sum-rule", Drift: "drift", Implausible: "implausible",
	Conflict: "conflict", OutOfStep: "out-of-step",
	BySource: "by-source",
}

func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return reasonNames[Unknown]
}

// NE107 returns the NAMUR NE 107 letter of the reason: F, C, S, M, or "" for None.
func (r Reason) NE107() string {
	switch r {
	case None:
		return ""
	case OutOfRange, ClockUnsure, Spike, RateTooHigh, Substituted, Partial, Reset, SumRule, BySource:
		return "S"
	case Calibration, Drift:
		return "M"
	case Service:
		return "C"
	}
	return "F"
}

// Quality is a level and the reason for it. The zero Quality is Bad, Unknown.
type Quality struct {
	Level  Level
	Reason Reason
}

// GoodQuality is the only Quality without a reason.
var GoodQuality = Quality{Good, None}

// BadBecause and UncertainBecause return a quality of that level.
func BadBecause(r Reason) Quality       { return Quality{Bad, r} }
func UncertainBecause(r Reason) Quality { return Quality{Uncertain, r} }

// Worse returns the worse of two qualities; of equals, the first.
func Worse(a, b Quality) Quality {
	if b.Level < a.Level {
		return b
	}
	return a
}

// Usable tells whether the value may enter a mean at all: Good or Uncertain.
func (q Quality) Usable() bool { return q.Level >= Uncertain }

// String prints "good", "uncertain:clock-unsure", "bad:no-reply".
func (q Quality) String() string {
	if q.Level == Good {
		return "good"
	}
	return q.Level.String() + ":" + q.Reason.String()
}

// MarshalText writes the form of [Quality.String], which is how a quality
// travels in JSON.
func (q Quality) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads the form of [Quality.String].
func (q *Quality) UnmarshalText(text []byte) error {
	level, reason, _ := strings.Cut(string(text), ":")
	for l := Bad; l <= Good; l++ {
		for r := range reasonNames {
			if l.String() == level && reasonNames[r] == reason && (l == Good) == (Reason(r) == None) {
				*q = Quality{l, Reason(r)}
				return nil
			}
		}
	}
	return fmt.Errorf("quality %q: must be good, or uncertain or bad with a reason, as in bad:no-reply", text)
}

// SameCode tells whether a number is an instrument's code for "no value". It
// need be so only to a float32, 1 in 2^23: a code of -999.9 that came through
// one is -999.9000244140625.
func SameCode(x, code float64) bool {
	return math.Abs(x-code) <= float64(0x1p-23*math.Abs(code))
}
