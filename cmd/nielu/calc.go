package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/balance/formulas"
	"github.com/nielu/nielu/program"
)

type calcCommand struct {
	Formula string `arg:"" optional:"" help:"The formula by its name."`
	File    string `arg:"" optional:"" placeholder:"FILE.json" help:"Its inputs, a JSON object; without one, what the formula is and asks for."`
	Cases   string `placeholder:"FILE.json" help:"Work out a file of cases and compare with what each expects."`
	List    bool   `help:"List the formulas."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run works out one formula, or a file of cases.
func (c *calcCommand) Run(s program.Streams) error {
	switch {
	case c.Cases != "" && (c.Formula != "" || c.List):
		return program.Exit{Code: program.Usage, Err: errors.New("--cases takes its formulas from the file: give nothing else")}
	case c.Cases != "":
		return c.runCases(s)
	case c.Formula == "":
		return c.list(s)
	}
	f, err := formulas.Find(c.Formula)
	if err != nil {
		return calcFault("", err)
	}
	if c.File == "" || c.List {
		return c.describe(s, f)
	}
	data, err := program.ReadFile(c.File, program.MostConfig)
	if err != nil {
		return err
	}
	r, err := f.Calculate(data)
	if err != nil {
		return calcFault(c.File+": ", err)
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(struct {
			formulas.Formula
			Got   map[string]any  `json:"got"`
			Steps []formulas.Step `json:"steps"`
		}{f, r.Values, r.Steps()})
	}
	fmt.Fprintf(s.Out, "%s\n%s", calcText(f), r.Text())
	return nil
}

func (c *calcCommand) runCases(s program.Streams) error {
	data, err := program.ReadFile(c.Cases, program.MostConfig)
	if err != nil {
		return err
	}
	cases, err := formulas.ParseCases(data)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s: %w", c.Cases, err)}
	}
	met, refused := 0, false
	lines := json.NewEncoder(s.Out)
	for _, one := range cases {
		got, differs, err := one.Run()
		if err != nil {
			refused = true
			fmt.Fprintf(s.Err, "%v\n", calcFault(one.ID+": ", err))
		}
		for _, d := range differs {
			fmt.Fprintf(s.Err, "%s: %s\n", one.ID, d)
		}
		ok := err == nil && len(differs) == 0
		if ok {
			met++
		}
		if err := lines.Encode(struct {
			ID      string         `json:"id"`
			Formula string         `json:"formula"`
			Got     map[string]any `json:"got"`
			OK      bool           `json:"ok"`
		}{one.ID, one.Formula, got, ok}); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.Err, "%d of %d cases are met\n", met, len(cases))
	switch {
	case refused:
		return program.Exit{Code: program.Usage}
	case met < len(cases):
		return program.Exit{Code: program.Wrong}
	}
	return nil
}

func (c *calcCommand) list(s program.Streams) error {
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(formulas.All())
	}
	for _, f := range formulas.All() {
		fmt.Fprintf(s.Out, "%-28s %s\n", f.Name, f.About)
	}
	return nil
}

func (c *calcCommand) describe(s program.Streams, f formulas.Formula) error {
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(struct {
			formulas.Formula
			Inputs []formulas.Key `json:"inputs"`
		}{f, f.Keys()})
	}
	fmt.Fprintf(s.Out, "%sinputs:\n", calcText(f))
	for _, k := range f.Keys() {
		fmt.Fprintf(s.Out, "  %-24s %s%s\n", k.Name, k.Unit, map[bool]string{true: ", optional"}[k.Optional])
	}
	return nil
}

func calcText(f formulas.Formula) string {
	text := f.Name + ": " + f.About + "\n  " + strings.ReplaceAll(f.Equation, "\n", "\n  ") + "\nsource: " + f.Source + "\n"
	if f.Valid != "" {
		text += "note: " + f.Valid + "\n"
	}
	return text
}

// calcFault says what is wrong with a question, and what was probably meant.
func calcFault(at string, err error) error {
	var faults formulas.Faults
	if errors.As(err, &faults) {
		err = errors.New(faults.Explain(strict.Meant))
	}
	return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s%w", at, err)}
}
