package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nielu/nielu/cmd/centre"
	"github.com/nielu/nielu/cmd/program"
)

type checkCommand struct {
	centreFile
	JSON bool `name:"json" help:"Print the faults as a JSON list."`
}

// Run lists every fault of the centre's file and of the files it names.
func (c *checkCommand) Run(s program.Streams) error {
	faults := []string{}
	if _, err := centre.ReadConfig(c.File); err != nil {
		faults = strings.Split(err.Error(), "\n")
	}
	if c.JSON {
		if err := json.NewEncoder(s.Out).Encode(faults); err != nil {
			return err
		}
	} else {
		for _, f := range faults {
			fmt.Fprintln(s.Out, f)
		}
	}
	if len(faults) > 0 {
		return program.Exit{Code: program.Usage}
	}
	if !c.JSON {
		fmt.Fprintln(s.Err, c.File+": fine")
	}
	return nil
}
