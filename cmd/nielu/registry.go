package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/pipeline/registry"
	"github.com/nielu/nielu/program"
)

type registryCommand struct {
	centreFile
	Plant  string `required:"" help:"The plant."`
	Lot    string `required:"" help:"The production batch."`
	For    string `required:"" enum:"puro,isometric,csink" help:"Whose fields: ${enum}."`
	Output string `short:"o" placeholder:"FILE" help:"The file to write, .json or .csv; without it JSON is printed."`
}

// Run fills in the form from the log, beside a centre that may be running. It
// says on the side what is missing and what must be read before it is sent.
func (r *registryCommand) Run(ctx context.Context, s program.Streams) error {
	write := (*registry.Form).JSON
	switch filepath.Ext(r.Output) {
	case "", ".json":
	case ".csv":
		write = (*registry.Form).CSV
	default:
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s: a form is written as .json or .csv", r.Output)}
	}
	disk, err := r.archive(ctx, r.Plant)
	if err != nil {
		return err
	}
	source, err := disk.RegistryInput(ctx, r.Plant, r.Lot)
	if err != nil {
		return usageError(err)
	}
	form, err := registry.Forms()[r.For](source)
	if errors.Is(err, registry.ErrNotStated) {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	if err != nil {
		return err
	}
	text, err := write(form)
	if err != nil {
		return err
	}
	for _, w := range form.Warnings {
		fmt.Fprintln(s.Err, "warning:", w)
	}
	for _, m := range form.Missing {
		fmt.Fprintf(s.Err, "not known: %s of %s; enter: %s\n", m.Field, m.Record, m.Enter)
	}
	if r.Output != "" {
		return os.WriteFile(r.Output, text, 0o644)
	}
	_, err = s.Out.Write(text)
	return err
}
