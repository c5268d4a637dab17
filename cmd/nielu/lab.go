package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/pipeline/custody"
)

type labCommand struct {
	Add labAdd `cmd:"" help:"Enter a laboratory's report from its table (CSV), and keep the file by its digest."`
}

type labAdd struct {
	centreFile
	author
	File          string `arg:"" help:"The table: columns sample, parameter, value, unit, uncertainty, method."`
	Plant         string `required:"" help:"The plant."`
	Report        string `required:"" help:"The report's number."`
	Laboratory    string `required:"" help:"Who made it."`
	Accreditation string `required:"" help:"The laboratory's accreditation number, or none."`
	At            string `required:"" placeholder:"TIME" help:"When the report was issued, as in 2026-11-12T00:00:00Z."`
	Original      string `placeholder:"FILE" help:"The signed report, if the table is not it."`
	Print         bool   `help:"Print the records that would be entered, and enter nothing."`
}

// Run reads the table and enters it as one report.
func (l *labAdd) Run(ctx context.Context, s program.Streams) error {
	at, err := time.Parse(time.RFC3339, l.At)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("--at: %w", err)}
	}
	data, err := os.ReadFile(l.File)
	if err != nil {
		return err
	}
	found, err := custody.ReadTable(l.File, data)
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	client, err := l.client(l.Author)
	if err != nil {
		return err
	}
	original := l.Original
	if original == "" {
		original = l.File
	}
	digest := "sha256:" + fmt.Sprintf("%064d", 0)
	if !l.Print {
		if digest, err = send(ctx, client, original); err != nil {
			return err
		}
	}
	text := custody.ReportText(client.Author(), l.Plant, l.Report, l.Laboratory, l.Accreditation, at, digest, found)
	if _, err := custody.Read(l.File, text); err != nil {
		return program.Exit{Code: program.Wrong, Err: errors.Join(errors.New("the table makes no report that can be entered"), err)}
	}
	if l.Print {
		_, err := s.Out.Write(text)
		return err
	}
	return enter(ctx, s, client, l.File, text)
}
