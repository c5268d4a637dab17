package program

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Meter shows how far a long work has come, on a terminal only.
type Meter struct {
	to   io.Writer // nil: nobody watches
	mu   sync.Mutex
	last time.Time

	stage string    // of Rate
	since time.Time // when it began
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
	m.Line(fmt.Sprintf("%s %d of %d", what, done, total))
}

// Line prints a line in the place of the last one, at most ten times a second.
func (m *Meter) Line(text string) {
	if m.to == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.last) >= 100*time.Millisecond {
		m.last = now
		fmt.Fprint(m.to, "\r\x1b[K", text)
	}
}

// Rate prints a step of a stage with its share, the readings a second and the
// time left. Both are those of the stage so far.
func (m *Meter) Rate(stage string, done, total, readings int64) {
	if m.to == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if stage != m.stage {
		m.stage, m.since, m.last = stage, now, time.Time{}
	}
	if now.Sub(m.last) < 100*time.Millisecond {
		return
	}
	m.last = now
	fmt.Fprint(m.to, "\r\x1b[K", rate(stage, done, total, readings, now.Sub(m.since)))
}

// rate is the line of a step.
func rate(stage string, done, total, readings int64, elapsed time.Duration) string {
	share := 0.0
	if total > 0 {
		share = min(1, float64(done)/float64(total))
	}
	const width = 24
	full := int(share * width)
	line := fmt.Sprintf("%-16s [%s%s] %3.0f %%", stage, strings.Repeat("#", full), strings.Repeat(".", width-full), 100*share)
	if readings > 0 && elapsed > 0 {
		line += fmt.Sprintf("  %.2f M readings/s", float64(readings)/elapsed.Seconds()/1e6)
	}
	if share > 0 && elapsed >= time.Second {
		line += "  " + time.Duration(float64(elapsed)*(1/share-1)).Round(time.Second).String() + " left"
	}
	return line
}

// Clear takes the line away again.
func (m *Meter) Clear() {
	if m.to != nil && !m.last.IsZero() {
		fmt.Fprint(m.to, "\r\x1b[K")
	}
}
