package view

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// BalanceStatus is how the balances of a plant are after the newest window that
// is over: what a report of that window says of its test and its findings.
type BalanceStatus struct {
	Interval measure.Interval
	Closure  pipeline.Closure // raw, of the window
	Balance  reconciled.Reconciliation
	Findings []diagnosis.Finding
}

// balanceCache keeps the status of each plant. It looks every so often whether
// a window that is over has changed, and only then makes it anew: four weeks
// are read for it.
type balanceCache struct {
	mu     sync.Mutex
	plants map[string]*cachedStatus
}

type cachedStatus struct {
	mu      sync.Mutex
	made    time.Time // or found to be as it was
	changed int64
	status  *BalanceStatus
}

const statusEvery = 10 * time.Second

// Status returns how the balances of a plant are; nil if no window is over yet.
func (v *View) Status(ctx context.Context, p *flowsheet.Plant) (*BalanceStatus, error) {
	k := v.balances.of(p.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.made.IsZero() && time.Since(k.made) < statusEvery {
		return k.status, nil
	}
	newest, ok, err := v.store.Closed(ctx, p.ID, time.Now())
	if err != nil || !ok {
		return nil, err
	}
	if k.status != nil && k.status.Interval == newest.Interval && k.changed == newest.Changed {
		k.made = time.Now()
		return k.status, nil
	}
	history, windows, err := v.windows(ctx, p, newest.Interval)
	if err != nil {
		return nil, err
	}
	s := &BalanceStatus{Interval: newest.Interval}
	if err := json.Unmarshal(newest.Closure, &s.Closure); err != nil {
		return nil, err
	}
	s.Balance, s.Findings = pipeline.Assess(p, history, windows)
	k.made, k.changed, k.status = time.Now(), newest.Changed, s
	return s, nil
}

func (c *balanceCache) of(plant string) *cachedStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plants == nil {
		c.plants = map[string]*cachedStatus{}
	}
	if c.plants[plant] == nil {
		c.plants[plant] = &cachedStatus{}
	}
	return c.plants[plant]
}
