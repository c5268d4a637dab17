package measure

import (
	"fmt"
	"time"
)

// Interval is the half-open stretch of time [From, To).
type Interval struct{ From, To time.Time }

// Window returns the interval of the given length that starts at the Unix
// nanosecond from.
func Window(from int64, length time.Duration) Interval {
	t := time.Unix(0, from).UTC()
	return Interval{t, t.Add(length)}
}

// Contains tells whether the Unix nanosecond at lies in the interval.
func (w Interval) Contains(at int64) bool {
	return w.From.UnixNano() <= at && at < w.To.UnixNano()
}

// Overlaps tells whether the two intervals share an instant.
func (w Interval) Overlaps(o Interval) bool {
	return w.From.Before(o.To) && o.From.Before(w.To)
}

// Length returns To minus From.
func (w Interval) Length() time.Duration { return w.To.Sub(w.From) }

// Align widens the interval to whole steps counted from the Unix epoch.
func (w Interval) Align(step time.Duration) Interval {
	from, to := w.From.Truncate(step), w.To.Truncate(step)
	if to.Before(w.To) {
		to = to.Add(step)
	}
	return Interval{from.UTC(), to.UTC()}
}

// ParseInterval reads two RFC 3339 times with zone.
func ParseInterval(from, to string) (Interval, error) {
	f, err := time.Parse(time.RFC3339Nano, from)
	if err != nil {
		return Interval{}, fmt.Errorf("from %q: not an RFC 3339 time with zone, as in 2026-11-01T00:00:00Z", from)
	}
	t, err := time.Parse(time.RFC3339Nano, to)
	if err != nil {
		return Interval{}, fmt.Errorf("to %q: not an RFC 3339 time with zone, as in 2026-11-01T00:00:00Z", to)
	}
	if !f.Before(t) {
		return Interval{}, fmt.Errorf("interval [%s, %s) is empty: from must be before to", from, to)
	}
	return Interval{f.UTC(), t.UTC()}, nil
}

// String prints "[2026-11-01T00:00:00Z, 2026-11-02T00:00:00Z)".
func (w Interval) String() string {
	return "[" + w.From.UTC().Format(time.RFC3339Nano) + ", " + w.To.UTC().Format(time.RFC3339Nano) + ")"
}
