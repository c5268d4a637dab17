// Package demo runs a business park on one machine: simulated plants with their
// registers and sensors, a gateway beside each, a past of five weeks that is
// imported by the way of any agent, what people enter, and the centre that all
// of them deliver to. A folder goes in, which a demo that is started again finds
// as it left it; out come a centre to look at and words of how far it is.
//
// Start reading at [Open] and [Site.Run].
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/gateway"
)

// Site is a business park: simulated plants, a gateway beside each, and the
// centre they deliver to.
type Site struct {
	Centre *centre.Centre

	dir    string
	now    time.Time
	opened time.Time // for the first time: what was before is imported
	plants []*devicetest.Sim
	log    *slog.Logger
}

// Commissioned is when the simulated plants' counters were at zero. Their
// whole history is a function of it and of the time.
var Commissioned = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// Open writes the files of a site in dir and opens its centre, whose console
// will listen on an address.
func Open(ctx context.Context, dir, listen string, now time.Time, log *slog.Logger) (*Site, error) {
	s := &Site{dir: dir, now: now, log: log}
	var agents strings.Builder
	for _, name := range devicetest.Plants() {
		sim := devicetest.New(name, 1, Commissioned)
		s.plants = append(s.plants, sim)
		for _, agent := range []string{"gw-" + name, "import-" + name} {
			if err := os.MkdirAll(s.agentDir(agent), 0o700); err != nil {
				return nil, err
			}
			key, err := evidence.LoadOrCreateKey(filepath.Join(s.agentDir(agent), "agent.key"), agent)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&agents, "  - { key: %q, site: demo-park }\n", key.Verifier())
		}
		if name != recordKept { // of that one people enter records instead
			if err := s.write(filepath.Join("lab", name+".yaml"), sim.Lab(now)); err != nil {
				return nil, err
			}
		}
		if err := s.write(filepath.Join("agents", "gw-"+name, "plc-"+name+".yaml"), devicetest.PLCProfile(name)); err != nil {
			return nil, err
		}
	}
	if err := s.writePlants(); err != nil {
		return nil, err
	}
	text := fmt.Sprintf("site: demo-park\ndata: data\nlisten: %q\nbroker: { listen: 127.0.0.1:0 }\nagents:\n%splants: [plants/%s.yaml]\nmethod: puro-2025\nlab: lab\n",
		listen, agents.String(), strings.Join(devicetest.Plants(), ".yaml, plants/"))
	accounts, err := s.accounts()
	if err != nil {
		return nil, err
	}
	if err := s.write("nielu.yaml", []byte(text+accounts)); err != nil {
		return nil, err
	}
	config, err := centre.ReadConfig(filepath.Join(dir, "nielu.yaml"))
	if err != nil {
		return nil, err
	}
	if s.Centre, err = centre.Open(ctx, config, log); err != nil {
		return nil, err
	}
	if err := s.enterRecords(ctx); err != nil {
		return nil, errors.Join(err, s.Centre.Close())
	}
	return s, nil
}

func (s *Site) agentDir(agent string) string { return filepath.Join(s.dir, "agents", agent) }

func (s *Site) write(name string, data []byte) error {
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func (s *Site) broker() string { return "mqtt://" + s.Centre.Broker.Addr() }

// Run runs everything until ctx ends, and tells a reader how it gets on.
func (s *Site) Run(ctx context.Context, to io.Writer) error {
	t := newProgress(to, s)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Centre.Run(ctx) })
	group.Go(func() error { return t.run(ctx) })
	for _, sim := range s.plants {
		group.Go(func() error { return s.plant(ctx, sim, t) })
	}
	return group.Wait()
}

// plant runs one plant's instruments, its gateway, and the import of its past.
func (s *Site) plant(ctx context.Context, sim *devicetest.Sim, t *progress) error {
	group, ctx := errgroup.WithContext(ctx)
	address := make(chan string, 1)
	group.Go(func() error { return sim.Serve(ctx, "127.0.0.1:0", func(a string) { address <- a }) })
	group.Go(func() error { return s.sensors(ctx, sim) })
	group.Go(func() error {
		var modbus string
		select {
		case modbus = <-address:
		case <-ctx.Done():
			return nil
		}
		name := "gw-" + sim.Plant()
		file := filepath.Join(s.agentDir(name), "agent.yaml")
		text := devicetest.AgentConfig(sim.Plant(), modbus, s.broker(), s.Centre.LogKey.Verifier())
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
		g, err := gateway.Open(file, s.log)
		if err != nil {
			return err
		}
		group.Go(func() error { return s.backfill(ctx, sim, g.Config.Catalogue(), t) })
		return g.Run(ctx)
	})
	return group.Wait()
}
