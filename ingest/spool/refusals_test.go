package spool

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nielu/nielu/suite"
)

// volatile is the file of notes on a machine that loses what was not synced.
type volatile struct {
	*os.File
	synced []byte
}

func (v *volatile) Sync() (err error) {
	v.synced, err = os.ReadFile(v.Name())
	return err
}

// forgetful gives a spool notes that a power cut takes away if they are not synced.
func forgetful(t *testing.T, s *Spool) *Spool {
	v := &volatile{File: s.writer.refusals.file.(*os.File)}
	if err := v.Sync(); err != nil {
		t.Fatal(err)
	}
	s.writer.refusals.file = v
	return s
}

// powerCut copies a spool's folder as a power cut leaves it: of the notes what
// was synced, possibly with one slot torn.
func powerCut(t *testing.T, s *Spool, to string, tear int) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	b := s.writer.refusals.file.(*volatile).synced
	if tear >= 0 {
		clear(b[tear*slotBytes+100 : (tear+1)*slotBytes])
	}
	if err := os.WriteFile(filepath.Join(to, "refused"), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRefusedScansAreBookedOnce cuts the power at random steps of outages of
// the disk. Whatever was refused is booked, and once.
func TestRefusedScansAreBookedOnce(t *testing.T) {
	suite.Slow(t)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	for round := range 15 {
		dir := t.TempDir()
		w := newWorld(t, dir)
		s := forgetful(t, w.open())
		at, refused, accepted := int64(0), uint64(0), map[int64]bool{}
		add := func(n int) {
			for range n {
				if _, err := s.Append(context.Background(), scanAt(at)); err != nil {
					refused++
				} else {
					accepted[at] = true
				}
				at++
			}
		}
		for cut := range 4 {
			add(1 + rng.IntN(20))
			s.o.Limit = 1 // full
			add(1 + rng.IntN(100))
			if rng.IntN(2) == 0 {
				s.o.Limit = 1e9
				add(1 + rng.IntN(3)) // which books the loss
			}
			if rng.IntN(2) == 0 {
				w.deliver(s)
			}
			next := filepath.Join(dir, fmt.Sprint("cut ", cut))
			powerCut(t, s, next, -1)
			s.Close()
			w.dir = next
			s = forgetful(t, w.open())
		}
		add(1)
		w.deliver(s)
		booked := uint64(0)
		for _, l := range w.losses() {
			booked += l.Count
		}
		if got := w.scans(); len(got) != len(accepted) || booked != refused {
			t.Fatalf("seed %d, round %d: %d scans refused, %d booked; %d accepted, %d arrived", seed, round, refused, booked, len(accepted), len(got))
		}
		s.Close()
	}
}

// A power cut in the middle of booking: the number was noted, and the record
// is on disk or is not, or is torn, or was delivered already.
func TestPowerCutWhileALossIsBooked(t *testing.T) {
	for _, on := range []string{"not written", "written", "torn", "sealed"} {
		dir := t.TempDir()
		w := newWorld(t, dir)
		s := forgetful(t, w.open())
		add(t, s, 0, 5)
		s.o.Limit = 1
		for at := range int64(7) {
			s.Append(t.Context(), scanAt(100+at))
		}
		s.o.Limit = 1e9
		wr := &s.writer
		header, seq := s.journal.place()
		wr.mu.Lock()
		wr.refusals.bookAs(header.Epoch, seq)
		if on != "not written" {
			b := ok[[]byte](t)(appendJSON(nil, seq, kindLoss, wr.refusals.open.LossRecord))
			if on == "torn" {
				b = b[:len(b)-3]
			}
			if err := wr.store(b, seq+1); err != nil {
				t.Fatal(err)
			}
		}
		wr.mu.Unlock()
		if on == "sealed" {
			w.deliver(s)
		}
		cut := filepath.Join(dir, "cut")
		powerCut(t, s, cut, -1)
		w.dir = cut
		s = w.open()
		add(t, s, 200, 203)
		w.deliver(s)
		booked := uint64(0)
		for _, l := range w.losses() {
			booked += l.Count
		}
		if booked != 7 || len(w.scans()) != 8 {
			t.Errorf("%s: %d scans booked of 7 refused, %d arrived of 8: %+v", on, booked, len(w.scans()), w.losses())
		}
	}
}

// One slot of the notes is torn: the other has the count, but for one step.
func TestATornNote(t *testing.T) {
	for slot := range 2 {
		dir := t.TempDir()
		w := newWorld(t, dir)
		s := forgetful(t, w.open())
		s.o.Limit = 1
		for at := range int64(9) {
			s.Append(t.Context(), scanAt(at))
		}
		cut := filepath.Join(dir, "cut")
		powerCut(t, s, cut, slot)
		w.dir = cut
		s = w.open()
		add(t, s, 200, 201)
		w.deliver(s)
		if l := w.losses(); len(l) != 1 || l[0].Count != 8 && l[0].Count != 9 {
			t.Errorf("slot %d: %+v", slot, l)
		}
	}
}
