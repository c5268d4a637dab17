package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nielu/nielu/cmd/gateway"
	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/devices"
)

type checkCommand struct {
	agentFile
	JSON bool `name:"json" help:"Print the faults as JSON."`
}

// Run lists every fault of the agent file and its profiles.
func (c *checkCommand) Run(s program.Streams) error {
	config, err := gateway.ReadConfig(c.File)
	var problems devices.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	if c.JSON {
		if problems == nil {
			problems = devices.Problems{}
		}
		if err := json.NewEncoder(s.Out).Encode(problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintln(s.Out, p)
		}
	}
	if len(problems) > 0 {
		return program.Exit{Code: program.Usage}
	}
	if !c.JSON {
		catalogue := config.Catalogue()
		fmt.Fprintf(s.Err, "%s: fine: %d tags in %d requests and subscriptions, catalogue %.12s\n",
			c.File, len(catalogue.Tags()), len(catalogue.Blocks), catalogue.Digest())
	}
	return nil
}
