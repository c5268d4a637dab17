package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/nielu/nielu/program"
)

type planCommand struct {
	agentFile
	JSON bool
}

// Flags adds what the command asks.
func (c *planCommand) Flags(f *program.Flags) {
	c.agentFile.Flags(f)
	f.BoolVar(&c.JSON, "json", false, "Print the plan as JSON.")
}

// Run prints the requests of each bus and what they cost.
func (p *planCommand) Run(_ context.Context, s program.Streams) error {
	c, err := p.read()
	if err != nil {
		return err
	}
	plan := c.Plan()
	if p.JSON {
		return json.NewEncoder(s.Out).Encode(plan)
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	for _, bus := range plan.Buses {
		fmt.Fprintf(s.Out, "%s: one cycle %s, busy %.0f %% of the time, held at most %s by a dead instrument\n",
			bus.Bus, ms(bus.Cycle), 100*bus.Utilisation, ms(bus.Slowest))
		table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "INSTRUMENT\tPROFILE\tUNIT\tFUNCTION\tWIRE ADDRESS\tMANUAL\tREGISTERS\tWASTED\tEVERY\tTAKES\tTAGS")
		for _, r := range bus.Requests {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\n", r.Instrument, r.Profile, r.UnitID, r.Function,
				r.Address, r.Manual, r.Quantity, r.Wasted, r.Every, ms(r.Takes), len(r.Tags))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}
