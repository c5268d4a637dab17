package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/program"
)

type certifyCommand struct {
	Bundle string
	Policy string
	Lot    string
	Key    string
	Output string
	Gaps   bool
}

// Flags adds what the command asks.
func (c *certifyCommand) Flags(f *program.Flags) {
	f.Argument(&c.Bundle, "bundle", "Bundle that holds the statement.")
	f.Required(&c.Policy, "policy", "", "`FILE` with the keys you trust; a certificate rests on no key of the bundle itself.")
	f.Required(&c.Lot, "lot", "", "The production batch, `LOT`, whose statement is certified.")
	f.Required(&c.Key, "key", "", "`FILE` of your key. One is made with: nielu statement key NAME FILE.")
	f.Required(&c.Output, "output", "o", "`FILE` for the certificate: a signed note on the statement's text.")
	f.BoolVar(&c.Gaps, "gaps", false, "Certify although evidence is missing for declared gaps.")
}

// Run verifies the whole bundle and signs the text of one statement in it,
// which was reproduced from raw words, is eligible and was signed by a maker
// whom the policy trusts.
func (c *certifyCommand) Run(ctx context.Context, s program.Streams) error {
	held, err := program.ReadFile(c.Key, program.MostConfig)
	if err != nil {
		return err
	}
	key, err := evidence.ParseKey(string(held))
	if err != nil {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s: %w", c.Key, err)}
	}
	v := verifyCommand{Bundle: c.Bundle, Policy: c.Policy}
	report, err := v.report(ctx, s)
	if err != nil {
		return err
	}
	if report.Result != export.Verified && !(report.Result == export.Incomplete && c.Gaps) {
		return program.Exit{Code: program.Wrong, Err: fmt.Errorf("not certified: the bundle is %s; run nielu-audit verify to see why", report.Result)}
	}
	r, err := report.Certifiable(c.Lot)
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: fmt.Errorf("not certified: %w", err)}
	}
	note, err := key.SignNote(r.Text)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Output, note, 0o644); err != nil {
		return err
	}
	stated, err := statement.Parse([]byte(r.Text))
	if err != nil {
		return errors.Join(err, os.Remove(c.Output))
	}
	fmt.Fprintf(s.Out, "%s: lot %s, revision %d, %s net by %s, certified by %s\n", c.Output, stated.Lot, stated.Revision, carbon.Shown(stated.Account.Net), stated.Account.Method, key.Name())
	return nil
}
