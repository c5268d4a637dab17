package gateway

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nielu/nielu/evidence"
)

// box is a gateway whose clock can be set.
type box struct {
	*clockWatch
	t     *testing.T
	set   time.Duration // what the clock is off by
	state evidence.ClockState
	seq   uint64
}

func newBox(t *testing.T) *box {
	b := &box{t: t, state: evidence.ClockFree, clockWatch: newClockWatch()}
	start := time.Now()
	b.wall = func() int64 { return time.Now().Add(b.set).UnixNano() }
	b.monotonic = func() time.Duration { return time.Since(start) }
	b.kernel = func() evidence.ClockState { return b.state }
	return b
}

// poll takes a scan a second and returns the corrections that came due.
func (b *box) poll(n int) (due []evidence.Correction) {
	for range n {
		time.Sleep(time.Second)
		at := b.wall()
		if _, c := b.observe(7); c != nil {
			due = append(due, *c)
		}
		b.seq++
		b.noteScan(b.seq, at)
	}
	return due
}

// A gateway that starts in 1970 puts what it stamped right when its clock is
// synchronised, also where the clock was set more than once on the way there.
func TestClockIsCorrectedWhenItIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		boot := time.Now()
		epoch := -time.Duration(boot.UnixNano()) // 1970
		b.set = epoch
		b.poll(100)
		if b.State() != evidence.ClockUnset {
			t.Errorf("in 1970 the clock is %s", b.State())
		}
		// In the bubble it is 2000; what it is set to first lies 26 years on, and is an hour wrong.
		b.set = 26*365*24*time.Hour + time.Hour
		if due := b.poll(50); len(due) != 0 {
			t.Fatalf("corrected by a clock that nobody vouches for: %+v", due)
		}
		b.set, b.state = 26*365*24*time.Hour, evidence.ClockSynced
		due := b.poll(10)
		at := func(s int, off time.Duration) int64 { return boot.Add(time.Duration(s)*time.Second + off).UnixNano() }
		right := 26 * 365 * 24 * time.Hour
		want := []evidence.Correction{{Shifts: []evidence.Shift{
			{Epoch: 7, First: 101, Last: 150, From: at(101, right+time.Hour), To: at(150, right+time.Hour) + 1, Offset: -int64(time.Hour)},
			{Epoch: 7, First: 1, Last: 100, From: at(1, epoch), To: at(100, epoch) + 1, Offset: int64(right - epoch)},
		}}}
		if !reflect.DeepEqual(due, want) {
			t.Errorf("corrected by\n%+v, want\n%+v", due, want)
		}
		if due := b.poll(1000); len(due) != 0 {
			t.Errorf("corrected again: %+v", due)
		}
	})
}

// A clock that is slewed, or that nobody ever vouches for, is no reason to move
// anything; one that is set without a word counts as right after a while.
func TestClockThatNobodyVouchesFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		b.set = 26 * 365 * 24 * time.Hour
		for range 2000 { // 500 ppm
			b.set += 500 * time.Microsecond
			if due := b.poll(1); len(due) != 0 {
				t.Fatalf("slewing was taken for a setting: %+v", due)
			}
		}
		b.set -= time.Minute
		if due := b.poll(590); len(due) != 0 {
			t.Fatalf("corrected at once: %+v", due)
		}
		due := b.poll(20)
		if len(due) != 1 || len(due[0].Shifts) != 1 || due[0].Shifts[0].Offset != -int64(time.Minute) || due[0].Shifts[0].Last != 2000 {
			t.Errorf("corrected by %+v", due)
		}
	})
}

// What was stamped while the clock was disciplined is right, whatever it is set
// to later.
func TestDisciplinedClockIsRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		b.set, b.state = 26*365*24*time.Hour, evidence.ClockSynced
		b.poll(100)
		b.set += time.Hour
		b.state = evidence.ClockFree
		due := b.poll(50)
		b.set -= time.Hour
		b.state = evidence.ClockSynced
		due = append(due, b.poll(10)...)
		if len(due) != 1 || due[0].Shifts[0].First != 101 || due[0].Shifts[0].Last != 150 || due[0].Shifts[0].Offset != -int64(time.Hour) {
			t.Errorf("corrected by %+v, want the 50 scans of the wrong hour alone", due)
		}
	})
}
