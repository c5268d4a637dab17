package modbus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/suite"
)

// crossed is a gateway between TCP and a serial line that mixes replies up. It
// stamps whatever it sends with the transaction and unit of the newest request,
// and keeps what waits over a new connection. Time is the bubble's.
type crossed struct {
	rng *rand.Rand

	slots   bool          // a reply is sent only in answer to a request: it may stay behind for ever
	flush   bool          // it hears no more behind the reply it sent
	lateIn  float64       // share of replies that come late
	longest time.Duration // how late
	twice   float64       // share of late replies that come again
	swap    float64       // how often what waits is sent in another order
	lost    float64       // share of questions without a reply
	clears  time.Duration // idle for so long, it forgets what waits; 0: never
	dead    uint8         // a unit that never answers
	wordy   bool          // its timeouts are exceptions
	stiff   bool          // instruments take neither parts of a request nor more

	whole   map[question]bool
	version uint16 // of all values, one a request
	open_   bool
	request []byte
	waiting []waiter
	frames  [][]byte // for this request
	last    time.Time
	sentAt  time.Time
	until   time.Time
	replies int
}

// waiter is a reply that was not sent in its turn.
type waiter struct {
	at  time.Time
	pdu []byte
}

func (g *crossed) open(context.Context, time.Duration) error { g.open_ = true; return nil }
func (g *crossed) isOpen() bool                              { return g.open_ }
func (g *crossed) close()                                    { g.open_ = false }
func (g *crossed) started() time.Time                        { return g.sentAt }

func (g *crossed) begin(_ context.Context, r Request) error {
	g.sentAt, g.until = time.Now(), time.Now().Add(r.Timeout)
	return nil
}

func (g *crossed) send(request []byte) error {
	now := time.Now()
	if g.clears > 0 && now.Sub(g.last) > g.clears {
		g.waiting = nil
	}
	g.last = now
	g.version++
	g.request = bytes.Clone(request)
	q := question{request[6], request[7], binary.BigEndian.Uint16(request[8:]), binary.BigEndian.Uint16(request[10:])}
	pdu := truth(q, g.version)
	if g.stiff && !g.whole[q] {
		pdu = []byte{q.function | 0x80, 2}
	}
	g.frames = nil
	answered := q.unit != g.dead && g.rng.Float64() >= g.lost
	late := answered && g.rng.Float64() < g.lateIn
	switch {
	case !answered && g.wordy:
		pdu = []byte{q.function | 0x80, 11}
	case !answered:
		pdu = nil
	}
	if g.rng.Float64() < g.swap {
		g.rng.Shuffle(len(g.waiting), func(i, j int) { g.waiting[i], g.waiting[j] = g.waiting[j], g.waiting[i] })
	}
	if g.slots {
		if pdu != nil {
			g.waiting = append(g.waiting, waiter{now, pdu})
			if late && g.rng.Float64() < g.twice {
				g.waiting = append(g.waiting, waiter{now, pdu})
			}
		}
		if !late && len(g.waiting) > 0 {
			g.frames = append(g.frames, g.waiting[0].pdu)
			g.waiting = g.waiting[1:]
		}
		return nil
	}
	kept := g.waiting[:0]
	for _, w := range g.waiting {
		if now.Before(w.at) {
			kept = append(kept, w)
		} else if now.Sub(w.at) < time.Second { // else it came while nobody asked
			g.frames = append(g.frames, w.pdu)
		}
	}
	g.waiting = kept
	if late {
		w := waiter{now.Add(time.Duration(g.rng.Int64N(int64(g.longest)))), pdu}
		g.waiting = append(g.waiting, w)
		if g.rng.Float64() < g.twice {
			w.at = w.at.Add(time.Duration(g.rng.Int64N(int64(time.Second))))
			g.waiting = append(g.waiting, w)
		}
	} else if pdu != nil && (len(g.frames) == 0 || !g.flush) {
		g.frames = append(g.frames, pdu)
	}
	return nil
}

func (g *crossed) receive() ([]byte, error) {
	if len(g.frames) == 0 {
		time.Sleep(time.Until(g.until))
		return nil, errTimeout
	}
	pdu := g.frames[0]
	g.frames = g.frames[1:]
	g.replies++
	frame := append(bytes.Clone(g.request[:7]), pdu...)
	binary.BigEndian.PutUint16(frame[4:], uint16(len(pdu)+1))
	return frame, nil
}

// truth is the reply of an instrument at one moment.
func truth(q question, version uint16) []byte {
	pdu := []byte{q.function, byte(2 * q.quantity)}
	for i := range q.quantity {
		pdu = binary.BigEndian.AppendUint16(pdu, held(q.unit, q.function, q.address+i)^version*0x9E37)
	}
	return pdu
}

// believed tells whether data is what the instrument held in one of the last
// requests of a read, parts of it in several.
func (g *crossed) believed(r Request, data []byte, before uint16) bool {
	for i := range int(r.Quantity) {
		found := false
		for version := before + 1; version != g.version+1; version++ {
			one := truth(r.part(uint16(i), 1).question(), version)
			found = found || bytes.Equal(one[2:], data[2*i:2*i+2])
		}
		if !found {
			return false
		}
	}
	return true
}

