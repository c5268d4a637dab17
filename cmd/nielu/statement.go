package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/centre/view"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/program"
)

type statementCommand struct {
	List     statementList     `cmd:"" help:"List the statements of a plant and how far each has come."`
	Show     statementShow     `cmd:"" help:"Print the text of a lot's newest statement."`
	Key      statementKey      `cmd:"" help:"Make a key to sign or to certify statements with, and print what others pin."`
	Sign     statementSign     `cmd:"" help:"Sign a lot's newest statement as its maker."`
	Certify  statementCertify  `cmd:"" help:"Enter a verifier's certificate, which nielu-audit certify wrote."`
	Withdraw statementWithdraw `cmd:"" help:"Take a lot's newest statement back, with a reason."`
}

type statementList struct {
	centreFile
	Plant string `required:"" help:"The plant."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run lists them from the log on disk.
func (l *statementList) Run(ctx context.Context, s program.Streams) error {
	v, err := l.book(ctx, l.Plant)
	if err != nil {
		return err
	}
	if l.JSON {
		return json.NewEncoder(s.Out).Encode(v.Statements)
	}
	if len(v.Statements) == 0 {
		fmt.Fprintf(s.Out, "No lot of %s is stated yet: a lot is stated a quarter of an hour after it is over, once its readings are here and some of its product was placed.\n", l.Plant)
		return nil
	}
	return v.WriteStatements(s.Out)
}

// lotFlags are the flags that name a statement.
type lotFlags struct {
	centreFile
	Plant string `required:"" help:"The plant."`
	Lot   string `required:"" help:"The production batch."`
}

func (o lotFlags) text(ctx context.Context) ([]byte, error) {
	disk, err := o.archive(ctx, o.Plant)
	if err != nil {
		return nil, err
	}
	text, err := disk.StatementText(ctx, o.Plant, o.Lot)
	if errors.Is(err, archive.ErrNoStatement) {
		return nil, program.Exit{Code: program.Wrong, Err: fmt.Errorf("lot %s of %s is not stated yet", o.Lot, o.Plant)}
	}
	return text, err
}

type statementShow struct{ lotFlags }

// Run prints it.
func (c *statementShow) Run(ctx context.Context, s program.Streams) error {
	text, err := c.text(ctx)
	if err == nil {
		_, err = s.Out.Write(text)
	}
	return err
}

type statementKey struct {
	Name string `arg:"" help:"The key's name, without spaces or '+'."`
	File string `arg:"" help:"The file to keep the key in; only its owner can read it."`
}

// Run makes the key, or prints what others pin of one that is there.
func (k *statementKey) Run(s program.Streams) error {
	key, err := evidence.LoadOrCreateKey(k.File, k.Name)
	if err == nil {
		fmt.Fprintln(s.Out, key.Verifier())
	}
	return err
}

type statementSign struct {
	lotFlags
	authorFlag
	Key string `required:"" placeholder:"FILE" help:"The maker's key, as nielu statement key makes it."`
}

// Run signs the text and enters the note.
func (c *statementSign) Run(ctx context.Context, s program.Streams) error {
	text, err := c.text(ctx)
	if err != nil {
		return err
	}
	return c.sign(ctx, s, c.Author, c.Key, statement.Sign, text)
}

func (c centreFile) sign(ctx context.Context, s program.Streams, author, file string, event statement.EventKind, text []byte) error {
	held, err := program.ReadFile(file, program.MostConfig)
	if err != nil {
		return err
	}
	key, err := evidence.ParseKey(string(held))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	note, err := key.SignNote(string(text))
	if err != nil {
		return err
	}
	return c.enterNote(ctx, s, author, event, note)
}

// enterNote enters a signed note.
func (c centreFile) enterNote(ctx context.Context, s program.Streams, author string, event statement.EventKind, note []byte) error {
	client, err := c.client(author)
	if err != nil {
		return err
	}
	var made view.Statement
	if err := client.Post(ctx, "signatures/"+string(event), note, &made); errors.Is(err, console.ErrRefused) {
		return program.Exit{Code: program.Wrong, Err: err}
	} else if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "lot %s, revision %d, %s: %s\n", made.Lot, made.Revision, made.Method, strings.ToUpper(made.State))
	return nil
}
