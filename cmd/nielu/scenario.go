package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/scenario"
	"github.com/nielu/nielu/program"
)

type scenarioCommand struct {
	Files []string `arg:"" name:"file" help:"Scenarios, as docs/scenarios.md describes them."`
	Quiet bool     `short:"q" help:"Print only what is not as expected."`
}

// Run plays scenarios and prints readings in and balances out. It ends with 1
// if anything is not as expected, and with 2 if a file is wrong; none is run then.
func (c *scenarioCommand) Run(ctx context.Context, s program.Streams) error {
	var all []*scenario.Scenario
	var faults strict.Problems
	for _, file := range c.Files {
		one, err := readScenario(file)
		problems, ok := strict.ProblemsOf(err)
		if !ok {
			return err
		}
		all, faults = append(all, one), append(faults, problems...)
	}
	if len(faults) > 0 {
		return s.Faults(faults, nil, false)
	}
	failures := 0
	for i, one := range all {
		outcome, err := one.Run(ctx)
		if err != nil {
			return err
		}
		if !c.Quiet {
			if i > 0 {
				fmt.Fprintln(s.Out)
			}
			if err := outcome.Write(s.Out); err != nil {
				return err
			}
		}
		for _, f := range outcome.Failures {
			fmt.Fprintln(s.Err, f)
		}
		failures += len(outcome.Failures)
	}
	if failures > 0 {
		return program.Exit{Code: program.Wrong}
	}
	return nil
}

// readScenario reads a scenario; the files it names lie beside it, and a plant
// may be a built-in one.
func readScenario(file string) (*scenario.Scenario, error) {
	data, err := program.ReadFile(file, program.MostConfig)
	if err != nil {
		return nil, err
	}
	return scenario.Parse(file, data, func(kind, name string) (string, []byte, error) {
		path := name
		if !filepath.IsAbs(name) {
			path = filepath.Join(filepath.Dir(file), name)
		}
		data, err := program.ReadFile(path, program.MostConfig)
		if kind == "plant" && errors.Is(err, fs.ErrNotExist) {
			return plantFile(name)
		}
		return path, data, err
	})
}
