package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/program"
)

type clockCommand struct {
	centreFile
	authorFlag
	Plant  string        `required:"" help:"The plant."`
	Agent  string        `required:"" help:"The gateway whose clock was wrong."`
	From   time.Time     `required:"" help:"The first stamp that is wrong, as it was written, RFC 3339."`
	To     time.Time     `required:"" help:"The time behind the last one."`
	Epoch  uint64        `help:"Only what was stamped in this epoch of the agent, where times of two epochs lie among each other."`
	By     time.Duration `required:"" help:"What to add to each stamp, as in --by=-1h; 0s: they were right, and a correction before was not."`
	Reason string        `required:"" help:"Why: what showed that the clock was wrong."`
}

// Run asks the centre to put the readings right.
func (c *clockCommand) Run(ctx context.Context, s program.Streams) error {
	if _, err := c.of(ctx, c.Plant); err != nil {
		return err
	}
	client, err := c.client(c.Author)
	if err != nil {
		return err
	}
	order, err := json.Marshal(entry.ClockOrder{Plant: c.Plant, Agent: c.Agent, From: c.From, To: c.To, Epoch: c.Epoch, By: c.By.String(), Reason: c.Reason})
	if err != nil {
		return err
	}
	var made entry.ClockSet
	if err := client.Post(ctx, "clocks", order, &made); errors.Is(err, console.ErrRefused) {
		return program.Exit{Code: program.Wrong, Err: err}
	} else if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d scans of %s are moved by %s, leaf %d\n", made.Scans, c.Agent, c.By, made.Leaf)
	return nil
}
