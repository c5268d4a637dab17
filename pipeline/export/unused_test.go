package export_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// A statement that leaves aside what stood in the log before it: the centre
// knew of readings that were lost, or of a lower laboratory value, and stated
// the lot as if it did not.
func TestEvidenceBeforeAStatementThatItDoesNotRestOn(t *testing.T) {
	for name, c := range map[string]struct {
		late   func(w *world)
		result export.Result
		says   string
	}{
		"a lower carbon": {func(w *world) {
			w.enter(evidence.Lab, "lab.yaml", []string{plant}, []byte(strings.ReplaceAll(string(w.lab()), "87.4 %", "77.4 %")))
		}, export.Failed, "leaves aside 1 leaves of evidence and records that stood in the log before it"},
		"lost scans": {func(w *world) {
			l, err := evidence.EncodeLoss(site, agent, []string{plant}, evidence.LossRecord{Reason: "the disk was full", Count: 9, From: start.UnixNano(), To: hour.To.UnixNano() - 1})
			w.must(err)
			w.seq++
			l.First, l.Last = w.seq, w.seq
			w.link(l)
		}, export.Failed, "leaves aside 1 leaves of evidence and records"},
		"the same again": {func(w *world) {
			w.enter(evidence.Lab, "lab.yaml", []string{plant}, append(w.lab(), "# again\n"...))
		}, export.Verified, "with them it would claim no less"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			text := w.statement().Text()
			c.late(w)
			w.state(text, w.centreKey)
			r := w.verify(w.build())
			said := slices.Clone(r.Notes)
			for _, f := range r.Faults {
				said = append(said, f.What)
			}
			if r.Result != c.result || !strings.Contains(strings.Join(said, "\n"), c.says) {
				t.Errorf("%s %v %v", r.Verdict(), r.Faults, r.Notes)
			}
		})
	}
}
