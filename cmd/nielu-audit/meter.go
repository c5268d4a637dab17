package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// meter shows how far the verification has come, on a terminal only.
type meter struct {
	to   io.Writer // nil: nobody watches
	mu   sync.Mutex
	last time.Time
}

func newMeter(to io.Writer) *meter {
	file, isFile := to.(*os.File)
	if !isFile {
		return &meter{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &meter{}
	}
	return &meter{to: to}
}

// show prints one step, at most ten times a second.
func (m *meter) show(what string, done, total int) {
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

// clear takes the line away again.
func (m *meter) clear() {
	if m.to != nil && !m.last.IsZero() {
		fmt.Fprint(m.to, "\r\x1b[K")
	}
}
