package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/program"
)

type custodyCommand struct {
	Check custodyCheck `cmd:"" help:"Check files of records, here and without a centre."`
	Add   custodyAdd   `cmd:"" help:"Enter files of records in the log of a running centre."`
	File  custodyFile  `cmd:"" help:"Send a file that records name, and print its digest."`
	Show  custodyShow  `cmd:"" help:"Show what is entered of a plant: lots with their mass ledger, records, statements."`
}

// authorFlag is the flag of commands that enter something.
type authorFlag struct {
	Author string `placeholder:"NAME" help:"Which of the authors in the centre's file; needed if there are several."`
}

type custodyCheck struct {
	Files []string `arg:"" help:"Files of records, as docs/custody.md describes them."`
}

// Run reads the files and says every fault in its place.
func (c *custodyCheck) Run(s program.Streams) error {
	wrong := false
	for _, file := range c.Files {
		data, err := program.ReadFile(file, custody.MostBytes)
		if err != nil {
			return err
		}
		submission, err := custody.Read(file, data)
		if err != nil {
			wrong = true
			fmt.Fprintln(s.Out, err)
			continue
		}
		fmt.Fprintf(s.Out, "%s: %d records of %s\n", file, len(submission.Records), submission.Plant)
	}
	if wrong {
		return program.Exit{Code: program.Wrong}
	}
	return nil
}

type custodyAdd struct {
	centreFile
	authorFlag
	Files []string `arg:"" help:"Files of records."`
}

// Run enters each file as one leaf of the log.
func (c *custodyAdd) Run(ctx context.Context, s program.Streams) error {
	client, err := c.client(c.Author)
	if err != nil {
		return err
	}
	for _, file := range c.Files {
		data, err := program.ReadFile(file, custody.MostBytes)
		if err != nil {
			return err
		}
		place := func(line, column int) string { return fmt.Sprintf("%s:%d:%d: ", file, line, column) }
		if err := enterRecords(ctx, s, client, file, data, place); err != nil {
			return err
		}
	}
	return nil
}

// client reads the centre's file and makes a client of one of its authors.
func (c centreFile) client(author string) (*console.Client, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	who, err := config.Author(author)
	if err != nil {
		return nil, program.Exit{Code: program.Usage, Err: err}
	}
	return &console.Client{Address: config.Listen, Author: who}, nil
}

// inRecords is where a fault stands in the text that was sent.
var inRecords = regexp.MustCompile(`(?m)\brecords:(\d+):(\d+): `)

// enterRecords enters a text of records; file is what people know it by, and place
// where a line and column of it stand in what they wrote, in front of a fault.
func enterRecords(ctx context.Context, s program.Streams, client *console.Client, file string, data []byte, place func(line, column int) string) error {
	var made entry.Entered
	err := client.Post(ctx, "records", data, &made)
	if errors.Is(err, console.ErrRefused) {
		return program.Exit{Code: program.Wrong, Err: errors.New(inRecords.ReplaceAllStringFunc(err.Error(), func(at string) string {
			m := inRecords.FindStringSubmatch(at)
			line, err1 := strconv.Atoi(m[1])
			column, err2 := strconv.Atoi(m[2])
			if err1 != nil || err2 != nil {
				return at
			}
			return place(line, column)
		}))}
	}
	if err != nil {
		return err
	}
	what := "entered as"
	if made.Again {
		what = "was entered before, as"
	}
	fmt.Fprintf(s.Out, "%s %s leaf %d, %s\n", file, what, made.Leaf, made.Digest)
	return nil
}

type custodyShow struct {
	centreFile
	Plant string `required:"" help:"The plant."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run shows the book of a plant, from the log on disk.
func (c *custodyShow) Run(ctx context.Context, s program.Streams) error {
	view, err := c.book(ctx, c.Plant)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(view)
	}
	return view.Write(s.Out)
}
