package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/carbon"
)

type quantifyCommand struct {
	File   string `arg:"" help:"The request, as docs/quantify.md describes it."`
	Method string `default:"puro-2025" help:"The method (${default})."`
	JSON   bool   `name:"json" help:"Print the account as JSON."`
}

// Run computes one carbon account.
func (q *quantifyCommand) Run(s program.Streams) error {
	name := "methods/" + q.Method + ".yaml"
	text, err := configs.Methods.ReadFile(name)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("there is no method %q; known is puro-2025", q.Method)}
	}
	method, err := carbon.ParseMethod(name, text)
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
	account, err := carbon.Quantify(*method, request)
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	if q.JSON {
		return json.NewEncoder(s.Out).Encode(account)
	}
	for _, l := range account.Lines {
		fmt.Fprintf(s.Out, "%-14s %14.6g %-4s %s\n", l.Name, l.Value, l.Unit, l.Label)
	}
	for _, u := range account.Unmet {
		fmt.Fprintln(s.Out, "not met:", u)
	}
	if !account.Eligible {
		return program.Exit{Code: program.Wrong, Err: errors.New("not eligible: no credit; the requirements not met stand above")}
	}
	return nil
}
