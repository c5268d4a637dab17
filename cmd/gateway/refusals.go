package gateway

import (
	"log/slog"
	"sync"
)

// refusals says in the log when the spool begins to refuse scans and when it
// takes them again, not once for each.
type refusals struct {
	mu    sync.Mutex
	count int
}

func (r *refusals) report(log *slog.Logger, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && r.count == 0:
		log.Error("the spool refuses scans: new readings are being lost and will be booked as lost", "cause", err)
		r.count++
	case err != nil:
		r.count++
	case r.count > 0:
		log.Info("the spool takes scans again", "refused", r.count)
		r.count = 0
	}
}
