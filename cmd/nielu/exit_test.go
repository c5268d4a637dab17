package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/program"
)

// Exit codes are a contract with whoever calls the commands from a script. A
// command that is new must say what it does in each case.
//
//	1  what was asked about is not as it must be: a file of records, a lot that is not stated
//	2  a command line that is wrong, or asks for a plant, a period or a tag that is not there
//	2  a configuration that is wrong or missing: the centre's, a plant's
//	3  any other file that cannot be opened, a centre that does not run
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(path("some.key"), "maker"))
	gateway := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(path("gw.key"), "gw-pyro1"))
	write(t, path("token"), []byte("a token of enough characters"))
	write(t, path("nielu.yaml"), fmt.Appendf(nil, "site: park\nlisten: 127.0.0.1:1\nbroker: { listen: 127.0.0.1:0 }\nplants: [pyro1]\n"+
		"agents:\n  - { key: %q, site: park }\nauthors: [{ name: A. Author, token_file: token }]\n", gateway.Verifier()))
	config := must[*centre.Config](t)(centre.ReadConfig(path("nielu.yaml")))
	c := must[*centre.Centre](t)(centre.Open(t.Context(), config, slog.New(slog.DiscardHandler)))
	if err := c.Worker.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path("wrong.yaml"), []byte("site: [\n"))
	write(t, path("wrong.json"), []byte("{"))
	write(t, path("table.csv"), []byte("sample;parameter\n"))
	const none, elsewhere, times = "none.file", "nosuch", "--from 2126-01-01T00:00:00Z --to 2126-02-01T00:00:00Z"

	// Of each command, arguments in which {config} stands for the centre's file
	// and {plant} for its plant, and the code. In each, the file is then taken
	// away, spoiled, and the plant is one that is not there.
	for command, of := range map[string]struct {
		args    string
		code    int            // with the file and the plant as they are
		missing map[string]int // other arguments: a file that is not there, and the code
	}{
		"demo":               {"--faults", 2, nil},
		"server":             {"-c {config} --wrong", 2, nil},
		"check":              {"-c {config}", 0, map[string]int{"--plant ./none.yaml": 2, "--plant " + elsewhere: 2}},
		"balance":            {"-c {config} --plant {plant} --lot nosuch", 2, nil},
		"clock":              {"-c {config} --plant {plant} --agent gw-pyro1 --by 1h --reason R " + times, 3, nil},
		"custody check":      {"wrong.yaml", 1, map[string]int{none: 3}},
		"custody add":        {"-c {config} table.csv", 3, map[string]int{"-c {config} " + none: 3}},
		"custody file":       {"-c {config} wrong.yaml", 3, map[string]int{"-c {config} " + none: 3}},
		"custody show":       {"-c {config} --plant {plant}", 0, nil},
		"lot open":           {"-c {config} --plant {plant} --from 2026-11-02T00:00:00Z lot-1", 3, nil},
		"lot close":          {"-c {config} --plant {plant} --to 2026-11-03T00:00:00Z lot-1", 3, nil},
		"lot list":           {"-c {config} --plant {plant}", 0, nil},
		"lot label":          {"-c {config} --plant {plant} -o label.svg unit-1", 1, nil}, // there is no such unit
		"lab add":            {"-c {config} --plant {plant} --report R --laboratory L --accreditation none --at 2026-11-02T00:00:00Z table.csv", 1, map[string]int{"-c {config} --plant {plant} --report R --laboratory L --accreditation none --at 2026-11-02T00:00:00Z " + none: 3}},
		"statement list":     {"-c {config} --plant {plant}", 0, nil},
		"statement show":     {"-c {config} --plant {plant} --lot nosuch", 1, nil}, // it is not stated
		"statement key":      {"maker some.key", 0, map[string]int{"maker nosuch/some.key": 3}},
		"statement sign":     {"-c {config} --plant {plant} --lot nosuch --key some.key", 1, nil},
		"statement certify":  {"-c {config} wrong.yaml", 3, map[string]int{"-c {config} " + none: 3}},
		"statement withdraw": {"-c {config} --plant {plant} --lot nosuch --key some.key --reason R", 1, nil},
		"report": {"-c {config} --plant {plant} --lot nosuch -o report.html", 2, map[string]int{"-o report.pdf": 2, "-c {config} --plant {plant} --lot nosuch -o report.doc": 2,
			none + " -o report.pdf": 3, "wrong.yaml -o report.pdf": 3, "wrong.yaml --plant {plant} -o report.pdf": 2, "wrong.yaml --policy wrong.yaml -o report.pdf": 2}},
		"registry":  {"-c {config} --plant {plant} --lot nosuch --for puro", 1, nil},
		"export":    {"-c {config} --plant {plant} -o bundle.zip " + times, 2, nil},
		"fill":      {"-c {config} --plant {plant} --tag pyro1/nosuch --rule acm0002 --direction removal " + times, 2, nil},
		"flowsheet": {"pyro1", 0, map[string]int{elsewhere: 2, "./none.yaml": 2}},
		"quantify":  {"-c {config} --plant {plant} --lot nosuch", 2, map[string]int{none: 3, "wrong.yaml": 2}},
		"emissions": {"wrong.yaml", 2, map[string]int{none: 3}},
		"calc":      {"nosuch", 2, map[string]int{"part98-substitute " + none: 3, "--cases " + none: 3}},
		"reconcile": {"wrong.json", 2, map[string]int{none: 2}}, // the format of a problem says so
		"rebuild":   {"-c {config}", 0, map[string]int{"-c {config} influx": 2, "nosuch": 2}},
		"replay":    {"--data nosuch boiler", 3, map[string]int{"--data . nosuch": 2, "--data . --plant ./none.yaml ./none.yaml": 2}},
		"scenario":  {"wrong.yaml", 2, map[string]int{none: 3}},
	} {
		t.Run(command, func(t *testing.T) {
			try := func(args string, code int) {
				t.Helper()
				args = strings.NewReplacer("{config}", "nielu.yaml", "{plant}", "pyro1").Replace(args)
				words := append(strings.Fields(command), strings.Fields(args)...)
				if o := nielu(t, words...); o.code != code {
					t.Errorf("nielu %s: exit code %d, want %d\n%s%s", strings.Join(words, " "), o.code, code, o.out, o.talk)
				} else if code > 0 && strings.TrimSpace(o.out+o.talk) == "" {
					t.Errorf("nielu %s says nothing", strings.Join(words, " "))
				}
			}
			t.Chdir(dir)
			try(of.args, of.code)
			try(of.args+" --no-such-flag", program.Usage)
			if strings.Contains(of.args, "{config}") && command != "server" {
				try(strings.Replace(of.args, "{config}", "none.yaml", 1), program.Usage)
				try(strings.Replace(of.args, "{config}", "wrong.yaml", 1), program.Usage)
			}
			if strings.Contains(of.args, "{plant}") {
				try(strings.Replace(of.args, "{plant}", elsewhere, 1), program.Usage)
			}
			for args, code := range of.missing {
				try(args, code)
			}
		})
		delete(untried, command)
	}
	for command := range untried {
		t.Errorf("no line says how nielu %s ends", command)
	}
}

// untried is the commands of the grammar, by their words.
var untried = func() map[string]bool {
	all := map[string]bool{}
	var walk func(of reflect.Type, before string)
	walk = func(of reflect.Type, before string) {
		leaf := true
		for i := range of.NumField() {
			f := of.Field(i)
			if _, ok := f.Tag.Lookup("cmd"); ok {
				leaf = false
				walk(f.Type, strings.TrimSpace(before+" "+strings.ToLower(f.Name)))
			}
		}
		if leaf {
			all[before] = true
		}
	}
	walk(reflect.TypeFor[commands](), "")
	return all
}()

// Whoever interrupts a command hears that, and nothing of contexts.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	var out, talk strings.Builder
	code := execute(ctx, &commands{}, []string{"demo", "--dir", dir, "--listen", "127.0.0.1:0"}, program.Streams{Out: &out, Err: &talk})
	if strings.Contains(talk.String(), "context canceled") {
		t.Errorf("exit code %d: %s", code, talk.String())
	}
}
