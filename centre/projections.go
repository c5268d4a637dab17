package centre

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/measure/backoff"
	"github.com/nielu/nielu/pipeline/projection"
)

const checkEvery = 24 * time.Hour // the projection's file is read whole

// project makes ready what is made from the log: the store, whoever keeps it
// up, and the console that shows it.
func (c *Centre) project(ctx context.Context) error {
	store, err := projection.Open(ctx, c.Config.Folder().Projection(), c.Logger)
	if err != nil {
		return err
	}
	c.Store = store
	c.Worker = &projection.Worker{
		Store: c.Store, Feed: feed{c.Archive.Reader}, Source: c.Archive.Reader, Plants: c.Config.Plants, Issue: c.state, Log: c.Logger, Ahead: c.Config.Ahead,
		Every: 200 * time.Millisecond, // a value shows on the page within a moment of its receipt
	}
	if c.Influx, err = c.influx(); err == nil {
		c.Console, err = c.openConsole()
	}
	if err != nil {
		return errors.Join(err, store.Close())
	}
	return nil
}

// state states a lot that the worker found complete.
func (c *Centre) state(ctx context.Context, due projection.DueLot) error {
	return c.Entry.State(ctx, entry.Due{Plant: due.Plant, Lot: due.Lot, Interval: due.Interval, Through: due.Through})
}

// runProjections runs what is made from the log until ctx ends. A damaged
// store is set aside and made again beside an intake that goes on: whatever
// becomes of a projection, what gateways deliver is taken.
func (c *Centre) runProjections(ctx context.Context) error {
	for {
		err := c.runStore(ctx)
		if !errors.Is(err, projection.ErrDamaged) {
			return err
		}
		c.Logger.Error("the projection is set aside and made again; the console is away for a moment, nothing is lost", "error", err)
		c.SetAside.Add(1)
		for pause := backoff.Pause(0); ; {
			if err = c.Store.Close(); err == nil {
				err = projection.SetAside(c.Config.Folder().Projection())
			}
			if err == nil {
				err = c.project(ctx)
			}
			if err == nil {
				break
			}
			c.Logger.Error("the projection cannot be made again yet; the intake goes on", "error", err)
			if backoff.Sleep(ctx, pause.Next(time.Second, time.Minute)); ctx.Err() != nil {
				return nil
			}
		}
	}
}

// runStore runs what works on one store, until ctx ends or the store is found damaged.
func (c *Centre) runStore(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.Worker.Run(ctx) })
	group.Go(func() error { return c.Console.Serve(ctx, c.Config.Listen) })
	if c.Influx != nil {
		group.Go(func() error { return c.Influx.Run(ctx) })
	}
	group.Go(func() error {
		for {
			if err := c.Store.Check(ctx); errors.Is(err, projection.ErrDamaged) {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(checkEvery):
			}
		}
	})
	return group.Wait()
}
