package centre

import (
	"context"
	"time"

	"github.com/nielu/nielu/pipeline/projection"
)

// project makes ready what is made from the log: the store, whoever keeps it
// up, and the console that shows it.
func (c *Centre) project(ctx context.Context) (err error) {
	if c.Store, err = projection.Open(ctx, c.Config.data(storeFile), c.Logger); err != nil {
		return err
	}
	c.Worker = &projection.Worker{
		Store: c.Store, Feed: feed{c.Reader}, Source: c.Reader, Plants: c.Plants, Issue: c.issue, Log: c.Logger,
		Every: 200 * time.Millisecond, // a value shows on the page within a moment of its receipt
	}
	if c.Influx, err = c.influx(); err != nil {
		return err
	}
	c.Console, err = c.console()
	return err
}
