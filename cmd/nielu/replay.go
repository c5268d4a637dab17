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

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/demo/replay"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/program"
)

type replayCommand struct {
	program.Service
	Map    string        `arg:"" help:"Map of the recording: boiler, biogas-meter, biogas-mfc, or a file."`
	Plant  string        `placeholder:"FILE" help:"Plant file; default: the one that belongs to the built-in map."`
	Data   string        `required:"" placeholder:"FOLDER" help:"The folder the recording's path in the map starts from."`
	Pace   time.Duration `placeholder:"10m" help:"Show each row for so long; default: as fast as it is read."`
	Dir    string        `placeholder:"DIR" help:"Keep log and projections there; default: a folder that is removed at the end."`
	Listen string        `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where the console listens (${default})."`
	Plots  string        `placeholder:"FOLDER" help:"Also draw what the balances tell there, as SVG."`
	Stay   bool          `help:"Go on serving the console when all is computed, until Ctrl-C."`
}

// Run plays a recording through registers or messages, a gateway, a broker,
// the log and the pipeline, and prints what came out.
func (r *replayCommand) Run(ctx context.Context, s program.Streams) (err error) {
	recording, plant, err := r.open()
	if err != nil && !errors.As(err, new(program.Exit)) {
		err = program.Exit{Code: program.Usage, Err: err}
	}
	if err != nil {
		return err
	}
	dir := r.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "nielu-replay-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if err = os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	recording.Pace = r.Pace
	meter := program.NewMeter(s.Err)
	recording.Progress = func(done, total int) { meter.Show("rows", done, total) }
	rig, err := replay.Open(ctx, dir, r.Listen, recording, plant, s.Log(slog.LevelError))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "replaying %d rows of %s, %s; console: http://%s\n", recording.Rows(), recording.Name(), recording.Interval(), r.Listen)
	return rig.Run(ctx, func(ctx context.Context) error {
		meter.Clear()
		if err := rig.Summary(ctx, s.Out); err != nil {
			return err
		}
		if err := rig.Overview(ctx, s.Out, r.Plots, r.Data); err != nil {
			return err
		}
		if r.Stay {
			<-ctx.Done()
		}
		return nil
	})
}

// open reads the map, its recording and the plant file.
func (r *replayCommand) open() (*devicetest.Replay, []byte, error) {
	mapFile, plantFile := r.Map, r.Plant
	read := program.ReadConfig
	if !strings.ContainsAny(r.Map, "./\\") {
		family, _, _ := strings.Cut(r.Map, "-")
		mapFile = "examples/replay/" + r.Map + ".yaml"
		if read = configs.Examples.ReadFile; plantFile == "" {
			plantFile = "examples/replay/" + family + "-plant.yaml"
		}
	} else if plantFile == "" {
		return nil, nil, fmt.Errorf("give the plant of %s with --plant", r.Map)
	}
	text, err := read(mapFile)
	if err != nil {
		return nil, nil, fmt.Errorf("there is no replay map %q: give boiler, biogas-meter, biogas-mfc or the path of a file", r.Map)
	}
	recording, err := devicetest.ParseReplay(mapFile, text)
	if err != nil {
		return nil, nil, err
	}
	if err := recording.Open(r.Data); err != nil {
		return nil, nil, program.Exit{Code: program.Unreachable, Err: err}
	}
	if r.Plant != "" {
		read = program.ReadConfig
	}
	plant, err := read(filepath.ToSlash(plantFile))
	return recording, plant, err
}
