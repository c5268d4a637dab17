package main

import (
	"fmt"

	"github.com/nielu/nielu/cmd/centre"
	"github.com/nielu/nielu/cmd/program"
)

type checkCommand struct {
	centreFile
	JSON bool `name:"json" help:"Print the faults as a JSON list of file, line, column and message."`
}

// Run lists every fault of the centre's file and of the files it names.
func (c *checkCommand) Run(s program.Streams) error {
	if err := s.Faults(centre.Check(c.File), c.JSON); err != nil || c.JSON {
		return err
	}
	fmt.Fprintln(s.Err, c.File+": fine")
	return nil
}
