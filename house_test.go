// Package nielu_test keeps the house in order: it reads the source files of
// the whole module, in this process, and states who may import whom and why.
package nielu_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nielu/nielu/"

// A ban forbids packages below From to import packages below any of To.
type ban struct {
	from string
	to   []string
	why  string
}

var bans = []ban{
	{"measure", []string{"evidence", "devices", "gateway", "ingest", "pipeline", "centre", "console", "configs", "program", "verifier", "demo", "cmd"}, "the nouns import nothing of ours, so that an auditor can read them alone"},
	{"evidence", []string{"devices", "gateway", "ingest", "pipeline", "centre", "console", "configs", "program", "verifier", "demo", "cmd"}, "the log's vocabulary stands on the ground, so that every room can name what is in the log"},
	{"devices", []string{"gateway", "ingest", "pipeline", "centre", "console", "program", "verifier", "demo", "cmd"}, "siblings meet at the gateway and at the centre"},
	{"ingest", []string{"devices", "gateway", "pipeline", "centre", "console", "configs", "program", "verifier", "demo", "cmd"}, "siblings meet at the gateway and at the centre"},
	{"pipeline", []string{"devices", "gateway", "ingest", "centre", "console", "configs", "program", "verifier", "demo", "cmd"}, "siblings meet at the centre and in the verifier"},
	{"gateway", []string{"pipeline", "centre", "console", "verifier", "demo", "cmd"}, "a gateway says what instruments said, and computes nothing"},
	{"centre", []string{"gateway", "demo", "cmd"}, "the centre knows gateways by what they send"},
	{"centre/archive", []string{"centre", "console", "pipeline/projection", "program"}, "figures for auditors come from the log, and from nothing that is made of it"},
	{"centre/entry", []string{"centre/view", "centre/metrics", "centre/centretest", "console", "pipeline/projection", "program"}, "what is entered is held against the log; who sends it, and how it is shown, is the centre's affair"},
	{"centre/view", []string{"centre/entry", "centre/metrics", "centre/centretest", "console", "program"}, "who looks enters nothing"},
	{"centre/metrics", []string{"centre/entry", "centre/centretest", "console"}, "who counts enters nothing"},
	{"console", []string{"devices", "gateway", "ingest", "pipeline", "centre", "configs", "program", "verifier", "demo", "cmd"}, "the console reads projections through interfaces it declares itself"},
	{"program", []string{"evidence", "devices", "gateway", "ingest", "pipeline", "centre", "console", "configs", "verifier", "demo", "cmd"}, "what the programs share knows none of them"},
	{"cmd", []string{"centre/centretest"}, "only tests work with a made-up centre"},
	{"verifier", []string{"gateway", "centre", "console", "program", "demo", "cmd"}, "a verifier needs no centre: it has the log's own bytes"},
	{"demo", []string{"centre/centretest", "cmd"}, "a demo and a replay are run by a program, and by tests"},
	{"configs", []string{"measure", "evidence", "devices", "gateway", "ingest", "pipeline", "centre", "console", "program", "verifier", "demo", "cmd"}, "configs is data, not code"},
	{"pipeline/balance", []string{"pipeline", "evidence", "configs"}, "an auditor can read the balances alone"},
	{"pipeline/carbon", []string{"pipeline", "evidence", "configs"}, "an auditor can read the methods alone"},
	{"pipeline/emissions", []string{"pipeline/export", "pipeline/statement", "pipeline/projection", "configs"}, "an inventory is made from activity and factors that are handed to it"},
	{"pipeline/statement", []string{"pipeline/export", "pipeline/projection"}, "the order is export, statement, carbon and emissions, balance"},
	{"pipeline/custody", []string{"pipeline/flowsheet", "pipeline/rollup", "pipeline/material", "pipeline/closure", "pipeline/reconciled", "pipeline/claim", "pipeline/process", "pipeline/diagnosis", "pipeline/statement", "pipeline/export"}, "bookkeeping knows lots, not readings"},
	{"pipeline/export", []string{"pipeline/projection"}, "an export is made from the log, never from a projection"},
	{"pipeline", []string{"evidence/writer"}, "what is computed is entered by the centre alone, which holds the log"},
	{"verifier", []string{"evidence/writer"}, "a verifier reads a log and writes none"},
	{"gateway", []string{"evidence/writer"}, "a gateway sends its leaves, and the centre appends them"},
	{"pipeline/export", []string{"pipeline/report/print", "pipeline/report/workbook", "pipeline/picture/label"}, "no verdict rests on the bytes of a library that prints"},
}

