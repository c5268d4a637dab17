package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/emissions"
)

type emissionsCommand struct {
	File string `arg:"" help:"What was done in a period, as docs/emissions.md describes it."`
	JSON bool   `name:"json" help:"Print the inventory as JSON."`
}

// Run works out one inventory: exit code 0 if it is complete, 1 if something
// is not as it should be, 2 if the file is wrong.
func (c *emissionsCommand) Run(s program.Streams) error {
	library, err := emissions.OpenLibrary(configs.Factors)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	data, err := os.ReadFile(c.File)
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
	if c.JSON {
		if err := json.NewEncoder(s.Out).Encode(inventory); err != nil {
			return err
		}
	} else if err := inventory.Write(s.Out); err != nil {
		return err
	}
	if len(inventory.Unmet) == 0 {
		return nil
	}
	if !c.JSON {
		for _, u := range inventory.Unmet {
			fmt.Fprintln(s.Out, "not met:", u)
		}
	}
	return program.Exit{Code: program.Wrong, Err: fmt.Errorf("%s: %d requirements are not met; they stand above", c.File, len(inventory.Unmet))}
}
