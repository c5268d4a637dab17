package main

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/program"
)

type enrollCommand struct{ agentFile }

// Run prints the agent's public key as the centre's file wants it.
func (e *enrollCommand) Run(_ context.Context, s program.Streams) error {
	c, err := e.read()
	if err != nil {
		return err
	}
	key, err := gateway.AgentKey(e.File, c)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "put this line under agents: in the centre's file, after comparing the key by another way than the network:")
	_, err = fmt.Fprintf(s.Out, "  - { key: %q, site: %s }\n", key.Verifier(), c.Site)
	return err
}
