package centre

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// standing is how the balances of a plant stand after the newest window that
// is over: what a report of that window says of its test and its findings.
type standing struct {
	Interval measure.Interval
	Closure  pipeline.Closure // raw, of the window
	Balance  pipeline.Reconciliation
	Findings []pipeline.Finding
}

// standings keeps one of each plant. It looks every so often whether a window
// that is over has changed, and only then makes it anew: four weeks are read
// for it.
type standings struct {
	mu     sync.Mutex
	plants map[string]*keptStanding
}

type keptStanding struct {
	mu      sync.Mutex
	made    time.Time // or found to be as it was
	changed int64
	value   *standing
}

const standingEvery = 10 * time.Second

// standing returns nil if no window is over yet.
func (c *Centre) standing(ctx context.Context, p *pipeline.Plant) (*standing, error) {
	k := c.standings.of(p.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.made.IsZero() && time.Since(k.made) < standingEvery {
		return k.value, nil
	}
	newest, ok, err := c.Store.Closed(ctx, p.ID, time.Now())
	if err != nil || !ok {
		return nil, err
	}
	if k.value != nil && k.value.Interval == newest.Interval && k.changed == newest.Changed {
		k.made = time.Now()
		return k.value, nil
	}
	w := newest.Interval
	history, err := c.Store.Balances(ctx, p.ID, measure.Interval{From: w.From.Add(-Followed), To: w.From})
	if err != nil {
		return nil, err
	}
	windows, err := c.Store.Balances(ctx, p.ID, w)
	if err != nil {
		return nil, err
	}
	s := &standing{Interval: w}
	if err := json.Unmarshal(newest.Closure, &s.Closure); err != nil {
		return nil, err
	}
	s.Balance, s.Findings = p.Stand(history, windows)
	k.made, k.changed, k.value = time.Now(), newest.Changed, s
	return s, nil
}

func (s *standings) of(plant string) *keptStanding {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plants == nil {
		s.plants = map[string]*keptStanding{}
	}
	if s.plants[plant] == nil {
		s.plants[plant] = &keptStanding{}
	}
	return s.plants[plant]
}