// floors are the rooms that the numbers of the pipeline are made in, as they
// stand above each other. A room uses those further down: neither its
// neighbours, nor what puts the rooms together, nor what hangs beside them.
var floors = [][]string{
	{"pipeline/process", "pipeline/diagnosis"},
	{"pipeline/claim"},
	{"pipeline/reconciled", "pipeline/closure"},
	{"pipeline/material"},
	{"pipeline/rollup", "pipeline/lots"},
	{"pipeline/flowsheet"},
	{"pipeline/emissions"},
	{"pipeline/carbon"},
	{"pipeline/balance"},
}

// floorOf tells on which of the floors a folder lies, counted from above.
func floorOf(dir string) (floor int, ok bool) {
	floor = slices.IndexFunc(floors, func(rooms []string) bool {
		return slices.ContainsFunc(rooms, func(room string) bool { return below(dir, room) })
	})
	return floor, floor >= 0
}

// standardOnly lists the packages that must do without third-party code:
// numeric kernels of libraries differ by CPU, and these say what a tonne is.
// The YAML parser is at home in measure/strict, which reads configuration for
// all of them and computes nothing.
var standardOnly = map[string][]string{
	"measure":                    nil,
	"measure/backoff":            nil,
	"measure/elementary":         nil,
	"measure/strict":             {"github.com/goccy/go-yaml/ast", "github.com/goccy/go-yaml/parser", "github.com/goccy/go-yaml/token"},
	"pipeline/balance":           nil,
	"pipeline/balance/formulas":  nil,
	"pipeline/balance/reconcile": nil,
	"pipeline/carbon":            nil,
	"pipeline/emissions":         nil,
	"console":                    nil,
	"devices":                    nil,
}

// entrances names the one folder where each third-party module comes in.
var entrances = map[string][]string{
	"github.com/goburrow/modbus":          {"devices/modbus"},
	"github.com/goburrow/serial":          {"devices/modbus"},
	"github.com/eclipse/paho.mqtt.golang": {"devices/mqtt"},
	"github.com/simonvetter/modbus":       {"devices/devicetest"},
	"github.com/mochi-mqtt/server":        {"ingest/broker"},
	"github.com/transparency-dev":         {"evidence"},
	"golang.org/x/mod":                    {"evidence"},
	"k8s.io/klog/v2":                      {"evidence/writer"},                                                                // Tessera logs by it
	"github.com/klauspost/compress":       {"ingest", "pipeline/export", "pipeline/report/print", "pipeline/report/workbook"}, // batches, the tables of a bundle, and what is printed
	"google.golang.org/protobuf":          {"evidence"},
	"modernc.org/sqlite":                  {"pipeline/projection"},
	"github.com/influxdata":               {"pipeline/projection"},
	"github.com/prometheus/client_golang": {"program/metrics"},
	"github.com/alecthomas/kong":          {"cmd/nielu"}, // finds methods by name, so the linker keeps them all: not in what travels
	"github.com/spf13/pflag":              {"program"},
	"github.com/goccy/go-yaml":            {"measure/strict", "devices/devicetest"}, // the one reader of configuration, and the maps of recorded files
	"codeberg.org/go-pdf/fpdf":            {"pipeline/report/print"},                // what people print
	"golang.org/x/image":                  {"pipeline/report/print"},                // the fonts of the printed page
	"github.com/xuri/excelize/v2":         {"pipeline/report/workbook"},             // tables for a spreadsheet
	"github.com/parquet-go/parquet-go":    {"pipeline/parquet"},
	"rsc.io/qr":                           {"pipeline/picture/label"},
	"golang.org/x/sync":                   {"evidence", "devices", "gateway", "ingest", "pipeline", "centre", "console", "demo", "cmd"},
	"pgregory.net/rapid":                  {},
	"go.uber.org/goleak":                  {},
	"github.com/rogpeppe/go-internal":     {},
}

