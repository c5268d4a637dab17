package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

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
	return reconcileTable(s.Out, result)
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

// formatNumber prints a number for people, a dash where there is none.
func formatNumber(x *float64) string {
	if x == nil {
		return "-"
	}
	return strconv.FormatFloat(*x, 'g', 6, 64)
}

func reconcileTable(out io.Writer, r *reconcile.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\tmeasured\tsd\treconciled\tsd\tz\tbias\tstatus\n", r.ID)
	for _, v := range r.Values {
		status := string(v.Status)
		if v.Bound != nil {
			status += ", at its " + v.Bound.Side
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.ID, formatNumber(v.Measured), formatNumber(v.MeasuredSD),
			formatNumber(v.Reconciled), formatNumber(v.SD), formatNumber(v.Z), formatNumber(v.Bias), status)
	}
	if len(r.Balances) > 0 {
		fmt.Fprintf(w, "\nbalance\tresidual\tz\tleak\tz of leak\n")
		for _, b := range r.Balances {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", b.ID, formatNumber(b.Residual), formatNumber(b.Z), formatNumber(b.Leak), formatNumber(b.LeakZ))
		}
	}
	fmt.Fprintln(w)
	reconcileVerdict(w, "global test", r.GlobalTest)
	if t := r.MeasurementTest; t.Critical != nil {
		fmt.Fprintf(w, "measurement test: %d readings, z above %s is suspect: %s\n", t.Tests, formatNumber(t.Critical), joinNames(r.Suspects))
	}
	for _, set := range r.EquivalenceSets {
		fmt.Fprintf(w, "cannot be told apart: %s\n", joinNames(set))
	}
	if e := r.Elimination; e != nil {
		for _, x := range e.Removed {
			fmt.Fprintf(w, "removed %s: z %s, estimate %s, sd %s, bias %s", x.ID, formatNumber(&x.Z), formatNumber(x.Estimate), formatNumber(x.SD), formatNumber(x.Bias))
			if len(x.Equivalent) > 0 {
				fmt.Fprintf(w, "; as suspect: %s", joinNames(x.Equivalent))
			}
			fmt.Fprintln(w)
		}
		reconcileVerdict(w, "after elimination ("+e.Stopped+")", e.GlobalTest)
	}
	for _, words := range r.Warnings {
		fmt.Fprintln(w, "note:", words)
	}
	return w.Flush()
}

func reconcileVerdict(out io.Writer, name string, t reconcile.GlobalTest) {
	if t.Passed == nil {
		fmt.Fprintf(out, "%s: no redundancy, nothing to test\n", name)
		return
	}
	verdict := "fails"
	if *t.Passed {
		verdict = "passes"
	}
	fmt.Fprintf(out, "%s %s: gamma %s, %d degrees of freedom, limit %s, p %s\n", name, verdict, formatNumber(&t.Gamma), t.DF, formatNumber(t.Critical), formatNumber(t.P))
}

func joinNames(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
