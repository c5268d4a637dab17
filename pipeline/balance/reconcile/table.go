package reconcile

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Write writes the result as tables for people.
func (r *Result) Write(out io.Writer) error {
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
	r.GlobalTest.write(w, "global test")
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
		e.GlobalTest.write(w, "after elimination ("+e.Stopped+")")
	}
	for _, words := range r.Warnings {
		fmt.Fprintln(w, "note:", words)
	}
	return w.Flush()
}

func (t GlobalTest) write(out io.Writer, name string) {
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

// formatNumber prints a number for people, a dash where there is none.
func formatNumber(x *float64) string {
	if x == nil {
		return "-"
	}
	return strconv.FormatFloat(*x, 'g', 6, 64)
}
