package workbook

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/report/reporttest"
)

// The laws of every way to show a report.
func TestSameBytes(t *testing.T)  { reporttest.SameBytes(t, XLSX) }
func TestDigest(t *testing.T)     { reporttest.Digest(t, XLSX) }
func TestInputStays(t *testing.T) { reporttest.InputStays(t, XLSX) }

// TestHostileNames holds that no name is a formula.
func TestHostileNames(t *testing.T) {
	in, _ := reporttest.HostileNames(t)
	book := reporttest.Must(excelize.OpenReader(bytes.NewReader(reporttest.Must(XLSX(in))(t))))(t)
	defer book.Close()
	for _, name := range book.GetSheetList() {
		rows := reporttest.Must(book.GetRows(name))(t)
		for r, row := range rows {
			for c := range row {
				at := reporttest.Must(excelize.CoordinatesToCellName(c+1, r+1))(t)
				if formula := reporttest.Must(book.GetCellFormula(name, at))(t); formula != "" {
					t.Errorf("%s!%s is the formula %q", name, at, formula)
				}
			}
		}
	}
}

// TestEmpty holds that a plant of which nothing is known has a workbook.
func TestEmpty(t *testing.T) { reporttest.Must(XLSX(reporttest.Empty(t)))(t) }

// TestStack holds that what the stack emitted stands among the emissions.
func TestStack(t *testing.T) {
	in := reporttest.Stacked(t)
	book := reporttest.Must(excelize.OpenReader(bytes.NewReader(reporttest.Must(XLSX(in))(t))))(t)
	defer book.Close()
	found := 0
	for _, row := range reporttest.Must(book.GetRows("emissions"))(t) {
		if strings.HasPrefix(strings.Join(row, " "), "p-1 stack stack_") {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d lines of the stack in the tables", found)
	}
}

// TestWorkbook reads the tables back.
func TestWorkbook(t *testing.T) {
	in := reporttest.World(t)
	data := reporttest.Must(XLSX(in))(t)
	book := reporttest.Must(excelize.OpenReader(bytes.NewReader(data)))(t)
	defer book.Close()
	s := in.Statements[0]
	for at, want := range map[string]string{"Q2": measure.FormatNumber(s.Account.Net.CO2e().Tonnes()), "L2": measure.FormatNumber(s.Dry.Kilograms()), "M2": "400", "B2": "p-1", "D2": "signed", "V2": "maker"} {
		if got := reporttest.Must(book.GetCellValue("statements", at, excelize.Options{RawCellValue: true}))(t); got != want {
			t.Errorf("statements!%s is %q, not %q", at, got, want)
		}
	}
	if kind := reporttest.Must(book.GetCellType("statements", "Q2"))(t); kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("the net is no number: cell type %v", kind)
	}
	if got := reporttest.Must(book.GetCellValue("statements", "H2"))(t); got != "2026-11-02 00:00:00" {
		t.Errorf("the lot begins at %q", got)
	}
	for sheet, rows := range map[string]int{"lots": 2, "units": 8, "laboratory": 5, "emissions": 6, "closures": 72, "coverage": 3, "gaps": 2, "account lines": len(s.Account.Lines)} {
		if got := reporttest.Must(book.GetRows(sheet))(t); len(got) != rows+1 {
			t.Errorf("%s has %d rows, not %d", sheet, len(got)-1, rows)
		}
	}
	archive := reporttest.Must(zip.NewReader(bytes.NewReader(data), int64(len(data))))(t)
	for _, f := range archive.File {
		if year := f.Modified.Year(); year > 1980 {
			t.Errorf("%s bears the time %s", f.Name, f.Modified)
		}
	}
}

func BenchmarkXLSX(b *testing.B) { reporttest.Benchmark(b, XLSX) }
