package main

import (
	"context"

	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/program"
)

type statementCertify struct {
	centreFile
	authorFlag
	Note string `arg:"" help:"The note that nielu-audit certify wrote."`
}

// Run enters the certificate.
func (c *statementCertify) Run(ctx context.Context, s program.Streams) error {
	note, err := program.ReadFile(c.Note, program.MostConfig)
	if err != nil {
		return err
	}
	return c.enterNote(ctx, s, c.Author, statement.Certify, note)
}

type statementWithdraw struct {
	lotFlags
	authorFlag
	Key    string `required:"" placeholder:"FILE" help:"The maker's key."`
	Reason string `required:"" help:"Why, in words; it stays in the log."`
}

// Run signs the withdrawal and enters it.
func (c *statementWithdraw) Run(ctx context.Context, s program.Streams) error {
	text, err := c.text(ctx)
	if err != nil {
		return err
	}
	return c.sign(ctx, s, c.Author, c.Key, statement.Withdraw, statement.WithdrawalText(statement.DigestOf(text), c.Reason))
}
