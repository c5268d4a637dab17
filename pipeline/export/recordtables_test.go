package export_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/export"
)

// What people wrote, what was corrected, by whom, when, before and after, and
// what became of each statement, come out of a bundle as tables.
func TestExtractTellsWhatWasWritten(t *testing.T) {
	w := newWorld(t)
	w.fill()
	for _, text := range []string{
		"author: day shift\nplant: pyro1\nrecords:\n  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 12 t, moisture: 18 %, feedstock: wood, category: E, distance: 40 km, document: \"=ticket 118\" }\n",
		"author: office\nplant: pyro1\nrecords:\n  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 10 t, moisture: 18 %, feedstock: wood, category: E, distance: 40 km, document: ticket 118, corrects: ticket misread }\n",
		"author: office\nplant: pyro1\nrecords:\n  - { withdraw: D-1, kind: delivery, reason: not ours }\n",
	} {
		w.enter(evidence.Records, "r.yaml", []string{plant}, []byte(text))
	}
	bundle, folder := w.build(), t.TempDir()
	names, err := export.Extract(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), folder, func(export.Step) {})
	w.must(err)
	tables := map[string][][]string{}
	for _, table := range []string{"records", "corrections", "statements"} {
		if !slices.Contains(names, filepath.Join(folder, table+".csv")) {
			t.Fatalf("no %s in %v", table, names)
		}
		data, err := os.ReadFile(filepath.Join(folder, table+".csv"))
		w.must(err)
		tables[table], err = csv.NewReader(bytes.NewReader(data)).ReadAll()
		w.must(err)
	}
	has := func(table string, cells ...string) {
		t.Helper()
		if !slices.ContainsFunc(tables[table], func(row []string) bool {
			return !slices.ContainsFunc(cells, func(cell string) bool { return !slices.Contains(row, cell) })
		}) {
			t.Errorf("%s.csv has no row with %q:\n%s", table, cells, strings.ReplaceAll(strings.Join(slices.Collect(func(yield func(string) bool) {
				for _, row := range tables[table] {
					if !yield(strings.Join(row, " | ")) {
						return
					}
				}
			}), "\n"), "\t", " "))
		}
	}
	has("records", "25", "2026-11-20T14:00:00Z", "day shift", "delivery", "D-1", "wet_mass", "12 t", "26", "ticket misread")
	has("records", "document", "'=ticket 118")
	has("records", "laboratory file", "pyro1-hour", "char_hydrogen")
	has("corrections", "26", "2026-11-20T14:00:00Z", "office", "corrected", "ticket misread", "wet_mass", "12 t", "10 t")
	has("corrections", "27", "office", "withdrawn", "not ours", "wet_mass", "10 t", "")
	has("statements", "24", "pyro1-hour", "1", "puro-2025", "sealed", "false")
}
