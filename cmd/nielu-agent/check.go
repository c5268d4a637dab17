package main

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/program"
)

type checkCommand struct {
	agentFile
	JSON bool
}

// Flags adds what the command asks.
func (c *checkCommand) Flags(f *program.Flags) {
	c.agentFile.Flags(f)
	f.BoolVar(&c.JSON, "json", false, "Print the faults as a JSON list of file, line, column and message.")
}

// Run lists every fault of the agent file and of all that it names.
func (c *checkCommand) Run(_ context.Context, s program.Streams) error {
	notes, err := gateway.Check(c.File)
	if err := s.Faults(err, notes, c.JSON); err != nil || c.JSON {
		return err
	}
	config, err := gateway.ReadConfig(c.File)
	if err != nil {
		return err
	}
	catalogue := config.Catalogue()
	fmt.Fprintf(s.Err, "%s: fine: %d tags in %d requests and subscriptions, catalogue %.12s\n",
		c.File, len(catalogue.Tags()), len(catalogue.Blocks), catalogue.Digest())
	ranges := 0
	for _, block := range catalogue.Blocks {
		for _, point := range block.Points {
			if point.Range != nil {
				ranges++
			}
		}
	}
	if ranges > 0 {
		fmt.Fprintf(s.Err, "%d tags have a range here: beyond it a value is uncertain and keeps its figure; only the plant file's range makes it bad\n", ranges)
	}
	return nil
}
