package carbon

import (
	"fmt"
	"io"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Write writes an account that a method gave as a table for people.
func (a Account) Write(out io.Writer, m *Method) error {
	var w strings.Builder
	role := ""
	switch {
	case m.CrossCheck:
		role = "; cross-check, issues no units"
	case m.Blocked:
		role = "; label blocked, issues no units"
	}
	fmt.Fprintf(&w, "%s: %s, %s%s\n", a.Method, m.Name, a.Edition, role)
	for _, l := range a.Lines {
		if choice, ok := l.Choice(); ok {
			fmt.Fprintf(&w, "  %-26s %14s %-6s %s\n", l.Name, choice, "", l.Label)
			continue
		}
		fmt.Fprintf(&w, "  %-26s %14.6g %-6s %s\n", l.Name, l.Value, l.Unit, l.Label)
	}
	for _, x := range []struct {
		name   string
		amount *measure.CO2e
	}{
		{"gross", Shown(a.Gross)}, {"net", Shown(a.Net)}, {"standard uncertainty", a.StandardUncertainty},
		{"conservative", Shown(a.Conservative)}, {"indicative", a.Indicative},
	} {
		if x.amount == nil {
			fmt.Fprintf(&w, "  %-26s %14s\n", x.name, "none")
			continue
		}
		fmt.Fprintf(&w, "  %-26s %14.6g t\n", x.name, x.amount.Tonnes())
	}
	if a.Variant != "" {
		fmt.Fprintf(&w, "  variant: %s\n", a.Variant)
	}
	for _, u := range a.Unmet {
		fmt.Fprintf(&w, "  not met: %s\n", u)
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// WriteEnvelope writes beside each other what methods retain of the same carbon.
func WriteEnvelope(out io.Writer, accounts []Account) error {
	var w strings.Builder
	fmt.Fprintf(&w, "\nCarbon retained, as each method sees it; a horizon belongs to its number.\n")
	fmt.Fprintf(&w, "  %-14s %9s %9s\n", "method", "horizon", "retained")
	for _, r := range Envelope(accounts...) {
		line := fmt.Sprintf("  %-14s %7.0f a %9.4f  %s", r.Method, r.Horizon, r.Share, r.About)
		fmt.Fprintln(&w, strings.TrimRight(line, " "))
	}
	_, err := io.WriteString(out, w.String())
	return err
}
