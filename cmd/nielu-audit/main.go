// Command nielu-audit verifies an evidence bundle offline, trusting nobody:
// it checks every signature and proof, follows every gateway's chain, decodes
// the raw words again and computes every tonne anew.
package main

import (
	"context"

	"github.com/nielu/nielu/program"
)

const about = `Verifies an evidence bundle of a plant, offline and trusting nobody.

Exit codes: 0 verified, 1 something is wrong, 2 the command line or the policy is wrong, 3 the bundle cannot be read, 4 nothing is wrong but evidence is missing for declared gaps.`

// run runs one command line.
func run(ctx context.Context, args []string, s program.Streams) int {
	return program.Run(ctx, "nielu-audit", about, []program.Command{
		{Name: "verify", Help: "Check a bundle and list all its faults.", Runner: &verifyCommand{}},
		{Name: "certify", Help: "Verify a bundle and sign a statement in it as its verifier.", Runner: &certifyCommand{}},
		{Name: "extract", Help: "Write the tables of a bundle as CSV files.", Runner: &extractCommand{}},
	}, args, s)
}

func main() { program.Main(run) }
