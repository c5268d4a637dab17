package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/program"
)

// mostProblem is how many bytes a problem may have: it is JSON, which is quick to read.
const mostProblem = 64 << 20

type reconcileCommand struct {
	File  string `arg:"" help:"The problem, as docs/reconcile.md describes it."`
	JSON  bool   `name:"json" xor:"form" help:"Print one JSON object (default)."`
	Table bool   `xor:"form" help:"Print tables for people."`
}

// Run reconciles one problem: exit code 0 if it is solved, also where a test
// fails, 1 if it cannot be, 2 if the file cannot be read or is not JSON.
func (c *reconcileCommand) Run(s program.Streams) error {
	data, err := program.ReadFile(c.File, mostProblem)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("reconcile: %w", err)}
	}
	if !c.Table {
		return c.answer(s.Out, data)
	}
	problem, err := reconcile.Parse(data)
	if err != nil {
		return c.failure(err)
	}
	result, err := problem.Solve()
	if err != nil {
		return c.failure(err)
	}
	return result.Write(s.Out)
}

func (c *reconcileCommand) answer(out io.Writer, data []byte) error {
	text, err := reconcile.Answer(data)
	if len(text) > 0 {
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	if err != nil {
		return c.failure(err)
	}
	return nil
}

func (c *reconcileCommand) failure(err error) error {
	code := program.Wrong
	if errors.Is(err, reconcile.ErrNotJSON) {
		code = program.Usage
	}
	return program.Exit{Code: code, Err: fmt.Errorf("reconcile %s: %w", c.File, err)}
}
