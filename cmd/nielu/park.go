package main

import (
	"context"
	"errors"
	"fmt"
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

// park is the demo's business park: simulated plants, a gateway beside each,
// and the centre they deliver to.
type park struct {
	dir    string
	now    time.Time
	opened time.Time // for the first time: what was before is imported
	plants []*devicetest.Sim
	hub    *centre.Centre
	log    *slog.Logger
}

// commissioned is when the simulated plants' counters were at zero. Their
// whole history is a function of it and of the time.
var commissioned = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// openPark writes the files of a park in dir and opens its centre.
func openPark(ctx context.Context, dir, listen string, now time.Time, log *slog.Logger) (*park, error) {
	p := &park{dir: dir, now: now, log: log}
	var agents strings.Builder
	for _, name := range devicetest.Plants() {
		sim := devicetest.New(name, 1, commissioned)
		p.plants = append(p.plants, sim)
		for _, agent := range []string{"gw-" + name, "import-" + name} {
			if err := os.MkdirAll(p.agentDir(agent), 0o700); err != nil {
				return nil, err
			}
			key, err := evidence.LoadOrCreateKey(filepath.Join(p.agentDir(agent), "agent.key"), agent)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&agents, "  - { key: %q, site: demo-park }\n", key.Verifier())
		}
		if name != recorded { // of that one people enter records instead
			if err := p.write(filepath.Join("lab", name+".yaml"), sim.Lab(now)); err != nil {
				return nil, err
			}
		}
		if err := p.write(filepath.Join("agents", "gw-"+name, "plc-"+name+".yaml"), devicetest.PLCProfile(name)); err != nil {
			return nil, err
		}
	}
	if err := p.writePlants(); err != nil {
		return nil, err
	}
	text := fmt.Sprintf("site: demo-park\ndata: data\nlisten: %q\nbroker: { listen: 127.0.0.1:0 }\nagents:\n%splants: [plants/%s.yaml]\nmethod: puro-2025\nlab: lab\n",
		listen, agents.String(), strings.Join(devicetest.Plants(), ".yaml, plants/"))
	people, err := p.people()
	if err != nil {
		return nil, err
	}
	if err := p.write("nielu.yaml", []byte(text+people)); err != nil {
		return nil, err
	}
	config, err := centre.ReadConfig(filepath.Join(dir, "nielu.yaml"))
	if err != nil {
		return nil, err
	}
	if p.hub, err = centre.Open(ctx, config, log); err != nil {
		return nil, err
	}
	if err := p.enterRecords(ctx); err != nil {
		return nil, errors.Join(err, p.hub.Close())
	}
	return p, nil
}

func (p *park) agentDir(agent string) string { return filepath.Join(p.dir, "agents", agent) }

func (p *park) write(name string, data []byte) error {
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func (p *park) broker() string { return "mqtt://" + p.hub.Broker.Addr() }

// run runs everything until ctx ends.
func (p *park) run(ctx context.Context, t *teller) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.hub.Run(ctx) })
	group.Go(func() error { return t.run(ctx) })
	for _, sim := range p.plants {
		group.Go(func() error { return p.plant(ctx, sim, t) })
	}
	return group.Wait()
}

// plant runs one plant's instruments, its gateway, and the import of its past.
func (p *park) plant(ctx context.Context, sim *devicetest.Sim, t *teller) error {
	group, ctx := errgroup.WithContext(ctx)
	address := make(chan string, 1)
	group.Go(func() error { return sim.Serve(ctx, "127.0.0.1:0", func(a string) { address <- a }) })
	group.Go(func() error { return p.sensors(ctx, sim) })
	group.Go(func() error {
		var modbus string
		select {
		case modbus = <-address:
		case <-ctx.Done():
			return nil
		}
		name := "gw-" + sim.Plant()
		file := filepath.Join(p.agentDir(name), "agent.yaml")
		text := devicetest.AgentConfig(sim.Plant(), modbus, p.broker(), p.hub.LogKey.Verifier())
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
		g, err := gateway.Open(file, p.log)
		if err != nil {
			return err
		}
		group.Go(func() error { return p.importPast(ctx, sim, g.Config.Catalogue(), t) })
		return g.Run(ctx)
	})
	return group.Wait()
}
