package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/program"
)

type rebuildCommand struct {
	program.Service
	centreFile
	What string `arg:"" optional:"" enum:"sqlite,influx" default:"sqlite" help:"sqlite: everything that is computed; influx: send all of it to InfluxDB again."`
}

// Run makes a projection again. The centre must not be running.
func (r *rebuildCommand) Run(ctx context.Context, s program.Streams) error {
	config, err := r.config()
	if err != nil {
		return err
	}
	began := time.Now()
	leaves, err := centre.Rebuild(ctx, config, r.What, s.Log(slog.LevelWarn))
	if errors.Is(err, centre.ErrNoInflux) {
		return program.Exit{Code: program.Usage, Err: err}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "%s made again from %d leaves in %s\n", r.What, leaves, time.Since(began).Round(time.Millisecond))
	return nil
}
