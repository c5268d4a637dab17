package scenario_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/scenario"
)

const folder = "examples/scenarios/"

// open reads what the scenarios of the examples name.
func open(kind, name string) (file string, data []byte, err error) {
	data, err = configs.Examples.ReadFile(folder + name)
	return name, data, err
}

func parse(t testing.TB, file, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse(file, []byte(text), open)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func outcome(t testing.TB, file, text string) *scenario.Outcome {
	t.Helper()
	o, err := parse(t, file, text).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func files(t testing.TB) map[string]string {
	t.Helper()
	names, err := fs.Glob(configs.Examples, folder+"*.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		data, err := configs.Examples.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(name, folder)] = string(data)
	}
	return all
}

// Every scenario of the examples comes out as was worked out by hand.
func TestScenarios(t *testing.T) {
	all := files(t)
	if len(all) < 14 {
		t.Errorf("there are %d scenarios only", len(all))
	}
	for name, text := range all {
		t.Run(name, func(t *testing.T) {
			o := outcome(t, name, text)
			for _, f := range o.Failures {
				t.Error(f)
			}
			if t.Failed() {
				var table bytes.Buffer
				if err := o.Write(&table); err != nil {
					t.Fatal(err)
				}
				t.Log(table.String())
			}
		})
	}
}
