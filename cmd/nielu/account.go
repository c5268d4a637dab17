package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

func printAccount(w io.Writer, m *carbon.Method, a carbon.Account) {
	role := ""
	switch {
	case m.CrossCheck:
		role = "; cross-check, issues no units"
	case m.Blocked:
		role = "; label blocked, issues no units"
	}
	fmt.Fprintf(w, "%s: %s, %s%s\n", a.Method, m.Name, a.Edition, role)
	for _, l := range a.Lines {
		if choice, ok := l.Choice(); ok {
			fmt.Fprintf(w, "  %-26s %14s %-6s %s\n", l.Name, choice, "", l.Label)
			continue
		}
		fmt.Fprintf(w, "  %-26s %14.6g %-6s %s\n", l.Name, l.Value, l.Unit, l.Label)
	}
	for _, x := range []struct {
		name   string
		amount *measure.CO2e
	}{
		{"gross", carbon.Shown(a.Gross)}, {"net", carbon.Shown(a.Net)}, {"standard uncertainty", a.StandardUncertainty},
		{"conservative", carbon.Shown(a.Conservative)}, {"indicative", a.Indicative},
	} {
		if x.amount == nil {
			fmt.Fprintf(w, "  %-26s %14s\n", x.name, "none")
			continue
		}
		fmt.Fprintf(w, "  %-26s %14.6g t\n", x.name, x.amount.Tonnes())
	}
	if a.Variant != "" {
		fmt.Fprintf(w, "  variant: %s\n", a.Variant)
	}
	for _, u := range a.Unmet {
		fmt.Fprintf(w, "  not met: %s\n", u)
	}
}

func printEnvelope(w io.Writer, accounts []carbon.Account) {
	fmt.Fprintf(w, "\nCarbon retained, as each method sees it; a horizon belongs to its number.\n")
	fmt.Fprintf(w, "  %-14s %9s %9s\n", "method", "horizon", "retained")
	for _, r := range carbon.Envelope(accounts...) {
		line := fmt.Sprintf("  %-14s %7.0f a %9.4f  %s", r.Method, r.Horizon, r.Share, r.About)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}
