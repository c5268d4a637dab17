package main

import (
	"encoding/json"
	"fmt"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/program"
)

type checkCommand struct {
	centreFile
	Plant   string `placeholder:"PLANT" help:"Check this plant file, or a built-in plant as pyro1, alone; no centre's file is needed."`
	JSON    bool   `name:"json" help:"Print the faults as a JSON list of file, line, column and message; with --outlook, the outlooks of the plants."`
	Outlook bool   `help:"With --json: print what each plant's instruments will be able to tell."`
}

// Run lists every fault of the centre's file and of the files it names, or of
// one plant file, and if there is none what each plant's instruments will be
// able to tell.
func (c *checkCommand) Run(s program.Streams) error {
	if c.Plant != "" {
		return c.checkPlant(s)
	}
	notes, faults := centre.Check(c.File)
	if err := s.Faults(faults, notes, c.JSON && !(c.Outlook && faults == nil)); err != nil || c.JSON && !c.Outlook {
		return err
	}
	outlooks, err := centre.Outlooks(c.File)
	if err != nil {
		return err
	}
	return c.writeOutlooks(s, c.File, outlooks)
}

// checkPlant checks one plant before there is a centre; its analyses are taken as
// sure to 1 %.
func (c *checkCommand) checkPlant(s program.Streams) error {
	file, data, err := plantFile(c.Plant)
	if err != nil {
		return err
	}
	plant, err := flowsheet.Parse(file, data)
	var notes strict.Problems
	if err == nil {
		notes = plant.Notes
	}
	if err := s.Faults(err, notes, c.JSON && !(c.Outlook && err == nil)); err != nil || c.JSON && !c.Outlook {
		return err
	}
	outlook, err := reconciled.New(plant).Outlook(nil)
	if err != nil {
		return err
	}
	return c.writeOutlooks(s, file, []reconciled.Outlook{outlook})
}

func (c *checkCommand) writeOutlooks(s program.Streams, file string, outlooks []reconciled.Outlook) error {
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(outlooks)
	}
	for i := range outlooks {
		if err := outlooks[i].Write(s.Out); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.Err, file+": fine")
	return nil
}
