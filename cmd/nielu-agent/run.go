package main

import (
	"context"
	"log/slog"

	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/program"
)

type runCommand struct {
	program.Service
	agentFile
	Verbose bool
}

// Flags adds what the command asks.
func (c *runCommand) Flags(f *program.Flags) {
	c.agentFile.Flags(f)
	f.BoolVarP(&c.Verbose, "verbose", "v", false, "Say more.")
}

// Run runs the gateway until it is interrupted.
func (r *runCommand) Run(ctx context.Context, s program.Streams) error {
	level := slog.LevelInfo
	if r.Verbose {
		level = slog.LevelDebug
	}
	if _, err := r.read(); err != nil {
		return err
	}
	g, err := gateway.Open(r.File, s.Log(level))
	if err != nil {
		return err
	}
	g.Log.Info("running", "catalogue", g.Config.Catalogue().Digest(), "broker", g.Config.Broker, "key", g.Key.Verifier())
	return g.Run(ctx)
}
