package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/gateway"
)

// bench is a recorded plant with a gateway beside it and a centre of its own.
type bench struct {
	recording *devicetest.Replay
	hub       *centre.Centre
	dir       string
	log       *slog.Logger
}

// maxAhead is how many messages a recording may be ahead of the gateway.
const maxAhead = 256

// errDone ends a bench whose work is done.
var errDone = errors.New("done")

func openBench(ctx context.Context, dir, listen string, recording *devicetest.Replay, plant []byte, log *slog.Logger) (*bench, error) {
	b := &bench{recording: recording, dir: dir, log: log}
	key, err := evidence.LoadOrCreateKey(filepath.Join(dir, "agent.key"), "gw-"+recording.Name())
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("site: demo-park\nlisten: %q\nbroker: { listen: 127.0.0.1:0 }\nagents:\n  - { key: %q, site: demo-park }\nplants: [./plant.yaml]\n", listen, key.Verifier())
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "plant.yaml"), plant, 0o600),
		os.WriteFile(filepath.Join(dir, "nielu.yaml"), []byte(text), 0o600),
		os.WriteFile(filepath.Join(dir, recording.Name()+".yaml"), recording.Profile(), 0o600),
	)
	if err != nil {
		return nil, err
	}
	config, err := centre.ReadConfig(filepath.Join(dir, "nielu.yaml"))
	if err != nil {
		return nil, err
	}
	b.hub, err = centre.Open(ctx, config, log)
	return b, err
}

// run replays everything, waits until all of it is computed, and calls then.
func (b *bench) run(ctx context.Context, then func(ctx context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.hub.Run(ctx) })
	address := make(chan string, 1)
	group.Go(func() error { return b.recording.Serve(ctx, "127.0.0.1:0", func(a string) { address <- a }) })
	group.Go(func() error {
		select {
		case modbus := <-address:
			return b.gateway(ctx, group, modbus, then)
		case <-ctx.Done():
			return nil
		}
	})
	if err := group.Wait(); err != nil && !errors.Is(err, errDone) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (b *bench) gateway(ctx context.Context, group *errgroup.Group, modbus string, then func(ctx context.Context) error) error {
	broker := "mqtt://" + b.hub.Broker.Addr()
	agent := devicetest.Agent{Modbus: modbus, Broker: broker, Centre: b.hub.LogKey.Verifier()}
	file := filepath.Join(b.dir, "agent.yaml")
	if err := os.WriteFile(file, b.recording.AgentConfig(agent), 0o600); err != nil {
		return err
	}
	g, err := gateway.Open(file, b.log)
	if err != nil {
		return err
	}
	group.Go(func() error { return g.Run(ctx) })
	if len(g.Config.MQTT) > 0 {
		group.Go(func() error { return b.publish(ctx, g, broker) })
	}
	if err := b.settle(ctx, g); err != nil {
		return err
	}
	if err := then(ctx); err != nil {
		return err
	}
	return errDone
}

// publish plays the recording as messages once the gateway listens.
func (b *bench) publish(ctx context.Context, g *gateway.Gateway, broker string) error {
	if !wait(ctx, func() bool { return g.Poller.Stats.Subscribers[0].Connected.Load() }) {
		return nil
	}
	client, err := mqtt.Dial(ctx, mqtt.Options{URL: broker, ClientID: "recording"})
	if err != nil {
		return err
	}
	defer client.Close()
	published := uint64(0)
	return b.recording.Publish(ctx, func(ctx context.Context, topic string, retained bool, payload []byte) error {
		// A broker drops what a slow reader leaves waiting: keep within its queue.
		wait(ctx, func() bool { return published < g.Poller.Stats.Subscribers[0].Messages.Load()+maxAhead })
		published++
		return client.Publish(ctx, topic, retained, payload)
	})
}
