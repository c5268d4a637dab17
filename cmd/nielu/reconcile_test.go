package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/program"
)

// TestReconcile runs the command on the example of its page and on what it
// must refuse: what it prints, and its exit code.
func TestReconcile(t *testing.T) {
	page, err := os.ReadFile("../../docs/reconcile.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)
	if example == nil {
		t.Fatal("docs/reconcile.md has no example")
	}
	for name, c := range map[string]struct {
		text  string
		table bool
		code  int
		words string
	}{
		"example":       {string(example[1]), false, program.Fine, `"status":"observable"`},
		"table":         {string(example[1]), true, program.Fine, "global test passes"},
		"refused":       {`{"format":"nielu-reconciliation-problem/1","id":"x","nodes":[],"streams":[{"id":"a","value":1}]}`, false, program.Wrong, `"id":"x","error":{"code":"bad-input"`},
		"not JSON":      {`nodes: []`, false, program.Usage, ""},
		"not an object": {`[]`, false, program.Wrong, `"id":null,"error"`},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "problem.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := (&reconcileCommand{File: file, Table: c.table}).Run(program.Streams{Out: &out, Err: &out})
			code := program.Fine
			if exit, ok := err.(program.Exit); ok {
				code = exit.Code
			}
			if code != c.code || !strings.Contains(out.String(), c.words) || c.words == "" && out.Len() > 0 {
				t.Errorf("exit %d (%v) and\n%s", code, err, out.String())
			}
		})
	}
	err = (&reconcileCommand{File: filepath.Join(t.TempDir(), "none")}).Run(program.Streams{})
	if exit, ok := err.(program.Exit); !ok || exit.Code != program.Usage {
		t.Errorf("a file that is not there: %v", err)
	}
}
