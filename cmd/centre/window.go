package centre

import (
	"context"
	"errors"
	"time"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/measure"
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

func (w window) Statements(ctx context.Context, plant string) (any, error) {
	return w.Store.Statements(ctx, plant)
}

// console makes the page, the API and the metrics of the centre.
func (c *Centre) console() (*console.Console, error) {
	metrics, err := c.metrics()
	if err != nil {
		return nil, err
	}
	w := window{c}
	return console.New(console.Deps{Plants: w, History: w, Balances: w, Evidence: w, Desk: desk{c}, Authors: c.Config.Authors, Metrics: metrics, Ready: c.ready, Log: c.Logger}), nil
}

// ready tells whether the centre takes leaves and its projections can be read.
func (c *Centre) ready(ctx context.Context) error {
	if c.Intake.Stats.Connects.Load() == 0 {
		return errors.New("the intake has not reached the broker yet")
	}
	_, err := c.Store.Cursor(ctx)
	return err
}
