package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/spool"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/program"
)

// Gateway is one agent: its instruments, its spool and its way to the centre.
type Gateway struct {
	Config *polling.Config
	Key    *evidence.SigningKey
	Poller *polling.Poller
	Spool  *spool.Spool
	Uplink *ingest.Uplink
	Log    *slog.Logger

	clock  *clockWatch
	stop   chan struct{} // closed: poll no more
	polled chan struct{} // closed: the poller has ended
}

// ReadConfig reads an agent's file. Profiles are looked up among the built-in
// ones, or beside the file where their name is a path.
func ReadConfig(file string) (*polling.Config, error) {
	data, err := program.ReadConfig(file)
	if err != nil {
		return nil, fmt.Errorf("read agent file: %w", err)
	}
	return polling.ParseConfig(file, data, func(name string) ([]byte, error) {
		if strings.HasPrefix(name, "./") || strings.HasSuffix(name, ".yaml") {
			return program.ReadConfig(resolvePath(file, name))
		}
		return configs.Profile(name)
	})
}

// AgentKey loads the agent's key, or makes it on first use.
func AgentKey(file string, c *polling.Config) (*evidence.SigningKey, error) {
	path := resolvePath(file, c.Key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("folder of the agent's key: %w", err)
	}
	return evidence.LoadOrCreateKey(path, c.Agent)
}

// Open reads an agent's file and opens its key and its spool. Relative paths
// in the file are beside it.
func Open(file string, log *slog.Logger) (*Gateway, error) {
	c, err := ReadConfig(file)
	if err != nil {
		return nil, err
	}
	key, err := AgentKey(file, c)
	if err != nil {
		return nil, err
	}
	log = log.With("agent", c.Agent)
	catalogue := c.Catalogue()
	clock := newClockWatch()
	clock.observe(0)
	s, err := spool.Open(resolvePath(file, c.Spool.Dir), spool.Options{
		Site: c.Site, Agent: c.Agent, Plants: catalogue.Plants(), Catalogue: catalogue.Encode(),
		Sign: key.Sign, Centre: c.Centre, Limit: c.Spool.Limit, SealEvery: c.Spool.SealEvery,
		Span: OwnTimes(catalogue), Clock: clock.State, Log: log,
	})
	if err != nil {
		return nil, err
	}
	g := &Gateway{Config: c, clock: clock, Key: key, Spool: s, Poller: polling.NewPoller(c, log), Log: log, stop: make(chan struct{}), polled: make(chan struct{})}
	g.Uplink = &ingest.Uplink{Site: c.Site, Agent: c.Agent, Outbox: s, Key: key.Verifier(), Log: log, Dial: Dialer(file, c)}
	return g, nil
}

// Run polls, keeps and delivers until ctx ends. What was accepted stays in
// the spool until the centre has signed for it.
func (g *Gateway) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.poll(ctx) })
	group.Go(func() error { return g.Spool.Run(ctx) })
	group.Go(func() error { return g.Uplink.Run(ctx) })
	group.Go(func() error { return g.serveMetrics(ctx) })
	err := group.Wait()
	if closed := g.Spool.Close(); err == nil {
		err = closed
	}
	return err
}

// poll runs the poller until ctx ends or [Gateway.StopPolling] is called.
func (g *Gateway) poll(ctx context.Context) error {
	defer close(g.polled)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-g.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return g.Poller.Run(ctx, g.keep)
}

// StopPolling ends the polling of a running gateway and returns when the last
// scan is kept; what the spool holds is still delivered. It is called once.
func (g *Gateway) StopPolling() {
	close(g.stop)
	<-g.polled
}

// keep puts one scan on the gateway's disk. The spool itself counts, says and
// books what it must refuse.
func (g *Gateway) keep(ctx context.Context, scan measure.Scan) error {
	g.observeClock()
	seq, err := g.Spool.Append(ctx, scan)
	if err == nil {
		g.clock.noteScan(seq, scan.At)
	}
	return err
}
