package archive_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/centre/centretest"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

// absent fails the test unless an error says that there is no such thing.
func absent(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, archive.ErrNoPeriod) {
		t.Errorf("%s: %v", what, err)
	}
}

// A folder in which no centre ever ran holds nothing to ask, and is left as it is.
func TestAFolderWithoutALog(t *testing.T) {
	dir := t.TempDir()
	if _, err := archive.Open(archive.Folder(dir), "park", nil); err == nil || !strings.Contains(err.Error(), "start the centre first") {
		t.Error(err)
	}
	if held, err := os.ReadDir(dir); err != nil || len(held) > 0 {
		t.Errorf("%v, %v", held, err)
	}
}

// The same questions are put to the log of a centre that runs and, beside it, to
// the log on disk: the answers are the same, and what is not there is said.
func TestQuestions(t *testing.T) {
	w := centretest.New(t)
	none := w.Evidence.Size()
	w.Deliver()
	w.Analyse()
	w.CatchUp()
	disk, err := archive.Open(w.Config.Folder(), w.Config.Site, w.Config.Plants)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*archive.Archive{"running": w.Archive, "on disk": disk.Archive} {
		t.Run(name, func(t *testing.T) { questions(t, w, a) })
	}
	running, err1 := w.Archive.Balance(t.Context(), archive.Query{Plant: centretest.Plant, Lot: centretest.Lot}, nil)
	offline, err2 := disk.Balance(t.Context(), archive.Query{Plant: centretest.Plant, Lot: centretest.Lot}, nil)
	if err := errors.Join(err1, err2); err != nil || !reflect.DeepEqual(running.Report, offline.Report) {
		t.Errorf("the balance of the lot differs on disk, %v", err)
	}

	t.Run("as it was", func(t *testing.T) {
		then := w.Archive.At(none)
		book, leaves, err := then.Book(t.Context(), centretest.Plant)
		if err != nil || len(book.Lab().Lots) != 0 || leaves.Leaves != 1 { // the plant file
			t.Errorf("%d lots, %+v, %v", len(book.Lab().Lots), leaves, err)
		}
		if statements, err := then.Statements(t.Context(), centretest.Plant); err != nil || len(statements.Statements) != 0 {
			t.Errorf("%+v, %v", statements, err)
		}
		absent(t, "readings of later", then.SpeaksOf(t.Context(), centretest.Plant, w.Hour))
		if size := then.Log.Size(); size != none {
			t.Errorf("%d leaves, want %d", size, none)
		}
	})

	t.Run("for reports", func(t *testing.T) {
		in, err := disk.ReportInput(t.Context(), archive.Query{Plant: centretest.Plant, Lot: centretest.Lot}, centretest.Lot, "test", nil)
		if err != nil || in.Interval != w.Hour || in.Log.Size != w.Evidence.Size() || in.Balance == nil || len(in.Entries) != 1 || len(in.Statements) != 1 || len(in.Methods) < len(carbon.Methods()) {
			t.Errorf("%s, log %+v, %d entries, %d statements, %d methods, %v", in.Interval, in.Log, len(in.Entries), len(in.Statements), len(in.Methods), err)
		}
		_, err = disk.ReportInput(t.Context(), archive.Query{Plant: centretest.Plant, Lot: "none"}, "none", "test", nil)
		absent(t, "a report of no lot", err)
		form, err := disk.RegistryInput(t.Context(), centretest.Plant, centretest.Lot)
		if err != nil || form.Plant.ID != centretest.Plant || form.Lot != centretest.Lot || len(form.Entries) != 1 || len(form.Statements) != 1 {
			t.Errorf("%+v, %v", form, err)
		}
		_, err = disk.RegistryInput(t.Context(), "none", centretest.Lot)
		absent(t, "a form of no plant", err)
	})

	// A statement that a gateway signs, with a digest that nobody stated, is in
	// the log and does not count, wherever it is asked for.
	t.Run("of a stranger", func(t *testing.T) {
		text, err := w.Archive.StatementText(t.Context(), centretest.Plant, centretest.Lot)
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(text), "revision 1\n", "revision 2\n", 1)
		w.Forge(evidence.Leaf{Kind: evidence.Statement, Plants: []string{centretest.Plant}, Name: centretest.Lot, Body: []byte(forged), From: w.Hour.From.UnixNano(), To: w.Hour.To.UnixNano()})
		later, err := archive.Open(w.Config.Folder(), w.Config.Site, w.Config.Plants)
		if err != nil || later.Log.Size() != w.Evidence.Size() {
			t.Fatal(err)
		}
		for name, a := range map[string]*archive.Archive{"running": w.Archive, "on disk": later.Archive} {
			statements, err := a.Statements(t.Context(), centretest.Plant)
			if err != nil || len(statements.Statements) != 1 || statements.Statements[0].Revision != 1 {
				t.Errorf("%s: %d statements, %v", name, len(statements.Statements), err)
			}
			if now, err := a.StatementText(t.Context(), centretest.Plant, centretest.Lot); err != nil || string(now) != string(text) {
				t.Errorf("%s: %s, %v", name, now, err)
			}
		}
	})

	// Without the log's key nobody can tell who may sign: no decision counts.
	t.Run("without the key", func(t *testing.T) {
		if err := os.WriteFile(w.Config.Folder().LogKey(), []byte("nonsense\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		later, err := archive.Open(w.Config.Folder(), w.Config.Site, w.Config.Plants)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := later.StatementText(t.Context(), centretest.Plant, centretest.Lot); !errors.Is(err, archive.ErrNoStatement) {
			t.Error(err)
		}
	})
}

