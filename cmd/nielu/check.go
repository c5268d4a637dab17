package main

import (
	"encoding/json"
	"fmt"

	"github.com/nielu/nielu/cmd/centre"
	"github.com/nielu/nielu/cmd/program"
)

type checkCommand struct {
	centreFile
	JSON    bool `name:"json" help:"Print the faults as a JSON list of file, line, column and message; with --outlook, the outlooks of the plants."`
	Outlook bool `help:"With --json: print what each plant's instruments will be able to tell."`
}

// Run lists every fault of the centre's file and of the files it names, and if
// there is none what each plant's instruments will be able to tell.
func (c *checkCommand) Run(s program.Streams) error {
	faults := centre.Check(c.File)
	if err := s.Faults(faults, c.JSON && !(c.Outlook && faults == nil)); err != nil || c.JSON && !c.Outlook {
		return err
	}
	outlooks, err := centre.Outlooks(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(outlooks)
	}
	for i := range outlooks {
		if err := outlooks[i].Write(s.Out); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.Err, c.File+": fine")
	return nil
}
