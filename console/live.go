package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// heartbeat is the longest silence of a live stream.
const heartbeat = 5 * time.Second

// live streams server-sent events until the client leaves or the server
// stops: "now", the object of /api/v1/plants/{plant}/now, for each plant
// whose state has changed; "clock", {"time"}, the centre's own time, at least
// every 5 s, from which ages are counted; "trouble", a problem, when the
// projection cannot be read.
//
// Nothing is queued for a client: every tick sends what is true at that tick,
// so a slow client sees fewer events and never an old one. One that does not
// take an event within LiveWait is cut off and may connect again.
func (c *Console) live(w http.ResponseWriter, r *http.Request) {
	if _, bad := parameters(r); bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	if c.Stats.LiveClients.Add(1) > int64(c.deps.LiveClients) {
		c.Stats.LiveClients.Add(-1)
		w.Header().Set("Retry-After", "10")
		refuse(w, http.StatusServiceUnavailable, problem{
			fmt.Sprintf("live: %d clients are connected, which is the limit", c.deps.LiveClients),
			"close other pages, or ask /api/v1/plants/{plant}/now from time to time",
		})
		return
	}
	defer c.Stats.LiveClients.Add(-1)

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	s := stream{console: c, control: http.NewResponseController(w), w: w, sent: map[string][]byte{}}
	s.buffer.WriteString("retry: 2000\n\n")

	tick := time.NewTicker(c.deps.LiveEvery)
	defer tick.Stop()
	for {
		s.update(r)
		if err := s.flush(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.Stats.LiveDropped.Add(1)
			}
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-c.closing:
			return
		case <-tick.C:
		}
	}
}

// stream is one live client.
type stream struct {
	console *Console
	control *http.ResponseController
	w       http.ResponseWriter
	buffer  bytes.Buffer
	sent    map[string][]byte // by plant, what the client has
	trouble string
	clock   time.Time // when the client last got the time
}

// update writes an event for all that the client does not have yet.
func (s *stream) update(r *http.Request) {
	c := s.console
	trouble := ""
	k, err := c.index.get(r.Context())
	if err != nil {
		trouble = err.Error()
	}
	for _, plant := range k.plants {
		now, err := c.now.get(r.Context(), plant)
		switch {
		case err != nil:
			trouble = err.Error()
		case !bytes.Equal(now, s.sent[plant]):
			s.event("now", now)
			s.sent[plant] = now
		}
	}
	if trouble != s.trouble {
		s.trouble = trouble
		if body, err := json.Marshal(problem{trouble, "see the log of the centre"}); err == nil {
			s.event("trouble", body)
		}
	}
	if s.buffer.Len() > 0 || time.Since(s.clock) >= heartbeat-c.deps.LiveEvery {
		s.clock = time.Now()
		s.event("clock", fmt.Appendf(nil, `{"time":%q}`, c.deps.Clock().UTC().Format(time.RFC3339Nano)))
	}
}

// event appends one event; body is JSON and so has no line break.
func (s *stream) event(name string, body []byte) {
	fmt.Fprintf(&s.buffer, "event: %s\ndata: %s\n\n", name, body)
}

// flush sends what is waiting. Its error is os.ErrDeadlineExceeded if the
// client did not take it in time.
func (s *stream) flush() error {
	if s.buffer.Len() == 0 {
		return nil
	}
	// A writer without deadlines (a test recorder) is as slow as it likes.
	_ = s.control.SetWriteDeadline(time.Now().Add(s.console.deps.LiveWait))
	if _, err := s.w.Write(s.buffer.Bytes()); err != nil {
		return err
	}
	s.buffer.Reset()
	return s.control.Flush()
}
