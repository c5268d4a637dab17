package devicetest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/measure"
)

// The real poller reads every instrument of every plant, with good values.
func TestPollerReadsThePlants(t *testing.T) {
	for _, plant := range devicetest.Plants() {
		s := devicetest.New(plant, 5, commissioned)
		addr := serveReplay(t, s.Serve)
		file := devicetest.AgentConfig(plant, addr, "mqtt://127.0.0.1:1", "nielu-log+1a2b3c4d+AbCdEf")
		config, err := polling.ParseConfig("agent.yaml", file, profile(plant))
		if err != nil {
			t.Fatal(err)
		}
		c := config.Catalogue()
		waiting := map[uint32]bool{}
		for i, b := range c.Blocks {
			if b.Topic == "" {
				waiting[uint32(i)] = true
			}
		}
		var mu sync.Mutex
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		err = polling.NewPoller(config, nil).Run(ctx, func(_ context.Context, scan measure.Scan) error {
			mu.Lock()
			defer mu.Unlock()
			if !waiting[scan.Block] {
				return nil
			}
			for _, r := range c.Readings(scan) {
				if r.Quality != measure.GoodQuality {
					t.Errorf("%s is %s", r.Tag, r.Quality)
				}
			}
			if delete(waiting, scan.Block); len(waiting) == 0 {
				cancel()
			}
			return nil
		})
		cancel()
		if err != nil {
			t.Error(err)
		}
		for i := range waiting {
			t.Errorf("%s: block of %s was not read", plant, c.Blocks[i].Instrument)
		}
	}
}

// The real poller reads every row of a replay exactly as recorded.
func TestPollerReadsAReplay(t *testing.T) {
	r := loaded(t, "biogas-meter")
	config := agentOf(t, r, serveReplay(t, r.Serve))
	c := config.Catalogue()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var scans []measure.Scan
	err := polling.NewPoller(config, nil).Run(ctx, func(_ context.Context, scan measure.Scan) error {
		scans = append(scans, scan)
		select {
		case <-r.Done():
			cancel()
		default:
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := seriesOf(t, c.Decode(scans), "ghe/meter/volume_flow")
	if len(got.Samples) != r.Rows() {
		t.Errorf("%d flows read, %d rows recorded", len(got.Samples), r.Rows())
	}
	for _, s := range got.Samples {
		if s.Quality != measure.GoodQuality {
			t.Fatalf("flow at %s is %s", time.Unix(0, s.At).UTC(), s.Quality)
		}
	}
}
