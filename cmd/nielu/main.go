// Command nielu is the centre of a park: it takes what gateways deliver into
// an evidence log and turns it into time series, balances, carbon accounts
// and exports. Its demo runs three simulated plants with all of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/program"
)

const about = `Makes the carbon sinks of pilot plants measurable and provable.

Exit codes: 0 fine, 1 the thing checked is wrong, 2 the command line or a configuration is wrong, 3 something cannot be reached or opened.`

type commands struct {
	Demo      demoCommand      `cmd:"" help:"Three simulated plants, their gateways and a centre, at once and on this machine only."`
	Server    serverCommand    `cmd:"" help:"Run the centre."`
	Check     checkCommand     `cmd:"" help:"Check the centre's file and every file it refers to."`
	Balance   balanceCommand   `cmd:"" help:"The balance of a lot, a campaign or an interval: raw, reconciled, and which instrument to look at."`
	Custody   custodyCommand   `cmd:"" help:"What instruments cannot know: deliveries, units, samples, transport, sales, uses, calibrations."`
	Lot       lotCommand       `cmd:"" help:"Production batches: open, close, list, label."`
	Lab       labCommand       `cmd:"" help:"Enter a laboratory's report."`
	Clock     clockCommand     `cmd:"" help:"Put right what a gateway stamped while its clock was wrong."`
	Statement statementCommand `cmd:"" help:"Statements: list, show, sign, certify, withdraw."`
	Report    reportCommand    `cmd:"" help:"A report for people, as HTML, PDF or a workbook: what was claimed, from what, and how sure."`
	Registry  registryCommand  `cmd:"" help:"Fill in a registry's fields from a lot's statement and records."`
	Export    exportCommand    `cmd:"" help:"Write an evidence bundle that nielu-audit verifies."`
	Fill      fillCommand      `cmd:"" help:"Add up the hours of a rate, the missing ones by a published rule."`
	Flowsheet flowsheetCommand `cmd:"" help:"Draw a plant's flowsheet as SVG."`
	Quantify  quantifyCommand  `cmd:"" help:"Compute one carbon account from a file."`
	Emissions emissionsCommand `cmd:"" help:"The emissions of a project from what it did, and what it claims beside removals."`
	Calc      calcCommand      `cmd:"" help:"Work out one formula of the balances, or a file of cases."`
	Reconcile reconcileCommand `cmd:"" help:"Reconcile readings with balances and find the instruments that do not fit."`
	Rebuild   rebuildCommand   `cmd:"" help:"Make the projections again from the log."`
	Replay    replayCommand    `cmd:"" help:"Play recorded plant data through the whole path."`
	Scenario  scenarioCommand  `cmd:"" help:"Play stories of a plant, readings in and balances out, and compare with what is expected."`
	Version   kong.VersionFlag `help:"Print the version and end."`
}

// centreFile is the flag of commands that work on a centre.
type centreFile struct {
	File string `name:"config" short:"c" default:"nielu.yaml" placeholder:"NIELU.YAML" help:"The centre's file (${default})."`
}

// config reads the centre's file.
func (c centreFile) config() (*centre.Config, error) {
	config, err := centre.ReadConfig(c.File)
	if err != nil {
		return nil, program.Exit{Code: program.Usage, Err: err}
	}
	return config, nil
}

// of reads the centre's file for a command that is about one of its plants, or
// about one that the log knows from earlier.
func (c centreFile) of(ctx context.Context, plant string) (*centre.Config, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range config.Plants {
		if p.ID == plant {
			return config, nil
		}
		names = append(names, p.ID)
	}
	if disk, err := config.Archive(); err == nil {
		if has, err := disk.HasPlant(ctx, plant); has || err != nil {
			return config, err
		}
	}
	return nil, program.Exit{Code: program.Usage, Err: fmt.Errorf("%w: no plant %s; the centre's file has %s", archive.ErrNoPeriod, plant, strings.Join(names, ", "))}
}

// archive opens the log on disk, beside a centre that may be running, for a
// command that is about one of its plants.
func (c centreFile) archive(ctx context.Context, plant string) (*archive.Disk, error) {
	config, err := c.of(ctx, plant)
	if err != nil {
		return nil, err
	}
	return config.Archive()
}

// usageError makes a mistake in the command line of a plant, a lot or a period
// that is not there.
func usageError(err error) error {
	if errors.Is(err, archive.ErrNoPeriod) {
		return program.Exit{Code: program.Usage, Err: err}
	}
	return err
}

func main() {
	program.Main(func(ctx context.Context, args []string, s program.Streams) int {
		return execute(ctx, &commands{}, args, s)
	})
}
