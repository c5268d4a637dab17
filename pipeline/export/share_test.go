package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/suite"
	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

var week = measure.Interval{From: start.Truncate(24 * time.Hour), To: start.Truncate(24 * time.Hour).Add(7 * 24 * time.Hour)}

// long is a world of a week of the simulated plant, a scan every two minutes
// and leaves of another plant between them, so that the tiles are many and not
// all of a tile is in the bundle. skip leaves batches out.
func long(t testing.TB, skip func(i int) bool) (*world, []byte) {
	w := newWorld(t)
	w.files()
	w.enterCatalogue()
	other := 0
	for from, i := week.From.Add(-time.Hour), 0; from.Before(week.To.Add(time.Hour)); from, i = from.Add(10*time.Minute), i+1 {
		part := measure.Interval{From: from, To: from.Add(10 * time.Minute)}
		if skip != nil && skip(i) {
			w.prev = evidence.Hash{} // an epoch of its own: silence, and not a hole
			w.epoch, w.seq = w.epoch+1, 0
			continue
		}
		w.batches(part, 10*time.Minute, 2*time.Minute, nil)
		for range i % 3 {
			w.enter(evidence.Lab, fmt.Sprint("other", other), []string{"htl1"}, []byte("lots: []\n"))
			other++
		}
		if i%20 == 19 {
			w.roll()
		}
	}
	w.state(w.statement().Text(), w.centreKey)
	return w, w.export(w.maker(), export.Query{Plant: plant, Interval: week})
}

// aWeek is such a world and its bundle, made once.
var aWeek struct {
	sync.Once
	world  world
	bundle []byte
}

func wholeWeek(t testing.TB) (*world, []byte) {
	aWeek.Do(func() {
		w, bundle := long(t, nil)
		aWeek.world, aWeek.bundle = *w, bundle
	})
	w := aWeek.world
	w.t = t
	return &w, aWeek.bundle
}

func TestAWeekOfManyTiles(t *testing.T) {
	suite.Slow(t)
	w, bundle := wholeWeek(t)
	report := w.verify(bundle)
	if report.Result != export.Verified || report.Readings != 23*7*720 || len(w.leaves) < 6*256 {
		t.Fatalf("%s, %d readings, %d leaves in the log: %v %v", report.Result, report.Readings, len(w.leaves), report.Faults, report.Gaps)
	}
	if again := w.export(w.maker(), export.Query{Plant: plant, Interval: week}); !bytes.Equal(again, bundle) {
		t.Error("the same query gave other bytes")
	}
	// One leaf of one tile, and one hash of another.
	forged := w.forge(bundle, w.exportKey, func(_ *export.Manifest, f content) {
		leaves, err := export.ParseEntries(f["tile/entries/002"], 256)
		w.must(err)
		i := slices.IndexFunc(leaves, func(l []byte) bool { return len(l) > 300 })
		leaves[i] = slices.Clone(leaves[i])
		leaves[i][100]++
		var data []byte
		for _, l := range leaves {
			data = export.AppendEntry(data, l)
		}
		f["tile/entries/002"] = data
		f["tile/0/004"] = slices.Clone(f["tile/0/004"])
		f["tile/0/004"][7]++
	})
	report = w.verify(forged)
	for _, where := range []string{"tile/0/004", "tile/entries/004"} {
		if !slices.ContainsFunc(report.Faults, func(f export.Fault) bool { return f.Check == "inclusion" && f.Where == where }) {
			t.Errorf("no fault of %s in %v", where, report.Faults)
		}
	}
	single := 0
	for _, f := range report.Faults {
		if strings.HasPrefix(f.Where, "leaf ") && f.Check == "inclusion" {
			single++
		}
	}
	if single != 1 {
		t.Errorf("%d leaves are blamed by name, want the one that was changed", single)
	}
}

// A share looks at the drawn days only, says so, and finds what is wrong in them.
func TestAShare(t *testing.T) {
	suite.Slow(t)
	w, bundle := wholeWeek(t)
	wrong := w.forge(bundle, w.exportKey, func(_ *export.Manifest, f content) {
		for i := range 7 {
			f.edit("views/"+week.From.AddDate(0, 0, i).Format(time.DateOnly)+"/rollups.csv.zst", ",5", ",6")
		}
	})
	days := func(o export.Options) (drawn []string) {
		for _, f := range w.verifyWith(wrong, o).Faults {
			drawn = append(drawn, f.Where)
		}
		return drawn
	}
	share := export.Options{Policy: w.policy(), Share: export.Share{Part: 0.4, Seed: "rain"}}
	report := w.verifyWith(bundle, share)
	if report.Result != export.Verified || report.Readings != 3*23*720 || report.Verdict() != "VERIFIED IN A SHARE OF 40 % (3 OF 7 DAYS); NOBODY SIGNED A STATEMENT" {
		t.Fatalf("%s, %d readings, %v %v", report.Verdict(), report.Readings, report.Faults, report.Gaps)
	}
	var text strings.Builder
	w.must(report.Write(&text))
	if first, _, _ := strings.Cut(text.String(), "\n"); first != report.Verdict() || !strings.Contains(text.String(), "drawn with the seed rain") {
		t.Errorf("the report says\n%s", text.String())
	}
	if data, err := json.Marshal(report); err != nil || !bytes.Contains(data, []byte(`"verdict":"VERIFIED IN A SHARE OF 40 %`)) {
		t.Errorf("%s, %v", data, err)
	}
	drawn := days(share)
	if len(drawn) != 3 || !slices.Equal(days(share), drawn) {
		t.Errorf("the days %v were looked at", drawn)
	}
	share.Share.Seed = "snow"
	if other := days(share); len(other) != 3 || slices.Equal(other, drawn) {
		t.Errorf("another seed draws %v, the first one drew %v", other, drawn)
	}
	if all := days(export.Options{Policy: w.policy()}); len(all) != 7 {
		t.Errorf("without a share only %v are looked at", all)
	}
}

