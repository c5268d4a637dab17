package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/program"
)

// progress says how the demo gets on: a line on a terminal, and the commands
// to copy once there is something to export.
type progress struct {
	to    io.Writer
	meter *program.Meter
	site  *Site

	mu    sync.Mutex
	share map[string]float64 // of the past that is imported, by plant
}

func newProgress(to io.Writer, s *Site) *progress {
	return &progress{to: to, meter: program.NewMeter(to), site: s, share: map[string]float64{}}
}

// note keeps how much of a plant's past is on its way.
func (t *progress) note(plant string, done, total time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.share[plant] = float64(done) / float64(total)
}

// run reports until the newest statement of the pyrolysis plant is there.
func (t *progress) run(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		t.meter.Line(t.line())
		newest, err := t.newest(ctx)
		if err != nil || newest == nil {
			continue
		}
		t.meter.Clear()
		t.hint(newest)
		return nil
	}
}

func (t *progress) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var parts []string
	for _, sim := range t.site.plants {
		parts = append(parts, fmt.Sprintf("%s %.0f %%", sim.Plant(), 100*t.share[sim.Plant()]))
	}
	return fmt.Sprintf("importing five weeks of the past: %s; %d hours of them wait to be computed",
		strings.Join(parts, ", "), t.site.Centre.Worker.Stats.DirtyHours.Load())
}

// newest returns the statement of the last whole week of pyro1, if it is
// there and an export would hold it. A lot that was stated before all of its
// past had come is stated again, and not shown yet: it has come where it covers
// the week, or, where an instrument was lost, where each week is stated.
func (t *progress) newest(ctx context.Context) (*projection.Statement, error) {
	over := t.site.now.Add(-time.Hour) // a lot that is only just over is not stated yet
	rows, err := t.site.Centre.Store.Statements(ctx, "pyro1")
	if err != nil {
		return nil, err
	}
	lots := map[string]bool{}
	var found *projection.Statement
	whole := false
	for _, row := range rows {
		var s projection.Statement
		if err := json.Unmarshal(row, &s); err != nil {
			return nil, err
		}
		stated, err := statement.Parse([]byte(s.Text))
		if err != nil {
			return nil, err
		}
		length, since := s.Interval.To.Sub(s.Interval.From), over.Sub(s.Interval.To)
		lots[s.Lot] = true
		if found == nil && since >= 0 && since < length {
			found, whole = &s, stated.Covered > length/100*99
		}
	}
	if found == nil || !whole && (len(lots) < weeks || t.site.Centre.Worker.Stats.DirtyHours.Load() > 0) {
		return nil, nil
	}
	_, err = t.site.Centre.Evidence.Published(ctx, found.Index+1)
	return found, err
}

func (t *progress) hint(s *projection.Statement) {
	says := fmt.Sprintf("not eligible, for %d reasons that its statement gives", len(s.Unmet))
	if s.Net != nil {
		says = fmt.Sprintf("%.3f %s CO2e net removal, eligible", *s.Net, s.Unit)
	}
	fmt.Fprintf(t.to, "%s is stated: %s. From another terminal, export it and audit it:\n\n", s.Lot, says)
	fmt.Fprintf(t.to, "  go run ./cmd/nielu export -c %s/nielu.yaml --plant pyro1 --from %s --to %s -o %s.zip\n",
		t.site.dir, s.Interval.From.UTC().Format(time.RFC3339), s.Interval.To.UTC().Format(time.RFC3339), s.Lot)
	fmt.Fprintf(t.to, "  go run ./cmd/nielu-audit verify %s.zip --policy %s/data/policy.txt\n\n", s.Lot, t.site.dir)
}
