package export_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/export"
)

// asPrinted makes a bundle of the form before this one: with the report as PDF
// and as workbook, and a page that says so.
func asPrinted(m *export.Manifest, f content) {
	m.Format = export.PrintedFormat
	f[export.ReadmeName] = export.Readme(*m)
	f["views/report.pdf"], f["views/tables.xlsx"] = []byte("%PDF-1.3 nothing is claimed"), []byte("PK, and nothing is claimed")
}

// TestPrintedFilesAreNamed holds that a bundle with printed files verifies, and
// that the headline and the notes say that nobody computed them again.
func TestPrintedFilesAreNamed(t *testing.T) {
	w, bundle := ordinary(t)
	old := w.forge(bundle, w.exportKey, asPrinted)
	report := w.verify(old)
	if report.Result != export.Verified || len(report.Faults) > 0 {
		t.Fatalf("%s: %v", report.Result, report.Faults)
	}
	if want := "VERIFIED; VIEWS/REPORT.PDF AND VIEWS/TABLES.XLSX NOT MADE AGAIN"; !strings.HasPrefix(report.Verdict(), want) {
		t.Errorf("the verdict is %q, not %q", report.Verdict(), want)
	}
	for _, name := range []string{"views/report.pdf", "views/tables.xlsx"} {
		if !slices.ContainsFunc(report.Notes, func(n string) bool { return strings.HasPrefix(n, name+" was not made again") }) {
			t.Errorf("no note says that %s was not made again: %q", name, report.Notes)
		}
	}
	list, err := export.Read(old)
	w.must(err)
	if want, err := os.ReadFile("testdata/README-v3.golden.txt"); err != nil || !bytes.Equal(list[0].Data, want) {
		t.Errorf("its page is not the one that releases wrote (%v):\n%s", err, list[0].Data)
	}
	if verdict := w.verify(bundle).Verdict(); strings.Contains(verdict, "NOT MADE AGAIN") {
		t.Errorf("a bundle without printed files is %q", verdict)
	}
}

// TestPrintedFilesAreHeld holds that the manifest's digests hold the printed
// files, and that all else of such a bundle is checked as of any other.
func TestPrintedFilesAreHeld(t *testing.T) {
	w, bundle := ordinary(t)
	old := w.forge(bundle, w.exportKey, asPrinted)
	files, err := export.Read(old)
	w.must(err)
	for i, f := range files {
		if f.Name != "views/report.pdf" && f.Name != "views/tables.xlsx" {
			continue
		}
		changed := slices.Clone(files)
		changed[i].Data = append(slices.Clone(f.Data), 'x')
		again, err := export.Write(changed)
		w.must(err)
		if r := w.verify(again); r.Result != export.Failed || !slices.ContainsFunc(r.Faults, func(x export.Fault) bool { return x.Where == f.Name }) {
			t.Errorf("%s changed: %s %v", f.Name, r.Result, r.Faults)
		}
	}
	for name, change := range map[string]func(m *export.Manifest, f content){
		"views/report.pdf":  func(_ *export.Manifest, f content) { delete(f, "views/report.pdf") },
		"views/tables.xlsx": func(_ *export.Manifest, f content) { delete(f, "views/tables.xlsx") },
		"views/report.html": func(_ *export.Manifest, f content) { f["views/report.html"] = []byte("1 t of removal is claimed") },
		"views/more.pdf":    func(_ *export.Manifest, f content) { f["views/more.pdf"] = []byte("%PDF-1.3") },
		"README.txt": func(m *export.Manifest, f content) {
			f["README.txt"] = export.Readme(export.Manifest{Format: export.Format})
		},
	} {
		if r := w.verify(w.forge(old, w.exportKey, change)); r.Result != export.Failed || !slices.ContainsFunc(r.Faults, func(x export.Fault) bool { return x.Where == name && x.Check == "views" }) {
			t.Errorf("%s: %s %v", name, r.Result, r.Faults)
		}
	}
}

// TestFormOfTomorrow holds that a form nobody knows yet is refused by name.
func TestFormOfTomorrow(t *testing.T) {
	w, bundle := ordinary(t)
	r := w.verify(w.forge(bundle, w.exportKey, func(m *export.Manifest, _ content) { m.Format = "nielu-bundle/v5" }))
	if r.Result != export.Unusable || len(r.Faults) != 1 || !strings.Contains(r.Faults[0].What, `format "nielu-bundle/v5", this program reads nielu-bundle/v4 and nielu-bundle/v3`) {
		t.Errorf("%s %v", r.Result, r.Faults)
	}
}
