package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/program"
)

type quantifyCommand struct {
	centreFile
	File   string `arg:"" optional:"" help:"The request, as docs/quantify.md describes it."`
	Plant  string `help:"Instead of a file: the plant of a lot in the centre's log."`
	Lot    string `help:"The lot, computed from readings and records as its statement is."`
	Method string `default:"puro-2025" help:"The method, or all (${default})."`
	JSON   bool   `name:"json" help:"Print one account a line as JSON."`
}

// Run computes one carbon account a method.
func (q *quantifyCommand) Run(ctx context.Context, s program.Streams) error {
	methods, err := q.methods()
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	request, err := q.request(ctx, s)
	if err != nil {
		return err
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
		if err := a.Write(s.Out, methods[i]); err != nil {
			return err
		}
	}
	if len(accounts) > 1 && !q.JSON {
		if err := carbon.WriteEnvelope(s.Out, accounts); err != nil {
			return err
		}
	}
	if !fine {
		return program.Exit{Code: program.Wrong, Err: errors.New("not eligible: no credit; the requirements not met stand above")}
	}
	return nil
}

// request reads what is known of a batch, from a file or from the log.
func (q *quantifyCommand) request(ctx context.Context, s program.Streams) (r carbon.Request, err error) {
	switch {
	case (q.File == "") == (q.Lot == "") || (q.Lot == "") != (q.Plant == ""):
		return r, program.Exit{Code: program.Usage, Err: errors.New("name a file, or --plant and --lot")}
	case q.File != "":
		data, err := program.ReadFile(q.File, program.MostConfig)
		if err != nil {
			return r, err
		}
		if r, err = carbon.ParseRequest(q.File, data); err != nil {
			return r, program.Exit{Code: program.Usage, Err: err}
		}
		return r, nil
	}
	disk, err := q.archive(ctx, q.Plant)
	if err != nil {
		return r, err
	}
	r, remarks, err := disk.Request(ctx, q.Plant, q.Lot)
	for _, remark := range remarks {
		fmt.Fprintln(s.Err, remark)
	}
	return r, usageError(err)
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
