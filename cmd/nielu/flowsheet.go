package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/picture"
	"github.com/nielu/nielu/program"
)

type flowsheetCommand struct {
	Plant  string `arg:"" help:"A plant file, or the name of a built-in plant, as in pyro1."`
	Output string `short:"o" placeholder:"FILE.svg" help:"The picture to write (default: stdout)."`
}

// Run draws a plant as its file describes it: no readings are needed.
func (f *flowsheetCommand) Run(s program.Streams) error {
	file, data, err := plantFile(f.Plant)
	if err != nil {
		return err
	}
	plant, err := flowsheet.Parse(file, data)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	svg := picture.Flowsheet(plant, picture.Values{})
	if f.Output == "" {
		_, err = s.Out.Write(svg)
		return err
	}
	return os.WriteFile(f.Output, svg, 0o644)
}

// plantFile reads a plant file, or a built-in one if the name is no file's.
func plantFile(name string) (file string, data []byte, err error) {
	data, err = program.ReadConfig(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || strings.ContainsAny(name, "/.\\") {
		return name, data, err
	}
	file = "plants/" + name + ".yaml"
	if data, err = configs.Plants.ReadFile(file); err == nil {
		return file, data, nil
	}
	known, _ := fs.Glob(configs.Plants, "plants/*.yaml")
	for i, k := range known {
		known[i] = strings.TrimSuffix(strings.TrimPrefix(k, "plants/"), ".yaml")
	}
	return "", nil, program.Exit{Code: program.Usage, Err: fmt.Errorf("there is no file %s and no built-in plant of that name; built in are %s", name, strings.Join(known, ", "))}
}
