package modbus

import (
	"math/rand/v2"
	"slices"
	"time"
)

// step is what a bus knows of whether replies belong to their questions.
//
// A gateway between TCP and a serial line may answer a question with the reply
// to an earlier one and stamp it with the new transaction and unit; it may stay
// so many replies behind for ever, also over a new connection. What it cannot
// change is the reply's shape: function and length. So after any sign of
// disorder (a question without an answer above all) a reply is believed only
// if its shape is free: no earlier question that may still be answered has it.
//
//   - The shape of an unanswered question stays in doubt until its time has
//     passed and [enough] replies came in order, since replies may also overtake.
//   - Instruments of equal length that take no question but their own are asked
//     that and another, which they refuse, in an order left to chance, and not
//     believed until [enough] answers fitted.
//   - Of questions asked before this process nothing is known. The first
//     question of all is therefore one whose reply is thrown away; the second
//     has another length, so that the first's reply would show. If anything is
//     amiss then, [enough] answers must fit before one is believed.
//   - An instrument that is silent to all but its own question can be shown no
//     better than by many answers to that one, after a quiet time.
//
// The time grows with each reply that came late in the place of another.
type step struct {
	begun   bool    // nothing waits that was asked before this process
	wary    bool    // the first questions met disorder
	in      bool    // a reply has come since the last sign of disorder
	doubts  []doubt // shapes of questions that may still be answered
	proofs  int     // answers in order since the last sign of disorder
	strange int     // replies in the place of another, without one in order between

	quarantine time.Duration // how long a reply may be late; 0: not yet more than at first
	lateAt     time.Time     // when one came last

	recent [16]shape // of what was answered last, a ring
	at     int
}

// shape is all of a reply that a gateway cannot change. On a serial line the
// unit is in it too, since there the instrument itself sends it.
type shape struct {
	unit, function, bytes uint8
}

// doubt is a question that may still be answered.
type doubt struct {
	shape
	until time.Time // by then its reply should have come
}

// enough answers in order are asked for before a question whose reply is
// missing is forgotten: a gateway that hands out what waits in any order would
// have been right by chance that often.
const enough = 20

const longestQuarantine = 2 * time.Minute

// inStep tells whether every reply of the right shape may be believed.
func (s *step) inStep() bool { return s.begun && s.in && len(s.doubts) == 0 }

// free tells whether no earlier question may still have a reply of the shape.
func (s *step) free(reply shape) bool {
	return s.begun && !s.waits(reply)
}

// waits tells whether a question of this process may still have a reply of the shape.
func (s *step) waits(reply shape) bool {
	return slices.ContainsFunc(s.doubts, func(d doubt) bool { return d.shape == reply })
}

// explains tells whether an earlier question has the shape.
func (s *step) explains(reply shape) bool {
	return s.waits(reply) || slices.Contains(s.recent[:], reply)
}

// answered notes a reply of the right shape.
func (s *step) answered(reply shape) {
	s.recent[s.at%len(s.recent)] = reply
	s.at++
	s.in = true
	s.inOrder()
}

// refused notes an exception, which comes in order but proves nothing by itself.
func (s *step) refused() { s.inOrder() }

func (s *step) inOrder() {
	s.strange = 0
	if !s.inStep() {
		s.proofs++
	}
}

// unanswered notes a question whose reply may still come for so long.
func (s *step) unanswered(asked shape, wait time.Duration, now time.Time) {
	s.in, s.proofs = false, 0
	s.doubt(asked, now.Add(wait))
}

func (s *step) doubt(asked shape, until time.Time) {
	if i := slices.IndexFunc(s.doubts, func(old doubt) bool { return old.shape == asked }); i >= 0 {
		s.doubts[i].until = until
		return
	}
	s.doubts = append(s.doubts, doubt{asked, until})
}

// wait is how long a reply may be late: longer, the more came late of late.
func (s *step) wait(timeout time.Duration, now time.Time) time.Duration {
	if now.Sub(s.lateAt) > 2*s.quarantine {
		s.quarantine = 0
	}
	return max(s.quarantine, min(max(10*timeout, 5*time.Second), longestQuarantine))
}

// late notes a reply that came in the place of another: whatever was asked
// lately may come again.
func (s *step) late(timeout time.Duration, now time.Time) {
	s.quarantine = min(2*s.wait(timeout, now), longestQuarantine)
	s.lateAt = now
	s.in, s.proofs = false, 0
	s.strange++
	for _, reply := range s.recent {
		if reply != (shape{}) {
			s.doubt(reply, now)
		}
	}
	for i := range s.doubts {
		s.doubts[i].until = now.Add(s.quarantine)
	}
}

// forget drops the doubts whose time has passed, if since then answers came in
// order often enough.
func (s *step) forget(now time.Time) {
	if s.proofs >= enough {
		s.begun = true
		s.doubts = slices.DeleteFunc(s.doubts, func(d doubt) bool { return now.After(d.until) })
	}
}

// size returns how many bytes of data the reply to a request has.
func (r Request) size() int {
	if r.Function < 3 {
		return (int(r.Quantity) + 7) / 8
	}
	return 2 * int(r.Quantity)
}

// part returns n registers or bits of a request, from an offset on.
func (r Request) part(from, n uint16) Request {
	r.Address, r.Quantity, r.Cuts = r.Address+from, n, nil
	return r
}

// longer returns the request with the fewest registers or bits behind it that
// give its reply a shape for which ok; false: there is none.
func (r Request) longer(ok func(Request) bool) (Request, bool) {
	unit, most := uint16(1), uint16(125)
	if r.Function < 3 {
		unit, most = 8, 2000
	}
	for n := r.Quantity + unit; n <= min(most, r.Quantity+32*unit) && int(r.Address)+int(n) <= 1<<16; n += unit {
		if longer := r.part(0, n); ok(longer) {
			return longer, true
		}
	}
	return r, false
}

// probe returns a question beside r whose reply has a shape for which ok, and
// another than r's: a part of it that divides no value, or else any part, or
// more; false: there is none. Which one is left to chance, so that a process
// that was here before will have asked another.
func (r Request) probe(ok func(Request) bool) (Request, bool) {
	var found []Request
	try := func(n uint16) {
		if p := r.part(0, n); p.size() != r.size() && ok(p) {
			found = append(found, p)
		}
	}
	for _, n := range r.Cuts {
		try(n)
	}
	if len(found) == 0 {
		for n := uint16(1); n < r.Quantity; n++ {
			try(n)
		}
	}
	if len(found) == 0 {
		return r.longer(ok)
	}
	return found[rand.IntN(len(found))], true
}