// forTests are rooms that nothing imports but tests.
var forTests = []string{"evidence/evidencetest", "evidence/wire/wiretest", "pipeline/pipelinetest", "pipeline/report/reporttest"}

var junkDrawers = []string{"util", "utils", "common", "helpers", "types", "models", "internal", "pkg", "misc", "lib"}

// source is one Go file of the module and what it imports.
type source struct {
	file, dir string
	pkg       string
	test      bool
	imports   []string
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || name == "build" || d.Name() == "testdata" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			if slices.Contains(junkDrawers, d.Name()) {
				t.Errorf("%s: name the idea; a folder called %q collects everything and says nothing", name, d.Name())
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{file: name, dir: path.Dir(name), pkg: file.Name.Name, test: strings.HasSuffix(name, "_test.go")}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found only %d Go files: the test does not see the module", len(all))
	}
	return all
}

func below(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// TestImportPolicy covers what is built into a binary; tests may join rooms.
func TestImportPolicy(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, imported := range s.imports {
			ours, isOurs := strings.CutPrefix(imported, module)
			for _, b := range bans {
				if !isOurs || !below(s.dir, b.from) {
					continue
				}
				for _, to := range b.to {
					if below(ours, to) && !below(ours, b.from) {
						t.Errorf("%s imports %s: %s", s.file, ours, b.why)
					}
				}
			}
			if slices.Contains(forTests, ours) {
				t.Errorf("%s imports %s, which is for tests", s.file, ours)
			}
			if from, isRoom := floorOf(s.dir); isRoom && isOurs && below(ours, "pipeline") {
				to, isBelow := floorOf(ours)
				sameRoom := from == to && slices.ContainsFunc(floors[from], func(room string) bool { return below(s.dir, room) && below(ours, room) })
				if !isBelow || to <= from && !sameRoom {
					t.Errorf("%s imports %s: a room of the pipeline uses only those further down", s.file, ours)
				}
			}
			if isOurs || !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				continue
			}
			if allowed, strict := standardOnly[s.dir]; strict && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s: %s does with the standard library", s.file, imported, s.dir)
			}
			known := false
			for name, rooms := range entrances {
				if below(imported, name) {
					known = true
					if !slices.ContainsFunc(rooms, func(room string) bool { return below(s.dir, room) }) {
						t.Errorf("%s imports %s, which enters the house in %v only", s.file, imported, rooms)
					}
				}
			}
			if !known {
				t.Errorf("%s imports %s: a new dependency needs a line in this test that says where it enters", s.file, imported)
			}
		}
	}
}

// TestCommandsAreMainAlone keeps libraries out of cmd: a command has flags, wiring
// and exit codes, and what others could use stands in a room.
func TestCommandsAreMainAlone(t *testing.T) {
	for _, s := range sources(t) {
		if below(s.dir, "cmd") && (s.pkg != "main" || path.Dir(s.dir) != "cmd") {
			t.Errorf("%s is of package %s: below cmd there is one package main for each program", s.file, s.pkg)
		}
	}
}

// TestReadmeIsShort keeps the first page readable in one sitting.
func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines > 150 {
		t.Errorf("README.md has %d lines, at most 150 are read", lines)
	}
}
