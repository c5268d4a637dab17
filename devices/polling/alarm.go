package polling

import "time"

// alarm is a state whose changes are logged, at most once a minute: what comes
// and goes would fill a log.
type alarm struct {
	active   bool // as it is
	logged   bool // as it was logged
	loggedAt time.Time
}

// changed takes the state as it is now and tells whether to say so.
func (a *alarm) changed(is bool, now time.Time) bool {
	a.active = is
	if is == a.logged || is && now.Sub(a.loggedAt) < time.Minute && !a.loggedAt.IsZero() {
		return false
	}
	a.logged, a.loggedAt = is, now
	return true
}

// faultRate counts how many requests of an instrument fail in turn with good ones.
type faultRate struct {
	requests, failed int
	logged           bool  // that they do
	lastErr          error // why one failed
}

const (
	minRequests = 20  // requests before a share is one
	rateWindow  = 400 // requests after which it is counted anew
)

// add counts a request and tells whether logged changed.
func (s *faultRate) add(failed bool, err error) bool {
	if s.requests >= rateWindow {
		ended := s.logged && s.failed < s.requests/50
		*s = faultRate{logged: s.logged && !ended}
		if ended {
			return true
		}
	}
	s.requests++
	if failed {
		s.failed, s.lastErr = s.failed+1, err
	}
	if s.logged || s.requests < minRequests || s.failed < 3 || s.failed < s.requests/20 {
		return false
	}
	s.logged = true
	return true
}
