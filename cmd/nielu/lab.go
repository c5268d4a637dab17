package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/program"
)

type labCommand struct {
	Add labAdd `cmd:"" help:"Enter a laboratory's report from its table (CSV), and keep the file by its digest."`
}

type labAdd struct {
	centreFile
	authorFlag
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
	if _, err := l.of(ctx, l.Plant); err != nil {
		return err
	}
	data, err := program.ReadFile(l.File, custody.MostTable)
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
	report := func(original string) *custody.SubmissionText {
		return custody.ReportText(client.Author.Name, l.Plant, l.Report, l.Laboratory, l.Accreditation, at, original, found)
	}
	written := report("sha256:" + fmt.Sprintf("%064d", 0))
	if _, err := custody.Read(l.File, written.Text); err != nil { // before anything is sent
		return program.Exit{Code: program.Wrong, Err: errors.New(inTable(err, l.File, written))}
	}
	if l.Print {
		_, err := s.Out.Write(written.Text)
		return err
	}
	original := l.Original
	if original == "" {
		original = l.File
	}
	digest, err := attach(ctx, client, original)
	if err != nil {
		return err
	}
	written = report(digest)
	return enterRecords(ctx, s, client, l.File, written.Text, func(line, _ int) string { return atTable(l.File, written, line) })
}

// atTable is the place of a line of a written report in the table it came from.
func atTable(file string, written *custody.SubmissionText, line int) string {
	if at, ok := written.Place(line); ok {
		return fmt.Sprintf("%s:%d:%d: ", file, at.Line, at.Column)
	}
	return file + ": " // of what was given beside the table
}

// inTable says faults of a written report in their places of the table.
func inTable(err error, file string, written *custody.SubmissionText) string {
	problems, ok := strict.ProblemsOf(err)
	if !ok {
		return err.Error()
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, atTable(file, written, p.Line)+p.Message)
	}
	return strings.Join(lines, "\n")
}
