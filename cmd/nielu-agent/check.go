package main

import (
	"fmt"

	"github.com/nielu/nielu/cmd/gateway"
	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/measure/strict"
)

type checkCommand struct {
	agentFile
	JSON bool `name:"json" help:"Print the faults as a JSON list of file, line, column and message."`
}

// Run lists every fault of the agent file and its profiles.
func (c *checkCommand) Run(s program.Streams) error {
	config, err := gateway.ReadConfig(c.File)
	var notes strict.Problems
	if err == nil {
		notes = config.Notes
	}
	if err := s.Faults(err, notes, c.JSON); err != nil || c.JSON {
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