// A silence over the edges of what is looked at must be declared, and one that
// is declared is believed only where nobody looks.
func TestASilenceInAShare(t *testing.T) {
	suite.Slow(t)
	w, bundle := long(t, func(i int) bool { return i >= 6+144+30 && i < 6+3*144+90 }) // from the second day into the fourth
	whole := w.verify(bundle)
	if whole.Result != export.Incomplete {
		t.Fatalf("%s %v", whole.Result, whole.Faults)
	}
	undeclared := w.forge(bundle, w.exportKey, func(m *export.Manifest, _ content) {
		m.Gaps = slices.DeleteFunc(m.Gaps, func(g export.Gap) bool { return g.Agent == "any agent" })
	})
	if r := w.verify(undeclared); r.Result != export.Failed {
		t.Fatalf("%s without the declared silence", r.Result)
	}
	missed := 0
	for i := range 4 {
		o := export.Options{Policy: w.policy(), Share: export.Share{Part: 0.2, Seed: fmt.Sprint(i)}}
		if r := w.verifyWith(bundle, o); r.Result != export.Incomplete {
			t.Errorf("seed %d: %s %v", i, r.Result, r.Faults)
		}
		if r := w.verifyWith(undeclared, o); r.Result != export.Failed {
			missed++ // neither of the two days is one of the three silent ones
		}
	}
	if missed == 4 {
		t.Error("no draw of two days of seven finds a silence of three days that nobody declared")
	}
}

func TestWitnesses(t *testing.T) {
	w, _ := ordinary(t)
	c, err := w.checkpointed(t)
	w.must(err)
	text, _, _ := bytes.Cut(c, []byte("\n\n"))
	var keys []string
	signed := c
	for i := range 3 {
		secret, public, err := note.GenerateKey(nil, fmt.Sprint("witness", i))
		w.must(err)
		key, err := cosignature.VKeyToCosignatureV1(public)
		w.must(err)
		keys = append(keys, key)
		if i == 2 {
			break // this one has not signed
		}
		signer, err := cosignature.NewSignerForCosignatureV1(secret)
		w.must(err)
		n, err := note.Sign(&note.Note{Text: string(text) + "\n"}, signer)
		w.must(err)
		_, line, _ := bytes.Cut(n, []byte("\n\n"))
		signed = append(slices.Clone(signed), line...)
	}
	_, bundle := ordinary(t)
	cosigned := w.forge(bundle, w.exportKey, func(_ *export.Manifest, f content) { f[export.CheckpointName] = signed })
	bad := bytes.Replace(signed, []byte("witness0 "), []byte("witness0 A"), 1)
	broken := w.forge(bundle, w.exportKey, func(_ *export.Manifest, f content) { f[export.CheckpointName] = bad })
	for _, test := range []struct {
		name   string
		bundle []byte
		keys   []string
		quorum int
		want   export.Result
	}{
		{"both of two", cosigned, keys[:2], 2, export.Verified},
		{"two of three", cosigned, keys, 2, export.Verified},
		{"three of three", cosigned, keys, 3, export.Failed},
		{"nobody signed", bundle, keys, 1, export.Failed},
		{"nobody asks", cosigned, nil, 0, export.Verified},
		{"a damaged signature", broken, keys[:2], 2, export.Failed},
	} {
		p := w.policy()
		p.Witnesses, p.Quorum = test.keys, test.quorum
		r := w.verifyWith(test.bundle, export.Options{Policy: p})
		if r.Result != test.want || r.Result == export.Verified && r.Witnessed != min(2, len(test.keys)) {
			t.Errorf("%s: %s, %d witnesses %v %v", test.name, r.Result, r.Witnessed, r.Faults, r.Notes)
		}
	}
}

// checkpointed returns the checkpoint of the ordinary bundle.
func (w *world) checkpointed(t *testing.T) ([]byte, error) {
	_, bundle := ordinary(t)
	files, err := export.Read(bundle)
	for _, f := range files {
		if f.Name == export.CheckpointName {
			return f.Data, err
		}
	}
	return nil, fmt.Errorf("no checkpoint: %w", err)
}

// The tables of all days are one, with one head.
func TestExtract(t *testing.T) {
	suite.Concurrent(t)
	w, bundle := wholeWeek(t)
	folder := t.TempDir()
	names, err := export.Extract(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), folder, func(export.Step) {})
	w.must(err)
	text, err := os.ReadFile(folder + "/rollups.csv")
	w.must(err)
	if rows, heads := bytes.Count(text, []byte("\n")), bytes.Count(text, []byte("tag,unit,from")); rows != 1+23*7*1440 || heads != 1 || len(names) != 7 {
		t.Errorf("%d rows and %d heads in %v", rows, heads, names)
	}
}

func TestParseShare(t *testing.T) {
	for text, want := range map[string]float64{"5%": 0.05, " 5 % ": 0.05, "100%": 0, "0.1%": 0.001} {
		if got, err := export.ParseShare(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "0%", "-1%", "101%", "NaN%", "five%"} {
		if _, err := export.ParseShare(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
