package export_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// A statement that a roll shows to have been in the log before its lot had
// ended is a fault; when readings and records came in, and what the gateway
// knew of its clock, is said.
func TestWhenEvidenceCameIn(t *testing.T) {
	w := newWorld(t)
	w.rollAt(start.Add(-time.Hour))
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: hour.To.Add(15 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
	w.rollAt(hour.To.Add(20 * time.Minute))
	w.state(w.statement().Text(), w.centreKey)
	w.rollAt(hour.To.Add(21 * time.Minute))
	r := w.verify(w.build())
	if r.Result != export.Verified {
		t.Fatal(r.Result, r.Faults, r.Gaps)
	}
	s := r.Statements[0].Times
	if s == nil || !s.Begun.Equal(start.Add(-time.Hour)) || !s.Ended.Equal(hour.To.Add(20*time.Minute)) || !s.Sealed.Equal(hour.To.Add(21*time.Minute)) || !s.Written.Equal(start) {
		t.Errorf("the times are %+v", s)
	}
	if len(s.Clocks) != 1 || s.Clocks[0].State != "synchronised" || s.Clocks[0].Scans == 0 {
		t.Errorf("the clocks are %+v", s.Clocks)
	}
	var text strings.Builder
	w.must(r.Write(&text))
	for _, want := range []string{"clocks of the gateways: 100.00 % synchronised", "it was sealed before ", "readings came into the log between "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report does not say %q", want)
		}
	}

	w = newWorld(t)
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: hour.To.Add(15 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
	w.state(w.statement().Text(), w.centreKey)
	w.rollAt(hour.To.Add(-time.Minute))
	r = w.verify(w.build())
	if r.Result != export.Failed || len(r.Faults) != 1 || !strings.Contains(r.Faults[0].What, "was in the log by") {
		t.Errorf("a statement that was sealed before its lot was over: %s %v", r.Result, r.Faults)
	}

	// All of it within a moment.
	w = newWorld(t)
	w.rollAt(hour.To.Add(time.Hour))
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: hour.To.Add(15 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
	w.state(w.statement().Text(), w.centreKey)
	w.rollAt(hour.To.Add(time.Hour + time.Minute))
	r = w.verify(w.build())
	if notes := strings.Join(r.Notes, "\n"); r.Result != export.Verified || !strings.Contains(notes, "all readings of its 1h0m0s came into the log within 1m0s") {
		t.Errorf("%s, %v, notes %s", r.Result, r.Faults, notes)
	}
}

// A gateway without a clock began in 1970. What it stamped before its clock was
// set stands where its correction puts it, or a person's: for the statement,
// and for who verifies it.
func TestCorrectedClockIsVerified(t *testing.T) {
	t.Run("by the gateway", func(t *testing.T) { correctedClock(t, false) })
	t.Run("by a person", func(t *testing.T) { correctedClock(t, true) })
}

func correctedClock(t *testing.T, person bool) {
	w := newWorld(t)
	w.files()
	w.enterCatalogue()
	boot, set := start.Add(-15*time.Minute), start.Add(40*time.Minute)
	behind := boot.Sub(time.Unix(60, 0))
	var shift evidence.Shift
	for at := boot; at.Before(set); at = at.Add(5 * time.Minute) {
		scans := w.scans(measure.Interval{From: at, To: at.Add(5 * time.Minute)}, 30*time.Second)
		for i := range scans {
			scans[i].At -= int64(behind)
		}
		l, err := ingest.EncodeBatch(ingest.Batch{Site: site, Agent: w.agentKey.Name(), Plants: []string{plant}, Epoch: w.epoch, Catalogue: w.catalogue.Digest(), Clock: evidence.ClockUnset, Scans: scans})
		w.must(err)
		w.link(l)
		if shift.First == 0 {
			shift = evidence.Shift{Epoch: w.epoch, First: l.First, From: l.From, Offset: int64(behind)}
		}
		shift.Last, shift.To = l.Last, l.To
	}
	if person {
		l, err := evidence.EncodeCorrection(site, w.centreKey.Name(), []string{plant}, evidence.Correction{Agent: agent, Author: "lead", Reason: "no clock", Shifts: []evidence.Shift{shift}})
		w.must(err)
		w.append(l, w.centreKey)
	} else {
		l, err := evidence.EncodeCorrection(site, agent, []string{plant}, evidence.Correction{Shifts: []evidence.Shift{shift}})
		w.must(err)
		w.seq++
		l.First, l.Last = w.seq, w.seq
		w.link(l)
	}
	w.batches(measure.Interval{From: set, To: hour.To.Add(15 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
	said := w.statement()
	if said.Covered < 55*time.Minute {
		t.Errorf("of the hour %s are covered", said.Covered)
	}
	w.state(said.Text(), w.centreKey)
	w.roll()
	r := w.verify(w.build())
	if r.Result != export.Verified || r.Statements[0].Result != "reproduced from raw words, byte for byte" {
		t.Fatal(r.Result, r.Faults, r.Gaps)
	}
	if got := fmt.Sprint(r.Statements[0].Times.Clocks); !strings.Contains(got, "never set") {
		t.Errorf("the clocks are %s", got)
	}
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "clocks: of the scans that it rests on ") || !strings.Contains(notes, "% never set") {
		t.Errorf("nothing is said of a clock that nobody set: %s", notes)
	}
}

// Readings of gateways whose clocks nobody vouches for count, and the audit says so.
func TestClocksThatNobodyVouchesForAreSaid(t *testing.T) {
	w := newWorld(t)
	w.files()
	w.enterCatalogue()
	for i, state := range []evidence.ClockState{evidence.ClockUnknown, evidence.ClockFree} {
		half := measure.Interval{From: start.Add(-15 * time.Minute).Add(time.Duration(i) * 45 * time.Minute), To: start.Add(30 * time.Minute).Add(time.Duration(i) * 45 * time.Minute)}
		l, err := ingest.EncodeBatch(ingest.Batch{Site: site, Agent: w.agentKey.Name(), Plants: []string{plant}, Epoch: w.epoch, Catalogue: w.catalogue.Digest(), Clock: state, Scans: w.scans(half, 30*time.Second)})
		w.must(err)
		w.link(l)
	}
	w.state(w.statement().Text(), w.centreKey)
	w.roll()
	r := w.verify(w.build())
	notes := strings.Join(r.Notes, "\n")
	if r.Result != export.Verified || !strings.Contains(notes, "clocks: of the scans that it rests on ") || !strings.Contains(notes, "running free") || !strings.Contains(notes, "unknown") {
		t.Errorf("%s %v, notes %s", r.Result, r.Faults, notes)
	}
}
