package main

import (
	"context"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/pipeline/ledger"
)

type statementCertify struct {
	centreFile
	author
	Note string `arg:"" help:"The note that nielu-audit certify wrote."`
}

// Run enters the certificate.
func (c *statementCertify) Run(ctx context.Context, s program.Streams) error {
	note, err := program.ReadFile(c.Note, program.MostConfig)
	if err != nil {
		return err
	}
	return c.note(ctx, s, c.Author, ledger.Certify, note)
}

type statementWithdraw struct {
	ofLot
	author
	Key    string `required:"" placeholder:"FILE" help:"The maker's key."`
	Reason string `required:"" help:"Why, in words; it stays in the log."`
}

// Run signs the withdrawal and enters it.
func (c *statementWithdraw) Run(ctx context.Context, s program.Streams) error {
	text, err := c.text(ctx)
	if err != nil {
		return err
	}
	return c.sign(ctx, s, c.Author, c.Key, ledger.Withdraw, ledger.WithdrawalText(ledger.DigestOf(text), c.Reason))
}
