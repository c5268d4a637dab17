package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/nielu/nielu/cmd/nielu-audit/forms"
	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/pipeline/export"
)

type verifyCommand struct {
	Bundle string `arg:"" help:"Bundle to verify, as made by nielu export."`
	Policy string `help:"File with the keys you trust, one \"log KEY\", \"export KEY\" or \"signer KEY\" a line; obtain them from somebody other than who sent the bundle." placeholder:"FILE"`
	JSON   bool   `name:"json" help:"Print the report as JSON."`
}

// Run verifies the bundle and prints the report.
func (v *verifyCommand) Run(ctx context.Context, s program.Streams) error {
	var policy export.Policy
	if v.Policy != "" {
		text, err := os.ReadFile(v.Policy)
		if err != nil {
			return fmt.Errorf("read policy: %w", err)
		}
		if policy, err = export.ParsePolicy(v.Policy, text); err != nil {
			return program.Exit{Code: program.Usage, Err: err}
		}
	}
	bundle, err := os.ReadFile(v.Bundle)
	if err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	meter := program.NewMeter(s.Err)
	report, err := export.Verify(ctx, bundle, policy, forms.Forms(), meter.Show)
	meter.Clear()
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
