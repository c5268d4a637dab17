package spool

import (
	"testing"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// Each batch says what was known of the clock when its scans were taken, also
// of those that a later start seals; and a correction is delivered in its place.
func TestBatchesSayTheStateOfTheClock(t *testing.T) {
	w := newWorld(t, t.TempDir())
	state := evidence.ClockUnset
	w.o.Clock = func() evidence.ClockState { return state }
	s := w.open()
	take := func(n int) {
		for i := range n {
			if _, err := s.Append(t.Context(), measure.Scan{At: int64(i + 1), Raw: []byte{1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	take(3)
	state = evidence.ClockSynced
	if err := s.Correct(evidence.Correction{Shifts: []evidence.Shift{{Epoch: 1, First: 1, Last: 3, From: 1, To: 4, Offset: 1e18}}}); err != nil {
		t.Fatal(err)
	}
	take(2)
	if err := s.Close(); err != nil { // nothing is sealed yet
		t.Fatal(err)
	}
	state = evidence.ClockFree
	s = w.open()
	take(1)
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for number := uint64(0); ; {
		n, data, ok, err := s.Next(number)
		if err != nil || !ok {
			break
		}
		number = n
		l, err := evidence.DecodeLeaf(data)
		if err != nil {
			t.Fatal(err)
		}
		switch l.Kind {
		case evidence.Batch:
			b, err := ingest.DecodeBatch(l)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, b.Clock.String())
		case evidence.Clock:
			c, err := evidence.DecodeCorrection(l)
			if err != nil || c.Agent != "gw-1" || c.Scans() != 3 || l.First != 4 || l.Last != 4 {
				t.Errorf("the correction is %+v in %d to %d: %v", c, l.First, l.Last, err)
			}
			got = append(got, "correction")
		}
	}
	want := []string{"never set", "correction", "synchronised", "running free"}
	if len(got) != len(want) {
		t.Fatalf("delivered %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("delivered %q, want %q", got, want)
		}
	}
}
