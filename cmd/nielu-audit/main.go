// Command nielu-audit verifies an evidence bundle offline, trusting nobody:
// it checks every signature and proof, follows every gateway's chain, decodes
// the raw words again and computes every tonne anew.
package main

import (
	"github.com/alecthomas/kong"

	"github.com/nielu/nielu/program"
)

const about = `Verifies an evidence bundle of a plant, offline and trusting nobody.

Exit codes: 0 verified, 1 something is wrong, 2 the command line or the policy is wrong, 3 the bundle cannot be read, 4 nothing is wrong but evidence is missing for declared gaps.`

type commands struct {
	Verify  verifyCommand    `cmd:"" help:"Check a bundle and list all its faults."`
	Certify certifyCommand   `cmd:"" help:"Verify a bundle and sign a statement in it as its verifier."`
	Extract extractCommand   `cmd:"" help:"Write the tables of a bundle as CSV files."`
	Version kong.VersionFlag `help:"Print the version and end."`
}

func main() {
	program.Main("nielu-audit", about, &commands{})
}
