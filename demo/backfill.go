package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/spool"
	"github.com/nielu/nielu/measure"
)

// weeks is how far back the demo's plants were recorded: whole weeks, since
// laboratory lots are weeks.
const weeks = 5

// backfill brings a plant's past into the log as an agent of its own, by the
// way of any agent: spool, signed batches, broker, intake, receipts.
func (s *Site) backfill(ctx context.Context, sim *devicetest.Sim, catalogue devices.Catalogue, t *progress) error {
	name := "import-" + sim.Plant()
	dir := s.agentDir(name)
	key, err := evidence.LoadOrCreateKey(filepath.Join(dir, "agent.key"), name)
	if err != nil {
		return err
	}
	catalogue.Agent = name
	queue, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{
		Site: catalogue.Site, Agent: name, Plants: catalogue.Plants(), Catalogue: catalogue.Encode(),
		Sign: key.Sign, Centre: s.Centre.LogKey.Verifier(), SealEvery: time.Second, Log: s.log, Span: gateway.OwnTimes(catalogue),
	})
	if err != nil {
		return err
	}
	uplink := &ingest.Uplink{Site: catalogue.Site, Agent: name, Outbox: queue, Log: s.log, Dial: func(ctx context.Context) (ingest.Pipe, error) {
		client, err := mqtt.Dial(ctx, mqtt.Options{URL: s.broker(), ClientID: "nielu-" + name})
		if err != nil {
			return nil, err
		}
		return client, nil
	}}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return queue.Run(ctx) })
	group.Go(func() error { return uplink.Run(ctx) })
	group.Go(func() error { return s.record(ctx, sim, catalogue, queue, t) })
	return errors.Join(group.Wait(), queue.Close())
}

// record appends the scans of the past, one of each block a minute, up to the
// first start of the demo. A marker in the importer's folder tells how far it is.
func (s *Site) record(ctx context.Context, sim *devicetest.Sim, catalogue devices.Catalogue, queue *spool.Spool, t *progress) error {
	monday := s.opened.Truncate(24 * time.Hour)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	first, last := monday.AddDate(0, 0, -7*weeks), s.opened
	marker := filepath.Join(s.agentDir(catalogue.Agent), "imported-to")
	at := first
	if text, err := os.ReadFile(marker); err == nil {
		if at, err = time.Parse(time.RFC3339, string(text)); err != nil {
			return fmt.Errorf("%s: %w", marker, err)
		}
	}
	for at.Before(last) && ctx.Err() == nil {
		scans, next, err := halfDay(sim, catalogue, at, last)
		if err != nil {
			return err
		}
		if _, err := queue.Append(ctx, scans...); err != nil {
			return err
		}
		at = next
		if err := os.WriteFile(marker, []byte(at.Format(time.RFC3339)), 0o600); err != nil {
			return err
		}
		t.note(sim.Plant(), at.Sub(first), last.Sub(first))
	}
	return nil
}

// halfDay returns the scans of half a day.
func halfDay(sim *devicetest.Sim, catalogue devices.Catalogue, from, last time.Time) (scans []measure.Scan, next time.Time, err error) {
	next = from.Add(12 * time.Hour)
	if next.After(last) {
		next = last
	}
	for at := from; at.Before(next); at = at.Add(time.Minute) {
		for i, block := range catalogue.Blocks {
			scan := measure.Scan{Block: uint32(i), At: at.UnixNano()}
			if block.Topic != "" {
				scan.Raw, err = sim.Message(block.Topic, at)
			} else {
				var words []uint16
				words, err = sim.Registers(block.UnitID, block.Function, block.Address, block.Quantity, at)
				for _, word := range words {
					scan.Raw = binary.BigEndian.AppendUint16(scan.Raw, word)
				}
			}
			if errors.Is(err, devicetest.ErrSilent) {
				if block.Topic != "" {
					continue // a dead sensor publishes nothing
				}
				scan.Raw, scan.Fault, err = nil, 11, nil // as its gateway would have noted
			}
			if err != nil {
				return nil, next, fmt.Errorf("past of %s: %s at %s: %w", sim.Plant(), block.Instrument, at, err)
			}
			scans = append(scans, scan)
		}
	}
	return scans, next, nil
}
