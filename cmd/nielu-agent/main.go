// Command nielu-agent runs beside the instruments of a plant: it polls them,
// keeps every reading through power cuts and dead links, and brings them to
// the centre. It cannot write to an instrument.
package main

import (
	"github.com/alecthomas/kong"

	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/program"
)

const about = `Polls instruments, keeps every reading and delivers it to the centre.

Exit codes: 0 fine, 1 an instrument did not answer, 2 the command line or the agent file is wrong, 3 something cannot be reached or opened.`

type commands struct {
	Run     runCommand       `cmd:"" help:"Poll, keep and deliver until interrupted."`
	Check   checkCommand     `cmd:"" help:"Check the agent file and its profiles; list all faults."`
	Read    readCommand      `cmd:"" help:"Read each instrument once and print what it said."`
	Plan    planCommand      `cmd:"" help:"Show the requests that would be made, and what they cost."`
	Enroll  enrollCommand    `cmd:"" help:"Make the agent's key if there is none, and print the line that enrols it at the centre."`
	Version kong.VersionFlag `help:"Print the version and end."`
}

// agentFile is the flag that every command has.
type agentFile struct {
	File string `name:"config" short:"c" required:"" placeholder:"AGENT.YAML" help:"The agent file."`
}

// read reads the file; one that is wrong or missing is a wrong use.
func (f agentFile) read() (*polling.Config, error) {
	config, err := gateway.ReadConfig(f.File)
	if _, wrong := strict.ProblemsOf(err); err != nil && wrong {
		return nil, program.Exit{Code: program.Usage, Err: err}
	}
	return config, err
}

func main() {
	program.Main("nielu-agent", about, &commands{})
}
