// Package replay plays a recording of a real plant through registers or
// messages, a gateway, a broker, the log and the pipeline, in a centre of its
// own. A recording and a plant file go in; out come the mean of each tag, the
// balances, and pictures of what they tell.
//
// Start reading at [Open] and [Rig.Run].
package replay

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

// Rig is a recorded plant with a gateway beside it and a centre of its own.
type Rig struct {
	recording *devicetest.Replay
	centre    *centre.Centre
	dir       string
	log       *slog.Logger
}

// maxAhead is how many messages a recording may be ahead of the gateway.
const maxAhead = 256

// errDone ends a rig whose work is done.
var errDone = errors.New("done")

// Open writes the files of a rig in dir and opens its centre, whose console
// will listen on an address.
func Open(ctx context.Context, dir, listen string, recording *devicetest.Replay, plant []byte, log *slog.Logger) (*Rig, error) {
	r := &Rig{recording: recording, dir: dir, log: log}
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
	r.centre, err = centre.Open(ctx, config, log)
	return r, err
}

// Run replays everything, waits until all of it is computed, and calls then.
func (r *Rig) Run(ctx context.Context, then func(ctx context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.centre.Run(ctx) })
	address := make(chan string, 1)
	group.Go(func() error { return r.recording.Serve(ctx, "127.0.0.1:0", func(a string) { address <- a }) })
	group.Go(func() error {
		select {
		case modbus := <-address:
			return r.gateway(ctx, group, modbus, then)
		case <-ctx.Done():
			return nil
		}
	})
	if err := group.Wait(); err != nil && !errors.Is(err, errDone) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (r *Rig) gateway(ctx context.Context, group *errgroup.Group, modbus string, then func(ctx context.Context) error) error {
	broker := "mqtt://" + r.centre.Broker.Addr()
	agent := devicetest.Agent{Modbus: modbus, Broker: broker, Centre: r.centre.LogKey.Verifier()}
	file := filepath.Join(r.dir, "agent.yaml")
	if err := os.WriteFile(file, r.recording.AgentConfig(agent), 0o600); err != nil {
		return err
	}
	g, err := gateway.Open(file, r.log)
	if err != nil {
		return err
	}
	group.Go(func() error { return g.Run(ctx) })
	if len(g.Config.MQTT) > 0 {
		group.Go(func() error { return r.publish(ctx, g, broker) })
	}
	if err := r.drain(ctx, g); err != nil {
		return err
	}
	if err := then(ctx); err != nil {
		return err
	}
	return errDone
}

// publish plays the recording as messages once the gateway listens.
func (r *Rig) publish(ctx context.Context, g *gateway.Gateway, broker string) error {
	if !wait(ctx, func() bool { return g.Poller.Stats.Subscribers[0].Connected.Load() }) {
		return nil
	}
	client, err := mqtt.Dial(ctx, mqtt.Options{URL: broker, ClientID: "recording"})
	if err != nil {
		return err
	}
	defer client.Close()
	published := uint64(0)
	return r.recording.Publish(ctx, func(ctx context.Context, topic string, retained bool, payload []byte) error {
		// A broker drops what a slow reader leaves waiting: keep within its queue.
		wait(ctx, func() bool { return published < g.Poller.Stats.Subscribers[0].Messages.Load()+maxAhead })
		published++
		return client.Publish(ctx, topic, retained, payload)
	})
}
