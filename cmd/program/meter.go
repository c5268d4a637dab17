package program

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Meter shows how far a long work has come, on a terminal only.
type Meter struct {
	to   io.Writer // nil: nobody watches
	mu   sync.Mutex
	last time.Time
}

// NewMeter returns a meter that shows nothing where nobody watches.
func NewMeter(to io.Writer) *Meter {
	file, isFile := to.(*os.File)
	if !isFile {
		return &Meter{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &Meter{}
	}
	return &Meter{to: to}
}

// Show prints one step, at most ten times a second.
func (m *Meter) Show(what string, done, total int) {
	if m.to == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.last) >= 100*time.Millisecond {
		m.last = now
		fmt.Fprintf(m.to, "\r\x1b[K%s %d of %d", what, done, total)
	}
}

// Clear takes the line away again.
func (m *Meter) Clear() {
	if m.to != nil && !m.last.IsZero() {
		fmt.Fprint(m.to, "\r\x1b[K")
	}
}
