package centre

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/projection"
)

// window shows the projections to the console.
type window struct{ *Centre }

func (w window) Plants(context.Context) (any, error) { return w.Centre.Plants, nil }

func (w window) Now(ctx context.Context, plant string) (any, error) { return w.Store.Now(ctx, plant) }

func (w window) Rollups(ctx context.Context, tag measure.Tag, in measure.Interval, step time.Duration) (any, error) {
	return w.Store.Rollups(ctx, tag, in, step)
}

func (w window) Closures(ctx context.Context, plant string, in measure.Interval) (any, error) {
	return w.Store.Closures(ctx, plant, in)
}

func (w window) Batches(ctx context.Context, limit int) (any, error) {
	return w.Store.Batches(ctx, limit)
}

// Statements lists them with how far each has come, from the log.
func (w window) Statements(ctx context.Context, plant string) (any, error) {
	rows, err := w.Store.Statements(ctx, plant)
	if err != nil {
		return nil, err
	}
	states := map[uint64]StandingView{}
	for _, p := range w.Centre.Plants {
		if plant != "" && plant != p.ID {
			continue
		}
		r, err := w.acts.register(ctx, w.Reader, p.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range r.Statements {
			states[s.Leaf] = standingOf(s)
		}
	}
	all := make([]statementView, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row, &all[i].Statement); err != nil {
			return nil, err
		}
		at := states[all[i].Index]
		all[i].State, all[i].Digest, all[i].Acts = at.State, at.Digest, at.Acts
	}
	return all, nil
}

// statementView is a statement as the console shows it.
type statementView struct {
	projection.Statement
	State  string    `json:"state"` // sealed, signed, certified, superseded or withdrawn
	Digest string    `json:"digest"`
	Acts   []ActView `json:"acts"`
}

// console makes the page, the API and the metrics of the centre.
func (c *Centre) console() (*console.Console, error) {
	metrics, err := c.metrics()
	if err != nil {
		return nil, err
	}
	w := window{c}
	return console.New(console.Deps{Plants: w, History: w, Balances: w, Evidence: w, Desk: desk{c}, Clocks: desk{c}, Authors: c.Config.Authors, Metrics: metrics, Ready: c.ready, Healthy: c.healthy, Log: c.Logger}), nil
}

// ready tells whether the centre takes leaves and its projections can be read.
func (c *Centre) ready(ctx context.Context) error {
	if c.Intake.Stats.Connects.Load() == 0 {
		return errors.New("the intake has not reached the broker yet")
	}
	_, err := c.Store.Cursor(ctx)
	return err
}

// healthy tells whether the built-in broker can let gateways in.
func (c *Centre) healthy() error {
	if c.Broker == nil {
		return nil
	}
	return c.Broker.Health()
}