func questions(t *testing.T, w *centretest.World, a *archive.Archive) {
	ctx := t.Context()
	if p, err := a.Plant(centretest.Plant); err != nil || p.ID != centretest.Plant {
		t.Error(err)
	}
	_, err := a.Plant("none")
	absent(t, "a plant", err)
	for plant, want := range map[string]bool{centretest.Plant: true, "none": false} {
		if has, err := a.HasPlant(ctx, plant); has != want || err != nil {
			t.Errorf("the log has %s: %v, %v", plant, has, err)
		}
	}
	if err := a.SpeaksOf(ctx, centretest.Plant, w.Hour); err != nil {
		t.Error(err)
	}
	before := measure.Interval{From: w.Hour.From.AddDate(-1, 0, 0), To: w.Hour.From.AddDate(-1, 0, 1)}
	absent(t, "a year before", a.SpeaksOf(ctx, centretest.Plant, before))

	book, leaves, err := a.Book(ctx, centretest.Plant)
	if lot, ok := book.Lab().Lot(centretest.Lot); err != nil || !ok || lot.Interval != w.Hour || leaves.Leaves != 2 {
		t.Errorf("%+v from %+v, %v", lot, leaves, err)
	}
	files, err := a.PlantFiles(ctx, centretest.Plant)
	if err != nil || len(files) != 1 || files[0].Plant.Digest != w.Config.Plants[0].Digest {
		t.Errorf("%d plant files, %v", len(files), err)
	}
	methods, err := a.Methods(ctx)
	if err != nil || len(methods) != len(carbon.Methods()) { // those of the log are the built-in ones
		t.Errorf("%d methods, %v", len(methods), err)
	}
	bearing, gateways, err := a.Bearing(ctx, files, w.Hour)
	if err != nil || len(bearing) != 1 || gateways.Leaves != 9 {
		t.Errorf("%d files, %+v, %v", len(bearing), gateways, err)
	}

	statements, err := a.Statements(ctx, centretest.Plant)
	if err != nil || len(statements.Statements) != 1 {
		t.Fatalf("%+v, %v", statements, err)
	}
	text, err := a.StatementText(ctx, centretest.Plant, centretest.Lot)
	if err != nil || string(text) != string(statements.Statements[0].Text()) {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := a.StatementText(ctx, centretest.Plant, "none"); !errors.Is(err, archive.ErrNoStatement) {
		t.Error(err)
	}
	request, remarks, err := a.Request(ctx, centretest.Plant, centretest.Lot)
	if err != nil || len(remarks) != 2 {
		t.Fatalf("%q, %v", remarks, err)
	}
	method := w.Config.Method
	account, err := carbon.Quantify(*method, request)
	if stated := statements.Statements[0].Account; err != nil || account.Gross.CO2e() != stated.Gross.CO2e() || *account.Indicative != *stated.Indicative {
		t.Errorf("gross %s, stated %s, %v", account.Gross, stated.Gross, err)
	}
	for plant, lot := range map[string]string{centretest.Plant: "none", "none": centretest.Lot} {
		_, _, err := a.Request(ctx, plant, lot)
		absent(t, "lot "+lot+" of "+plant, err)
	}
	if _, err := a.Label(ctx, centretest.Plant, "BB-1"); err == nil || !strings.Contains(err.Error(), "no unit BB-1") {
		t.Error(err)
	}

	days := 0
	b, err := a.Balance(ctx, archive.Query{Plant: centretest.Plant, Interval: w.Hour}, func(done, _ int) { days = max(days, done) })
	if err != nil || len(b.Windows) != 1 || b.Windows[0].From != w.Hour.From.UnixNano() || days < 28 {
		t.Errorf("%d windows, %d days, %v", len(b.Windows), days, err)
	}
	for _, q := range []archive.Query{{Plant: "none", Interval: w.Hour}, {Plant: centretest.Plant, Lot: "none"}, {Plant: centretest.Plant, Campaign: "none"}} {
		_, err := a.Balance(ctx, q, nil)
		absent(t, "a balance", err)
	}

	hours, unit, err := a.Hours(ctx, centretest.Plant, "pyro1/feed/mass_flow", w.Hour, nil)
	if err != nil || unit.String() != "kg" || len(hours) != 1 || hours[0].Value < 50 || hours[0].Value > 150 {
		t.Errorf("%+v %s, %v", hours, unit, err)
	}
	_, _, err = a.Hours(ctx, centretest.Plant, "pyro1/feed/none", w.Hour, nil)
	absent(t, "a tag", err)
	_, _, err = a.Hours(ctx, "none", "pyro1/feed/mass_flow", w.Hour, nil)
	absent(t, "a plant's tag", err)
	for tag, why := range map[measure.Tag]string{"pyro1/char/mass_total": "is a counter", "pyro1/char/hopper_weight": "no mass, volume or energy"} {
		if _, _, err := a.Hours(ctx, centretest.Plant, tag, w.Hour, nil); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", tag, err)
		}
	}
}

// A file lies under its digest, and is found by it.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	files := archive.Folder(dir).Files()
	const digest = "sha256:0123"
	if files.Has(digest) {
		t.Error("a file is there that nobody brought")
	}
	if _, err := files.Read(digest); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := errors.Join(os.Mkdir(string(files), 0o700), os.WriteFile(filepath.Join(dir, "files", "0123"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if text, err := files.Read(digest); err != nil || string(text) != "x" || !files.Has(digest) {
		t.Errorf("%q, %v", text, err)
	}
}
