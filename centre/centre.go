package centre

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/projection"
)

// Centre is everything behind the broker.
type Centre struct {
	Config       *Config
	LogKey       *evidence.SigningKey // checkpoints, receipts, enrolments
	StatementKey *evidence.SigningKey // statements, and files entered here
	Evidence     *writer.Log
	Reader       *ingest.Reader
	Broker       *broker.Broker // nil where another one is configured
	Intake       *ingest.Intake
	Plants       []*pipeline.Plant
	Method       *carbon.Method
	Store        *projection.Store
	Worker       *projection.Worker
	Influx       *projection.Influx // nil where none is configured
	Console      *console.Console
	Logger       *slog.Logger

	SetAside atomic.Uint64 // projections that were damaged

	entered  map[string]string // newest files in the log, by kind and name: digests
	method   input
	labFault string
	acts     acts
	entering sync.Mutex // one entry at a time: each is checked against all before it

	reports   keptReports
	standings standings
}

// Names of what the data folder holds.
const (
	logFolder    = "log"
	intakeFolder = "intake"
	storeFile    = "projection.db"
	keyFolder    = "keys"
)

// Open opens the log in the data folder, or makes a new one, enters the
// configured files and keys in it, and makes ready whatever [Centre.Run] runs.
func Open(ctx context.Context, config *Config, logger *slog.Logger) (*Centre, error) {
	return open(ctx, config, logger, false)
}

// open is Open; anew makes the projection from nothing. Of two processes only
// the one that holds the log touches what is made from it.
func open(ctx context.Context, config *Config, logger *slog.Logger, anew bool) (*Centre, error) {
	c := &Centre{Config: config, Logger: logger}
	plants, files, err := config.inputs()
	if err != nil {
		return nil, err
	}
	c.Plants, c.method = plants, files[len(files)-1]
	if c.Method, err = carbon.ParseMethod(c.method.name, c.method.body); err != nil {
		return nil, err
	}
	if c.LogKey, c.StatementKey, err = config.keys(); err != nil {
		return nil, err
	}
	if err := config.publish(c.LogKey, c.StatementKey); err != nil {
		return nil, fmt.Errorf("publish keys: %w", err)
	}
	if err := c.openLog(ctx); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, files, anew); err != nil {
		return nil, errors.Join(err, c.Evidence.Close())
	}
	return c, nil
}

func (c *Centre) openLog(ctx context.Context) (err error) {
	c.Evidence, err = writer.Open(ctx, c.Config.data(logFolder), writer.Options{Key: c.LogKey, Log: c.Logger})
	if err != nil {
		return fmt.Errorf("evidence log: %w", err)
	}
	c.Reader = &ingest.Reader{Log: c.vouched(), Decode: devices.Decode}
	return nil
}

func (c *Centre) prepare(ctx context.Context, files []input, anew bool) (err error) {
	if anew {
		if err := projection.Delete(c.Config.data(storeFile)); err != nil {
			return err
		}
	}
	if c.Broker, err = c.Config.builtInBroker(c.StatementKey.Name(), c.Logger); err != nil {
		return err
	}
	c.Intake = &ingest.Intake{Log: c.Evidence, Key: c.LogKey, Dial: c.dial, Dir: c.Config.data(intakeFolder), Logger: c.Logger}
	if err := c.enrol(ctx); err != nil {
		return err
	}
	if err := c.enter(ctx, files); err != nil {
		return err
	}
	if err := c.enterLab(ctx); err != nil {
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
	group.Go(func() error { return c.watchLab(ctx) })
	group.Go(func() error { return c.keepRolls(ctx) })
	return errors.Join(group.Wait(), c.Close())
}
