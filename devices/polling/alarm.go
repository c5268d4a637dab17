package polling

import "time"

// news is a state whose changes are said, though not a thousand times: what
// comes and goes is said at most once a minute.
type news struct {
	is     bool // as it is
	said   bool // as it was said
	saidAt time.Time
}

// changed takes the state as it is now and tells whether to say so.
func (n *news) changed(is bool, now time.Time) bool {
	n.is = is
	if is == n.said || is && now.Sub(n.saidAt) < time.Minute && !n.saidAt.IsZero() {
		return false
	}
	n.said, n.saidAt = is, now
	return true
}

// share counts how many requests of an instrument fail in turn with good ones.
type share struct {
	asked, failed int
	said          bool  // that they do
	last          error // why one failed
}

const (
	shareLeast  = 20  // requests before a share is one
	shareWindow = 400 // requests after which it is counted anew
)

// add counts a request and tells whether said changed.
func (s *share) add(failed bool, err error) bool {
	if s.asked >= shareWindow {
		ended := s.said && s.failed < s.asked/50
		*s = share{said: s.said && !ended}
		if ended {
			return true
		}
	}
	s.asked++
	if failed {
		s.failed, s.last = s.failed+1, err
	}
	if s.said || s.asked < shareLeast || s.failed < 3 || s.failed < s.asked/20 {
		return false
	}
	s.said = true
	return true
}
