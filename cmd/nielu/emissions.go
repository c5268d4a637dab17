package main

import (
	"encoding/json"
	"fmt"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/program"
)

type emissionsCommand struct {
	File string `arg:"" help:"What was done in a period, as docs/emissions.md describes it."`
	JSON bool   `name:"json" xor:"form" help:"Print the inventory as JSON."`
	List bool   `name:"account" xor:"form" help:"Print the lines as the emissions of a request or laboratory file."`
}

// Run works out one inventory: exit code 0 if it is complete, 1 if something
// is not as it should be, 2 if the file is wrong.
func (c *emissionsCommand) Run(s program.Streams) error {
	library, err := emissions.OpenLibrary(configs.Factors)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	data, err := program.ReadFile(c.File, program.MostConfig)
	if err != nil {
		return err
	}
	activity, err := emissions.ParseActivity(c.File, data, library)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	inventory, err := activity.Inventory()
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	switch {
	case c.JSON:
		err = json.NewEncoder(s.Out).Encode(inventory)
	case c.List:
		err = inventory.WriteAccount(s.Out)
	default:
		err = inventory.Write(s.Out)
	}
	if err != nil || len(inventory.Unmet) == 0 {
		return err
	}
	if !c.JSON {
		for _, u := range inventory.Unmet {
			fmt.Fprintln(s.Err, "not met:", u)
		}
	}
	return program.Exit{Code: program.Wrong, Err: fmt.Errorf("%s: %d requirements are not met; they stand above", c.File, len(inventory.Unmet))}
}
