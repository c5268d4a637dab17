// Command nielu-agent runs beside the instruments of a plant: it polls them,
// keeps every reading through power cuts and dead links, and brings them to
// the centre. It cannot write to an instrument.
package main

import (
	"context"

	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/program"
)

const about = `Polls instruments, keeps every reading and delivers it to the centre.

Exit codes: 0 fine, 1 an instrument did not answer, 2 the command line or the agent file is wrong, 3 something cannot be reached or opened.`

func commands() []program.Command {
	return []program.Command{
		{Name: "run", Help: "Poll, keep and deliver until interrupted.", Runner: &runCommand{}},
		{Name: "check", Help: "Check the agent file and its profiles; list all faults.", Runner: &checkCommand{}},
		{Name: "read", Help: "Read each instrument once and print what it said.", Runner: &readCommand{}},
		{Name: "plan", Help: "Show the requests that would be made, and what they cost.", Runner: &planCommand{}},
		{Name: "enroll", Help: "Make the agent's key if there is none, and print the line that enrols it at the centre.", Runner: &enrollCommand{}},
	}
}

// agentFile is the flag that every command has.
type agentFile struct{ File string }

func (a *agentFile) Flags(f *program.Flags) {
	f.Required(&a.File, "config", "c", "The agent file, `AGENT.YAML`.")
}

// read reads the file; one that is wrong or missing is a wrong use.
func (f agentFile) read() (*polling.Config, error) {
	config, err := gateway.ReadConfig(f.File)
	if _, wrong := strict.ProblemsOf(err); err != nil && wrong {
		return nil, program.Exit{Code: program.Usage, Err: err}
	}
	return config, err
}

// run runs one command line.
func run(ctx context.Context, args []string, s program.Streams) int {
	return program.Run(ctx, "nielu-agent", about, commands(), args, s)
}

func main() { program.Main(run) }
