package view

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/nielu/nielu/measure"
)

// Write writes the book as tables for people.
func (v *Book) Write(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	if len(v.Lots) == 0 && len(v.Records) == 0 {
		fmt.Fprintf(w, "Nothing is entered of %s yet: open a lot with nielu lot open, or enter a file with nielu custody add.\n", v.Plant)
		return w.Flush()
	}
	v.writeLots(w)
	if len(v.Calibrated) > 0 {
		fmt.Fprintln(w, "\ncalibrated\tuntil")
	}
	for _, c := range v.Calibrated {
		overdue := ""
		if c.Overdue {
			overdue = ", OVERDUE: its limit of error is taken off what it weighs"
		}
		fmt.Fprintf(w, "%s\t%s%s\n", c.Instrument, c.Due.Format("2006-01-02"), overdue)
	}
	if len(v.Records) > 0 {
		fmt.Fprintln(w, "\nrecord\tleaf\tauthor\tstands")
	}
	for _, r := range v.Records {
		stands := "yes"
		switch {
		case r.Superseded != 0:
			stands = fmt.Sprintf("no, since leaf %d: %s", r.Superseded, r.Why)
		case r.Corrects != "":
			stands = "yes, corrects: " + r.Corrects
		}
		fmt.Fprintf(w, "%s %s\t%d\t%s\t%s\n", r.Kind, r.ID, r.Leaf, r.Author, stands)
	}
	if len(v.Changes) > 0 {
		fmt.Fprintln(w)
	}
	for _, c := range v.Changes {
		fmt.Fprintf(w, "%s\n", c)
		for _, d := range c.Said {
			fmt.Fprintf(w, "  %s\n", d)
		}
	}
	for _, p := range v.Problems {
		fmt.Fprintf(w, "not kept, leaf %d: %v\n", p.Leaf, p)
	}
	v.writeStatements(w)
	return w.Flush()
}

// WriteLots writes the lots alone.
func (v *Book) WriteLots(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	v.writeLots(w)
	return w.Flush()
}

func (v *Book) writeLots(w io.Writer) {
	fmt.Fprintln(w, "lot\tfrom\tto\tunits\tpacked kg dry\tplaced\tin stock\tlost")
	for _, l := range v.Lots {
		to := "open"
		if !l.To.IsZero() {
			to = l.To.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", l.Lot, l.From.Format("2006-01-02 15:04"), to, l.Units, amount(l.Packed), amount(l.Placed), amount(l.Stock), amount(l.Lost))
		for _, why := range append(l.Why, l.Doubts...) {
			fmt.Fprintf(w, "  %s\n", why)
		}
	}
}

// WriteStatements writes the statements alone.
func (v *Book) WriteStatements(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	v.writeStatements(w)
	return w.Flush()
}

func (v *Book) writeStatements(w io.Writer) {
	if len(v.Statements) > 0 {
		fmt.Fprintln(w, "\nstatement\trevision\tmethod\tstate\tnet t CO2e\tleaf\tdigest")
	}
	for _, s := range v.Statements {
		net := "not eligible"
		if s.Net != nil {
			net = measure.FormatNumber(*s.Net)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%s\n", s.Lot, s.Revision, s.Method, s.State, net, s.Leaf, s.Digest)
		for _, a := range s.Acts[1:] {
			fmt.Fprintf(w, "  %s in leaf %d %s %s\n", a.Event, a.Leaf, a.By, a.Reason)
		}
	}
	for _, r := range v.Refused {
		fmt.Fprintln(w, "changed nothing:", r)
	}
}

// amount prints a mass, "-" where units are not on record.
func amount(kg *float64) string {
	if kg == nil {
		return "-"
	}
	return measure.FormatNumber(*kg)
}
