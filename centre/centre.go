// Package centre is the program that agents deliver to, as a library: a broker,
// an [ingest.Intake] into the evidence log, projections behind the log, the
// console, and InfluxDB where one is configured. The commands nielu server and
// nielu demo run one.
//
// The centre's file goes in by [ReadConfig]; [Open] makes ready what the file
// names, and [Centre.Run] serves until it is told to end. What it is made of has
// rooms of its own: archive asks the log, entry appends to it, view and metrics
// show it.
//
// Start reading at [Open].
package centre

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/pipeline/projection"
)

// Centre is everything behind the broker.
type Centre struct {
	Config       *Config
	LogKey       *evidence.SigningKey // checkpoints, receipts, enrolments
	StatementKey *evidence.SigningKey // statements, and files entered here
	Evidence     *writer.Log
	Archive      *archive.Archive // asks the same log
	Entry        *entry.Service   // appends to it
	Broker       *broker.Broker   // nil where another one is configured
	Intake       *ingest.Intake
	Store        *projection.Store
	Worker       *projection.Worker
	Influx       *projection.Influx // nil where none is configured
	Console      *console.Console
	Logger       *slog.Logger

	SetAside atomic.Uint64 // projections that were damaged
}

// Open opens the log in the data folder, or makes a new one, enters the
// configured files and keys in it, and makes ready whatever [Centre.Run] runs.
func Open(ctx context.Context, config *Config, logger *slog.Logger) (*Centre, error) {
	return open(ctx, config, logger, false)
}

// open is Open; anew makes the projection from nothing. Of two processes only
// the one that holds the log touches what is made from it.
func open(ctx context.Context, config *Config, logger *slog.Logger, anew bool) (*Centre, error) {
	c := &Centre{Config: config, Logger: logger}
	if err := c.loadKeys(); err != nil {
		return nil, err
	}
	if err := c.publishKeys(); err != nil {
		return nil, fmt.Errorf("publish keys: %w", err)
	}
	if err := c.openLog(ctx); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, anew); err != nil {
		return nil, errors.Join(err, c.Evidence.Close())
	}
	return c, nil
}

func (c *Centre) openLog(ctx context.Context) (err error) {
	folder := c.Config.Folder()
	c.Evidence, err = writer.Open(ctx, folder.Log(), writer.Options{Key: c.LogKey, Log: c.Logger})
	if err != nil {
		return fmt.Errorf("evidence log: %w", err)
	}
	log := &ingest.TrustedLog{Leaves: c.Evidence, Key: c.LogKey.Public(), Reject: func(index uint64, leaf evidence.Leaf) {
		c.Logger.Error("a leaf of the log does not count: its signer may not sign such a leaf; find out how it came into the log", "leaf", index, "kind", leaf.Kind, "signer", leaf.Signer)
	}}
	c.Archive = archive.New(log, c.Config.Plants, folder.Files())
	c.Entry = &entry.Service{
		Archive: c.Archive, Log: c.Evidence, Key: c.StatementKey, Site: c.Config.Site, Method: c.Config.Method,
		Lab: c.Config.Lab, Makers: c.Config.Makers, Verifiers: c.Config.Verifiers, Logger: c.Logger,
	}
	return nil
}

func (c *Centre) prepare(ctx context.Context, anew bool) (err error) {
	folder := c.Config.Folder()
	if anew {
		if err := projection.Delete(folder.Projection()); err != nil {
			return err
		}
	}
	if c.Broker, err = c.builtInBroker(); err != nil {
		return err
	}
	c.Intake = &ingest.Intake{Log: c.Evidence, Key: c.LogKey, Dial: c.dial, Dir: folder.Intake(), Logger: c.Logger}
	if err := c.enrol(ctx); err != nil {
		return err
	}
	if err := c.Entry.Files(ctx, c.Config.Files); err != nil {
		return err
	}
	if err := c.Entry.EnterLab(ctx); err != nil {
		return err
	}
	return c.project(ctx)
}

// Run serves until ctx ends.
func (c *Centre) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	if c.Broker != nil {
		group.Go(func() error { return c.Broker.Run(ctx) })
	}
	group.Go(func() error { return c.Intake.Run(ctx) })
	group.Go(func() error { return c.runProjections(ctx) })
	group.Go(func() error { return c.Entry.WatchLab(ctx) })
	group.Go(func() error { return c.Entry.Roll(ctx) })
	return errors.Join(group.Wait(), c.Close())
}

// Close rolls the last decisions and releases the log and the store of a
// centre that does not run.
func (c *Centre) Close() error {
	return errors.Join(c.Entry.RollNow(context.Background()), c.Store.Close(), c.Evidence.Close())
}
