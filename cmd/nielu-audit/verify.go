package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/program"
	"github.com/nielu/nielu/verifier"
)

type verifyCommand struct {
	Bundle string
	Policy string
	Share  string
	Seed   string
	JSON   bool
}

// Flags adds what the command asks.
func (v *verifyCommand) Flags(f *program.Flags) {
	f.Argument(&v.Bundle, "bundle", "Bundle to verify, as made by nielu export.")
	f.StringVar(&v.Policy, "policy", "", "`FILE` with the keys you trust, one \"log KEY\", \"export KEY\", \"centre KEY\", \"signer KEY\", \"maker KEY\", \"verifier KEY\" or \"witness KEY\" a line, and \"quorum N\"; obtain them from somebody other than who sent the bundle.")
	f.StringVar(&v.Share, "share", "", "Compute only a share of the days and statements again, `P%`, drawn at random, as in 5%; everything else is checked in full.")
	f.StringVar(&v.Seed, "seed", "", "`TEXT` that decides which are drawn; the same seed draws the same. Without it one is made up, and printed.")
	f.BoolVar(&v.JSON, "json", false, "Print the report as JSON.")
}

// options reads what the auditor decided.
func (v *verifyCommand) options() (o export.Options, err error) {
	if v.Policy != "" {
		text, err := program.ReadConfig(v.Policy)
		if err != nil {
			return o, fmt.Errorf("read policy: %w", err)
		}
		if o.Policy, err = export.ParsePolicy(v.Policy, text); err != nil {
			return o, program.Exit{Code: program.Usage, Err: err}
		}
	}
	switch {
	case v.Share != "":
		if o.Share.Part, err = export.ParseShare(v.Share); err != nil {
			return o, program.Exit{Code: program.Usage, Err: err}
		}
		if o.Share.Seed = v.Seed; v.Seed == "" {
			var seed [8]byte
			if _, err := rand.Read(seed[:]); err != nil {
				return o, fmt.Errorf("make a seed: %w", err)
			}
			o.Share.Seed = hex.EncodeToString(seed[:])
		}
	case v.Seed != "":
		return o, program.Exit{Code: program.Usage, Err: fmt.Errorf("a seed draws a share: add --share, as in --share 5%%")}
	}
	return o, nil
}

// Run verifies the bundle and prints the report.
func (v *verifyCommand) Run(ctx context.Context, s program.Streams) error {
	report, err := v.report(ctx, s)
	if err != nil {
		return err
	}
	if v.JSON {
		e := json.NewEncoder(s.Out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else {
		err = report.Write(s.Out)
	}
	if err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	if report.Result != export.Verified {
		return program.Exit{Code: int(report.Result)}
	}
	return nil
}

// report verifies the bundle.
func (v *verifyCommand) report(ctx context.Context, s program.Streams) (*export.Report, error) {
	o, err := v.options()
	if err != nil {
		return nil, err
	}
	bundle, err := os.Open(v.Bundle)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	defer bundle.Close()
	info, err := bundle.Stat()
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	o.Replay, o.Published = verifier.Readings, verifier.Method
	meter := program.NewMeter(s.Err)
	o.Progress = func(x export.Step) { meter.Rate(x.Stage, x.Done, x.Total, x.Readings) }
	report, err := export.Verify(ctx, bundle, info.Size(), o)
	meter.Clear()
	return report, err
}
