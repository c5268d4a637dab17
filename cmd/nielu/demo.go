package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nielu/nielu/demo"
	"github.com/nielu/nielu/program"
)

type demoCommand struct {
	program.Service
	For     time.Duration `placeholder:"60s" help:"End after this time by itself."`
	Dir     string        `placeholder:"DIR" help:"Keep the demo's data there; default: a folder that is removed at the end."`
	Listen  string        `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where the console listens (${default})."`
	Fault   []string      `placeholder:"TAG=KIND:SIZE@AGO" help:"Let an instrument lie from now on, or since AGO, as 240h, or from then to then, as 240h-216h: bias or drift with a size in the tag's unit, scale with one in per cent, frozen, sentinel, dead, counter-reset; may be given again."`
	Verbose bool          `short:"v" help:"Show the programs' own log."`
}

// Run runs three plants, their gateways and a centre until it is interrupted.
func (d *demoCommand) Run(ctx context.Context, s program.Streams) (err error) {
	dir := d.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "nielu-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if d.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.For)
		defer cancel()
	}
	level := slog.LevelError
	if d.Verbose {
		level = slog.LevelInfo
	}
	began := time.Now()
	site, err := demo.Open(ctx, dir, d.Listen, began, s.Log(level))
	if err != nil {
		return err
	}
	if err := site.Spoil(d.Fault); err != nil {
		return program.Exit{Code: program.Usage, Err: errors.Join(err, site.Centre.Close())}
	}
	fmt.Fprintf(s.Err, "three pilots: pyro1 (slow pyrolysis), htl1 (hydrothermal liquefaction), lf1 (landfill gas, biochar cover)\n")
	fmt.Fprintf(s.Err, "console:      http://%s\n", d.Listen)
	fmt.Fprintf(s.Err, "data:         %s\n", dir)
	fmt.Fprintf(s.Err, "end it with Ctrl-C\n\n")
	err = site.Run(ctx, s.Err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	fmt.Fprintf(s.Err, "\nran for %s: %d leaves in the evidence log, %d scans taken\n",
		time.Since(began).Round(time.Second), site.Centre.Worker.Stats.Cursor.Load(), site.Centre.Intake.Stats.Scans.Load())
	return err
}
