package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/nielu/nielu/program"
)

// execute parses the arguments into grammar, a pointer to a kong structure whose
// commands have a Run method, runs the command and returns the exit code.
func execute(ctx context.Context, grammar any, args []string, s program.Streams) (code int) {
	const name = "nielu"
	ended := false
	parser, err := kong.New(grammar,
		kong.Name(name), kong.Description(about), kong.UsageOnError(),
		kong.Writers(s.Out, s.Err), kong.Exit(func(n int) { ended, code = true, n }),
		kong.Vars{"version": name + " " + program.Version()},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintf(s.Err, "%s: %v\n", name, err)
		return program.Usage
	}
	parsed, err := parser.Parse(args)
	if ended {
		return code // --help or --version
	}
	if err != nil {
		fmt.Fprintf(s.Err, "%s: %v; try %s --help\n", name, err, name)
		return program.Usage
	}
	return program.Await(ctx, name, s, parsed.Selected().Target.Addr().Interface(), func() error { return parsed.Run() })
}
