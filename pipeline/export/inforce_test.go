package export_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/suite"
)

// dry is the plant file with a moisture that somebody set, in the place of the
// one that is measured.
func (w *world) dry(moisture string) []byte {
	text := string(w.plantText())
	at := strings.Index(text, "moisture: { tag: pyro1/char/moisture")
	if at < 0 {
		w.t.Fatal("the plant file has no measured moisture")
	}
	end := at + strings.Index(text[at:], "}") + 1
	return []byte(text[:at] + "moisture: { value: " + moisture + ", uncertainty: 1 %, source: estimate }" + text[end:])
}

// enterAt appends a plant file at a time of the centre's clock.
func (w *world) enterAt(at time.Time, body []byte) uint64 {
	w.t.Helper()
	return w.append(evidence.Leaf{Kind: evidence.Config, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: "plants/pyro1.yaml", Body: body, From: at.UnixNano(), To: at.UnixNano() + 1}, w.centreKey)
}

func (w *world) hourOfReadings() {
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
}

// A plant file entered while a lot ran, or after it, may lower what the lot
// claims and never raises it; the difference is said.
func TestALaterPlantFileOnlyLowers(t *testing.T) {
	plain := newWorld(t)
	plain.hourOfReadings()
	first := plain.statement()
	for name, c := range map[string]struct {
		at       time.Time
		moisture string
		lower    bool
		says     string
	}{
		"drier, in the middle":  {start.Add(30 * time.Minute), "2 %", false, "was entered while the lot ran, in leaf 24: with each moment by its own file"},
		"drier, afterwards":     {start.Add(3 * time.Hour), "2 %", false, "was entered after the lot ended, in leaf 24: by it "},
		"wetter, in the middle": {start.Add(30 * time.Minute), "60 %", true, "was entered while the lot ran, in leaf 24: with each moment by its own file"},
		"wetter, afterwards":    {start.Add(3 * time.Hour), "60 %", true, "was entered after the lot ended, in leaf 24: by it "},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hourOfReadings()
			w.enterAt(c.at, w.dry(c.moisture))
			s := w.statement()
			w.state(s.Text(), w.centreKey)
			if s.Dry > first.Dry || (s.Dry < first.Dry) != c.lower || *s.Account.Indicative > *first.Account.Indicative {
				t.Errorf("dry mass %s, by the first file alone %s", s.Dry, first.Dry)
			}
			if !strings.Contains(string(s.Text()), "unmet remark: the plant file "+fmt.Sprintf("%x", sha256.Sum256(w.dry(c.moisture)))[:12]) || !strings.Contains(string(s.Text()), c.says) {
				t.Errorf("the difference is not said:\n%s", s.Text())
			}
			if r := w.verify(w.build()); r.Result != export.Verified {
				t.Errorf("%s %v", r.Verdict(), r.Faults)
			}
		})
	}
}

// The statement of a centre that goes by the later file alone is not
// reproduced; nor is one that leaves the file aside that lowers it.
func TestAStatementByTheWrongFileIsFound(t *testing.T) {
	w := newWorld(t)
	w.hourOfReadings()
	w.plantFile = w.dry("2 %")
	flattering := newWorldLike(w)
	w.plantFile = nil
	w.enterAt(start.Add(3*time.Hour), flattering.plantFile)
	s := flattering.statement()
	s.Entered, s.Evidence = w.statement().Entered, w.statement().Evidence
	w.state(s.Text(), w.centreKey)
	if r := w.verify(w.build()); r.Result != export.Failed || !slices.ContainsFunc(r.Faults, func(f export.Fault) bool {
		return f.Check == "statement" && strings.Contains(f.What, "computed from the evidence")
	}) {
		t.Errorf("%s %v", r.Verdict(), r.Faults)
	}
	w = newWorld(t)
	w.hourOfReadings()
	text := w.statement().Text()
	w.enterAt(start.Add(3*time.Hour), w.dry("60 %"))
	w.state(text, w.centreKey)
	if r := w.verify(w.build()); r.Result != export.Failed || !slices.ContainsFunc(r.Faults, func(f export.Fault) bool { return strings.Contains(f.What, "leaves aside 1 leaves") }) {
		t.Errorf("%s %v", r.Verdict(), r.Faults)
	}
}

// newWorldLike is another world of the same hour by another plant file.
func newWorldLike(w *world) *world {
	other := newWorld(w.t)
	other.plantFile = w.plantFile
	other.hourOfReadings()
	return other
}

// A plant of 5,000 tags: its file is too large for a leaf, which names it; the
// bundle carries it, and verifies with it and not without it.
func TestAPlantFileLargerThanALeaf(t *testing.T) {
	suite.Slow(t)
	w := newWorld(t)
	var more strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&more, "  pyro1/aux/t%04d: { about: \"Auxiliary %d\", unit: Cel, hold: sloped, stale: 150 s, range: [\"-40 Cel\", \"1200 Cel\"] }\n", i, i)
	}
	file := bytes.Replace(w.plantText(), []byte("nodes:\n"), []byte(more.String()+"nodes:\n"), 1)
	body, large := custody.Refer(file)
	if !large || len(body) > 100 {
		t.Fatalf("a file of %d bytes is not named, but stands in its leaf", len(file))
	}
	w.enter(evidence.Config, "plants/pyro1.yaml", []string{plant}, body)
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-5 * time.Minute), To: start.Add(25 * time.Minute)}, 5*time.Minute, time.Minute, nil)
	m := w.maker()
	m.File = func(digest string) ([]byte, error) {
		if digest != "sha256:"+fmt.Sprintf("%x", sha256.Sum256(file)) {
			return nil, fmt.Errorf("no file %s", digest)
		}
		return file, nil
	}
	bundle := w.export(m, export.Query{Plant: plant, Interval: measure.Interval{From: start, To: start.Add(15 * time.Minute)}})
	r := w.verify(bundle)
	if len(r.Faults) > 0 || len(r.Coverage) != 5023 {
		t.Fatalf("%s %d tags %v", r.Verdict(), len(r.Coverage), r.Faults)
	}
	name := "files/" + fmt.Sprintf("%x", sha256.Sum256(file))
	for what, change := range map[string]func(f content){
		"left out": func(f content) { delete(f, name) },
		"changed":  func(f content) { f[name] = bytes.Replace(f[name], []byte("1200 Cel"), []byte("1300 Cel"), 1) },
	} {
		if r := w.verify(w.forge(bundle, w.exportKey, func(_ *export.Manifest, f content) { change(f) })); r.Result != export.Failed {
			t.Errorf("%s: %s", what, r.Verdict())
		}
	}
}
