package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

type quantifyCommand struct {
	File   string `arg:"" help:"The request, as docs/quantify.md describes it."`
	Method string `default:"puro-2025" help:"The method, or all (${default})."`
	JSON   bool   `name:"json" help:"Print one account a line as JSON."`
}

// Run computes one carbon account a method.
func (q *quantifyCommand) Run(s program.Streams) error {
	methods, err := q.methods()
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	data, err := os.ReadFile(q.File)
	if err != nil {
		return err
	}
	request, err := carbon.ParseRequest(q.File, data)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	var accounts []carbon.Account
	fine := false
	for _, m := range methods {
		a, err := carbon.Quantify(*m, request)
		if err != nil {
			return program.Exit{Code: program.Wrong, Err: err}
		}
		accounts = append(accounts, a)
		fine = fine || a.Eligible || m.CrossCheck && len(methods) == 1 && a.Indicative != nil
	}
	for i, a := range accounts {
		if q.JSON {
			if err := json.NewEncoder(s.Out).Encode(a); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(s.Out)
		}
		printAccount(s.Out, methods[i], a)
	}
	if len(accounts) > 1 && !q.JSON {
		printEnvelope(s.Out, accounts)
	}
	if !fine {
		return program.Exit{Code: program.Wrong, Err: errors.New("not eligible: no credit; the requirements not met stand above")}
	}
	return nil
}

// methods reads the method files that were asked for.
func (q *quantifyCommand) methods() (all []*carbon.Method, err error) {
	ids := []string{q.Method}
	if q.Method == "all" {
		ids = carbon.Methods()
	} else if !slices.Contains(carbon.Methods(), q.Method) {
		return nil, fmt.Errorf("there is no method %q; known are %s, and all", q.Method, strings.Join(carbon.Methods(), ", "))
	}
	for _, id := range ids {
		name := "methods/" + id + ".yaml"
		text, err := configs.Methods.ReadFile(name)
		if err != nil {
			return nil, err
		}
		m, err := carbon.ParseMethod(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

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
	}{{"gross", a.Gross}, {"net", a.Net}, {"standard uncertainty", a.StandardUncertainty}, {"conservative", a.Conservative}, {"indicative", a.Indicative}} {
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
