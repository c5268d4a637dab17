package export_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// What came after a statement and lowers it is the headline while the statement
// stands: a centre that does not state the lot anew keeps the higher tonne.
func TestEvidenceAfterAStatementThatLowersIt(t *testing.T) {
	for carbon, headline := range map[string]bool{"77.4 %": true, "89.4 %": false} {
		w := newWorld(t)
		w.fill()
		w.enter(evidence.Lab, "lab.yaml", []string{plant}, []byte(strings.ReplaceAll(string(w.lab()), "87.4 %", carbon)))
		w.roll()
		r := w.verify(w.build())
		if r.Result != export.Verified || strings.Contains(r.Verdict(), "1 OF 1 STATEMENTS CLAIM MORE THAN THE LOG GIVES NOW") != headline {
			t.Errorf("with %s after it: %s %v", carbon, r.Verdict(), r.Faults)
		}
		var page strings.Builder
		if err := r.Write(&page); err != nil || strings.Contains(page.String(), "it gives less than what is stated") != headline {
			t.Errorf("%v, %.300s", err, page.String())
		}
		if lowered := strings.Contains(strings.Join(r.Notes, "\n"), "evidence and records that came after it lower it"); lowered != headline {
			t.Errorf("with %s after it the notes are %v", carbon, r.Notes)
		}
	}
}

// Readings that a certified statement counts cannot be moved by a correction of
// the clock to where another lot counts them again.
func TestMovingTheReadingsOfACertifiedLot(t *testing.T) {
	for _, certified := range []bool{true, false} {
		w := newWorld(t)
		w.files()
		w.enterCatalogue()
		w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
		said := w.statement()
		said.Account.Eligible, said.Account.Gross, said.Account.Net = true, w.removed(said.Account.Indicative), w.removed(said.Account.Indicative)
		w.state(said.Text(), w.centreKey)
		if certified {
			w.signature("sign", said.Text(), w.agentKey)
			w.signature("certify", said.Text(), w.exportKey)
		}
		shift := evidence.Shift{Epoch: 1, First: 1, Last: w.seq, From: start.UnixNano(), To: hour.To.UnixNano(), Offset: -int64(7 * 24 * time.Hour)}
		l, err := evidence.EncodeCorrection(site, w.centreKey.Name(), []string{plant}, evidence.Correction{Agent: agent, Author: "lead", Reason: "a week fast", Shifts: []evidence.Shift{shift}})
		w.must(err)
		w.append(l, w.centreKey)
		w.roll()
		r := w.verify(w.build())
		faults := fmt.Sprint(r.Faults)
		if strings.Contains(faults, "moves readings of gw-pyro1 from where they stood in the time of lot pyro1-hour, which is certified") != certified {
			t.Errorf("certified %t: %s\n%s", certified, r.Verdict(), faults)
		}
	}
}

// Which scans of a lot a person moved is a note of its statement.
func TestScansThatAPersonMovedAreSaid(t *testing.T) {
	w := newWorld(t)
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
	shift := evidence.Shift{Epoch: 1, First: 1, Last: w.seq, From: start.Add(-15 * time.Minute).UnixNano(), To: start.Add(75 * time.Minute).UnixNano(), Offset: int64(time.Second)}
	l, err := evidence.EncodeCorrection(site, w.centreKey.Name(), []string{plant}, evidence.Correction{Agent: agent, Author: "lead", Reason: "a second slow", Shifts: []evidence.Shift{shift}})
	w.must(err)
	w.append(l, w.centreKey)
	w.state(w.statement().Text(), w.centreKey)
	w.roll()
	r := w.verify(w.build())
	if notes := strings.Join(r.Notes, "\n"); r.Result != export.Verified || !strings.Contains(notes, fmt.Sprintf("a person moved %d scans of gw-pyro1 by 1s", w.seq)) {
		t.Errorf("%s, notes %s", r.Verdict(), notes)
	}
}

// signature enters a signature on a statement's text.
func (w *world) signature(event string, text []byte, key *evidence.SigningKey) {
	w.t.Helper()
	body, err := key.SignNote(string(text))
	w.must(err)
	w.append(evidence.Leaf{Kind: evidence.Signature, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: event, Body: body, From: hour.From.UnixNano(), To: hour.To.UnixNano()}, w.centreKey)
}
