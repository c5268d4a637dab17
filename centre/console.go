package centre

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/centre/metrics"
	"github.com/nielu/nielu/centre/view"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/projection"
)

// openConsole makes the page, the API and the metrics of the centre.
func (c *Centre) openConsole() (*console.Console, error) {
	v := view.New(c.Store, c.Archive)
	handler, err := metrics.Handler(metrics.Sources{
		Intake: c.Intake, Broker: c.Broker, Evidence: c.Evidence, Store: c.Store, Worker: c.Worker, Influx: c.Influx,
		SetAside: &c.SetAside, Plants: c.Config.Plants, View: v,
	})
	if err != nil {
		return nil, err
	}
	reads, takes := consoleView{view: v, store: c.Store, archive: c.Archive}, consoleEntry{c.Entry}
	return console.New(console.Deps{
		Plants: reads, History: reads, Balances: reads, Evidence: reads, Books: reads,
		Entries: takes, Clocks: takes, Authors: c.Config.Authors,
		Metrics: handler, Ready: c.ready, Healthy: c.healthy, Log: c.Logger,
	}), nil
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

// consoleView answers the console's questions.
type consoleView struct {
	view    *view.View
	store   *projection.Store
	archive *archive.Archive
}

func (v consoleView) Plants(context.Context) (any, error) { return v.archive.Plants, nil }

func (v consoleView) Now(ctx context.Context, plant string) (any, error) {
	return v.store.Now(ctx, plant)
}

func (v consoleView) Rollups(ctx context.Context, tag measure.Tag, w measure.Interval, step time.Duration) (any, error) {
	return v.store.Rollups(ctx, tag, w, step)
}

func (v consoleView) Closures(ctx context.Context, plant string, w measure.Interval) (any, error) {
	return v.store.Closures(ctx, plant, w)
}

func (v consoleView) Batches(ctx context.Context, limit int) (any, error) {
	return v.store.Batches(ctx, limit)
}

func (v consoleView) Statements(ctx context.Context, plant string) (any, error) {
	return v.view.Statements(ctx, plant)
}

func (v consoleView) Periods(ctx context.Context, plant string) (any, error) {
	periods, err := v.view.Periods(ctx, plant)
	return periods, absent(err)
}

func (v consoleView) Balance(ctx context.Context, plant string, p console.Period) (any, error) {
	report, err := v.view.Report(ctx, queryOf(plant, p))
	return report, absent(err)
}

func (v consoleView) Picture(ctx context.Context, plant string, p console.Period, finding int) ([]byte, error) {
	svg, err := v.view.Picture(ctx, queryOf(plant, p), finding)
	return svg, absent(err)
}

func (v consoleView) Book(ctx context.Context, plant string) (any, error) {
	if _, err := v.archive.Plant(plant); err != nil {
		return nil, fmt.Errorf("%w: there is no plant %s", console.ErrNotFound, plant)
	}
	return view.BookOf(ctx, v.archive, plant)
}

func queryOf(plant string, p console.Period) archive.Query {
	return archive.Query{Plant: plant, Lot: p.Lot, Campaign: p.Campaign, Interval: p.Interval}
}

// absent makes what is not there a [console.ErrNotFound].
func absent(err error) error {
	if errors.Is(err, archive.ErrNoPeriod) || errors.As(err, new(view.NoFinding)) {
		return fmt.Errorf("%w: %w", console.ErrNotFound, err)
	}
	return err
}

// consoleEntry takes what people enter by the console.
type consoleEntry struct{ service *entry.Service }

func (e consoleEntry) Records(ctx context.Context, author string, text []byte) (any, error) {
	made, err := e.service.Records(ctx, author, text)
	return made, refusal(err)
}

func (e consoleEntry) Attach(ctx context.Context, author string, data []byte) (any, error) {
	made, err := e.service.Attach(ctx, author, data)
	return made, refusal(err)
}

func (e consoleEntry) Sign(ctx context.Context, author, event string, note []byte) (any, error) {
	signed, err := e.service.Sign(ctx, author, event, note)
	if err != nil {
		return nil, refusal(err)
	}
	return view.StatementOf(signed), nil
}

func (e consoleEntry) CorrectClock(ctx context.Context, author string, order []byte) (any, error) {
	made, err := e.service.CorrectClock(ctx, author, order)
	return made, refusal(err)
}

// refusal makes what is wrong with an entry a [console.Refused].
func refusal(err error) error {
	if wrong, ok := errors.AsType[entry.Refused](err); ok {
		return console.Refused{Faults: wrong.Faults, Do: wrong.Do}
	}
	return err
}
