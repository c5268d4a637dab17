package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/program"
)

type serverCommand struct {
	program.Service
	centreFile
	Verbose bool `short:"v" help:"Say more."`
}

// tidy is the memory in bytes near which garbage is collected more often.
const tidy = 256 << 20

// Run serves until it is interrupted.
func (c *serverCommand) Run(ctx context.Context, s program.Streams) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(tidy)
	}
	running, err := centre.Open(ctx, config, s.Log(level))
	if err != nil {
		return err
	}
	running.Logger.Info("serving", "console", "http://"+config.Listen, "log", running.LogKey.Verifier())
	return running.Run(ctx)
}