// newCrossed draws a gateway, and the questions that are asked behind it: three
// meters with the same map.
func newCrossed(rng *rand.Rand) (*crossed, []Request) {
	share := func(of ...float64) float64 { return of[rng.IntN(len(of))] }
	g := &crossed{
		rng: rng, slots: rng.IntN(2) == 0, flush: rng.IntN(2) == 0, lateIn: share(0.0003, 0.003, 0.03),
		longest: time.Duration(share(0.4, 1, 4) * float64(time.Second)), twice: share(0, 0.5), swap: share(0, 0, 0.2, 1),
		lost: share(0, 0, 0.02), clears: time.Duration(share(0, 0.7, 3, 20) * float64(time.Second)), wordy: rng.IntN(3) == 0,
		stiff: rng.IntN(3) == 0, whole: map[question]bool{},
	}
	if rng.IntN(3) == 0 {
		g.dead = 3
	}
	maps := [][]Request{
		{{Quantity: 1}}, {{Quantity: 2}}, {{Quantity: 20, Cuts: []uint16{2, 4, 10, 18}}},
		{{Quantity: 6, Cuts: []uint16{2}}, {Address: 100, Quantity: 10, Cuts: []uint16{5, 8}}}, {{Quantity: 2}, {Address: 50, Quantity: 2}},
		{{Quantity: 125, Cuts: []uint16{60}}},
	}
	same := maps[rng.IntN(len(maps))]
	var all []Request
	for unit := range uint8(3) {
		for _, r := range same {
			r.Unit, r.Function, r.Timeout = unit+1, 3, 500*time.Millisecond
			g.whole[r.question()] = true
			all = append(all, r)
		}
	}
	return g, all
}

// TestAValueBelongsToItsQuestion asks three meters with the same map behind
// gateways that delay, repeat, restamp and swap their replies: a million
// replies, and no value is believed that its instrument did not hold when it was
// asked. When the gateway is healthy again, so are the values.
func TestAValueBelongsToItsQuestion(t *testing.T) {
	suite.Heavy(t)
	const total = 1_000_000
	seed := suite.Seed(t)
	replies, values, doubted, worlds := 0, 0, 0, 0
	for ; replies < total && !t.Failed(); worlds++ {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, uint64(worlds)))
			g, questions := newCrossed(rng)
			where := fmt.Sprintf("seed %d, gateway %d: %+v", seed, worlds, *g)
			bus := New(Line{Address: "x"}, nil)
			bus.transport = g
			every := time.Duration(1+rng.IntN(400)) * time.Millisecond
			ask := func(r Request) error {
				time.Sleep(max(every, time.Until(bus.RetryAt())))
				before := g.version
				reply, err := bus.Read(context.Background(), r)
				if err == nil && !g.believed(r, reply.Data, before) {
					t.Fatalf("%s\nunit %d, %d registers from %d: %x is believed", where, r.Unit, r.Quantity, r.Address, reply.Data)
				}
				return err
			}
			for n := 0; n < 3000; n++ {
				switch err := ask(questions[n%len(questions)]); {
				case err == nil:
					values++
				case FaultOf(err) == measure.FaultOutOfStep:
					doubted++
				}
			}
			*g = crossed{rng: rng, version: g.version, whole: g.whole, stiff: g.stiff, replies: g.replies, dead: g.dead, open_: g.open_}
			healthy, since, tried := 0, time.Now(), time.Time{}
			for n := 0; healthy < 2*len(questions); n++ {
				r := questions[n%len(questions)]
				if r.Unit == g.dead { // the poller tries it every half minute
					if time.Since(tried) > 30*time.Second {
						_, tried = ask(r), time.Now()
					}
				} else if err := ask(r); err == nil {
					healthy++
				} else if healthy = 0; time.Since(since) > 10*time.Minute {
					t.Fatalf("%s\nthe gateway is healthy since ten minutes, the bus is not: %v", where, err)
				}
			}
			replies += g.replies
		})
	}
	t.Logf("seed %d: %d gateways, %d replies, %d values believed, all right; %d reads out of step", seed, worlds, replies, values, doubted)
	if values < replies/30 {
		t.Errorf("%d values of %d replies: the test shows little", values, replies)
	}
}

// TestOneTimeoutCostsLittle: behind a healthy gateway one missing reply costs
// no more than its own reading.
func TestOneTimeoutCostsLittle(t *testing.T) {
	for name, r := range map[string]Request{
		"parts": {Quantity: 20, Cuts: []uint16{4}}, "more": {Quantity: 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := &crossed{rng: rand.New(rand.NewPCG(1, 1)), whole: map[question]bool{}}
			bus := New(Line{Address: "x"}, nil)
			bus.transport = g
			r.Function, r.Timeout = 3, 500*time.Millisecond
			for n := range 300 {
				if g.lost = 0; n == 100 {
					g.lost = 1
				}
				r.Unit = uint8(1 + n%3)
				_, err := bus.Read(t.Context(), r)
				if want := n == 100; want != (err != nil) {
					t.Fatalf("%s, read %d: %v", name, n, err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if !bus.inStep() {
				t.Errorf("%s: still in doubt: %+v", name, bus.step)
			}
		})
	}
}

// TestStiffInstrumentsRecover: instruments of equal length that take nothing
// but their own question are believed again within seconds.
func TestStiffInstrumentsRecover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &crossed{rng: rand.New(rand.NewPCG(1, 1)), stiff: true, whole: map[question]bool{}}
		bus := New(Line{Address: "x"}, nil)
		bus.transport = g
		bad := 0
		for n := range 300 {
			r := Request{Unit: uint8(1 + n%3), Function: 3, Quantity: 2, Timeout: 500 * time.Millisecond}
			g.whole[r.question()] = true
			if g.lost = 0; n == 100 {
				g.lost = 1
			}
			if _, err := bus.Read(t.Context(), r); err != nil {
				bad++
				var e *Error
				if !errors.As(err, &e) || n > 100 && e.Fault != measure.FaultOutOfStep {
					t.Fatalf("read %d: %v", n, err)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		if bad > 60 || !bus.inStep() {
			t.Errorf("%d reads without a value after one timeout, want those of about 5 s", bad)
		}
	})
}
