//go:build !windows

package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/spool"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/suite"
)

// line is a broker within the process, as bad as a test wants it.
type line struct {
	mu       sync.Mutex
	handlers map[string]func(string, []byte, func())
	retained map[string][]byte
	acked    int
	fault    func(topic string, payload []byte) (deliver [][]byte, err error)
}

func newLine() *line {
	return &line{handlers: map[string]func(string, []byte, func()){}, retained: map[string][]byte{}}
}

func (l *line) dial(context.Context) (ingest.Pipe, error) { return &end{l, make(chan struct{})}, nil }

type end struct {
	*line
	lost chan struct{}
}

func (e *end) Lost() <-chan struct{} { return e.lost }
func (e *end) Close()                {}

func (e *end) SubscribeAck(_ context.Context, filter string, handle func(string, []byte, func())) error {
	e.mu.Lock()
	e.handlers[filter] = handle
	e.mu.Unlock()
	if _, _, what, err := ingest.ParseTopic(filter); err == nil && what == ingest.TopicReceipt {
		e.mu.Lock()
		kept := e.retained[filter]
		e.mu.Unlock()
		if kept != nil {
			handle(filter, kept, func() {})
		}
	}
	return nil
}

func (e *end) Publish(_ context.Context, topic string, retained bool, payload []byte) error {
	return e.send(topic, retained, payload)
}

func (l *line) send(topic string, retained bool, payload []byte) error {
	_, _, what, _ := ingest.ParseTopic(topic)
	l.mu.Lock()
	if retained {
		l.retained[topic] = payload
	}
	handle := l.handlers[topic]
	if what == ingest.TopicBatch || what == ingest.TopicStatus || handle == nil {
		handle = l.handlers["nielu/v1/+/+/"+what]
	}
	fault := l.fault
	l.mu.Unlock()
	deliver := [][]byte{payload}
	if fault != nil {
		var err error
		if deliver, err = fault(topic, payload); err != nil {
			return err
		}
	}
	for _, p := range deliver {
		if handle != nil {
			handle(topic, p, func() { l.mu.Lock(); l.acked++; l.mu.Unlock() })
		}
	}
	return nil
}

// author seals leaves as an agent's spool does, for a test to spoil.
type author struct {
	t     testing.TB
	key   *evidence.SigningKey
	name  string
	place ingest.Place
	at    int64
}

func (a *author) leaf(edit func(*evidence.Leaf)) []byte {
	a.at++
	l := must[evidence.Leaf](a.t)(ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: a.name, Plants: []string{"pyro1"}, Epoch: max(1, a.place.Epoch),
		Catalogue: evidence.CatalogueDigest(nil), Scans: []measure.Scan{{Seq: a.place.Last + 1, At: a.at, Raw: []byte{1, 2}}}}))
	if a.place.Hash != (evidence.Hash{}) {
		l.Prev = a.place.Hash[:]
	}
	if edit != nil {
		edit(&l)
	}
	return must[[]byte](a.t)(evidence.SignLeaf(l, a.key.Sign))
}

// next seals a leaf and moves on in the chain.
func (a *author) next() []byte {
	data := a.leaf(nil)
	l := must[evidence.Leaf](a.t)(evidence.DecodeLeaf(data))
	a.place = ingest.After(a.place, l, evidence.LeafHash(data), 0)
	return data
}

func TestIntakeRefuses(t *testing.T) {
	l := newLine()
	r := newRig(t, "")
	r.intake.Dial = l.dial
	stranger := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "k"), "gw-1"))
	for _, name := range []string{"gw-1", "gw-2"} {
		if err := r.intake.Enrol(t.Context(), name, "park", r.agentK.Public()); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.intake.EnrolCentre(t.Context(), "centre-park", "park", r.agentK.Public()); err != nil {
		t.Fatal(err)
	}
	if err := r.intake.Enrol(t.Context(), "centre-park", "park", stranger.Public()); err == nil {
		t.Error("a gateway took the name of the centre's key")
	}
	enrolled := r.log.Size()
	if err := r.intake.Enrol(t.Context(), "gw-1", "park", r.agentK.Public()); err != nil || r.log.Size() != enrolled {
		t.Fatalf("enrolling the same key again: %v, %d leaves", err, r.log.Size())
	}
	running(t, r.intake.Run)
	waitFor(t, "the intake", func() bool { return r.intake.Stats.Connects.Load() == 1 })
	topic := ingest.Topic("park", "gw-1", ingest.TopicBatch)
	a := &author{t: t, key: r.agentK, name: "gw-1"}
	var sealed [][]byte
	for range 5 {
		sealed = append(sealed, a.next())
	}
	size := enrolled
	for i, data := range sealed {
		if err := l.send(topic, false, data); err != nil {
			t.Fatal(err)
		}
		size++
		waitFor(t, fmt.Sprint("leaf ", i), func() bool { return r.log.Size() == size })
	}

	forger := &author{t: t, key: stranger, name: "gw-1", place: a.place}
	fork := &author{t: t, key: r.agentK, name: "gw-1", at: 100}
	refused := &r.intake.Stats.Refused
	for name, c := range map[string]struct {
		topic string
		data  []byte
		count interface{ Load() uint64 }
	}{
		"garbage":                        {topic, []byte("garbage"), &refused.Malformed},
		"nothing":                        {topic, nil, &refused.Malformed},
		"a body that cannot be read":     {topic, a.leaf(func(l *evidence.Leaf) { l.Body = []byte{0xff} }), &refused.Malformed},
		"a kind agents do not send":      {topic, a.leaf(func(l *evidence.Leaf) { l.Kind = evidence.Statement }), &refused.Role},
		"a key of its own making":        {topic, a.leaf(func(l *evidence.Leaf) { l.Kind = evidence.Key }), &refused.Role},
		"the centre's own key":           {ingest.Topic("park", "centre-park", ingest.TopicBatch), (&author{t: t, key: r.agentK, name: "centre-park"}).leaf(nil), &refused.Role},
		"another agent's topic":          {ingest.Topic("park", "gw-2", ingest.TopicBatch), a.leaf(nil), &refused.Identity},
		"another site's topic":           {ingest.Topic("yard", "gw-1", ingest.TopicBatch), a.leaf(nil), &refused.Identity},
		"an agent that is not enrolled":  {ingest.Topic("park", "gw-9", ingest.TopicBatch), (&author{t: t, key: r.agentK, name: "gw-9"}).leaf(nil), &refused.Unknown},
		"a forged signature":             {topic, forger.leaf(nil), &refused.Signature},
		"a fork at the beginning":        {topic, fork.leaf(nil), &refused.Chain},
		"a hole in the sequence numbers": {topic, a.leaf(func(l *evidence.Leaf) { l.First++; l.Last++ }), &refused.Chain},
		"an epoch that begins late":      {topic, a.leaf(func(l *evidence.Leaf) { l.Epoch++ }), &refused.Chain},
		"an epoch gone by":               {topic, a.leaf(func(l *evidence.Leaf) { l.Epoch = 0 }), &refused.Chain},
	} {
		before := c.count.Load()
		if err := l.send(c.topic, false, c.data); err != nil {
			t.Fatal(err)
		}
		if !eventually(func() bool { return c.count.Load() == before+1 }) {
			t.Errorf("%s: not counted as it should be", name)
		}
	}
	if r.log.Size() != size {
		t.Fatalf("%d leaves in the log, want %d", r.log.Size(), size)
	}
	aside := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(r.dir, "intake", "refused")))
	if uint64(len(aside)) == 0 || uint64(len(aside)) > refused.Total() {
		t.Errorf("%d refused leaves set aside of %d", len(aside), refused.Total())
	}

	// After all this: replays are answered, and the next leaf is taken.
	for _, data := range sealed {
		if err := l.send(topic, false, data); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "5 duplicates", func() bool { return r.intake.Stats.Duplicates.Load() == 5 })
	if err := l.send(topic, false, a.next()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the next leaf", func() bool { return r.log.Size() == size+1 })
	l.mu.Lock()
	acked := l.acked
	l.mu.Unlock()
	if want := 5 + 14 + 5 + 1; acked != want {
		waitFor(t, "acks", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.acked == want })
	}

	if err := r.intake.Revoke(t.Context(), "gw-1", "park"); err != nil {
		t.Fatal(err)
	}
	before := refused.Unknown.Load()
	if err := l.send(topic, false, a.next()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a revoked agent's leaf to be refused", func() bool { return refused.Unknown.Load() == before+1 })
}

// TestReplayAfterRestart sends all leaves again to an intake that knows them
// only from the log: with its snapshot, without, and with a damaged one.
func TestReplayAfterRestart(t *testing.T) {
	r := newRig(t, "")
	if err := r.intake.Enrol(t.Context(), "gw-1", "park", r.agentK.Public()); err != nil {
		t.Fatal(err)
	}
	a := &author{t: t, key: r.agentK, name: "gw-1"}
	topic := ingest.Topic("park", "gw-1", ingest.TopicBatch)
	var sealed [][]byte
	for round, spoil := range []func(path string) error{
		func(string) error { return nil },
		os.Remove,
		func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o600) },
		func(string) error { return nil },
	} {
		if round > 0 {
			if err := spoil(filepath.Join(r.dir, "intake", "heads")); err != nil {
				t.Fatal(err)
			}
			if err := r.log.Close(); err != nil {
				t.Fatal(err)
			}
			r.openLog()
		}
		l := newLine()
		r.intake.Dial = l.dial
		stop := running(t, r.intake.Run)
		waitFor(t, "the intake", func() bool { return r.intake.Stats.Connects.Load() == 1 })
		if round > 0 {
			waitFor(t, "the receipt after a restart", func() bool {
				l.mu.Lock()
				defer l.mu.Unlock()
				return l.retained[ingest.Topic("park", "gw-1", ingest.TopicReceipt)] != nil
			})
		}
		before := r.log.Size()
		for _, data := range sealed {
			if err := l.send(topic, false, data); err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, "duplicates", func() bool { return r.intake.Stats.Duplicates.Load() == uint64(len(sealed)) })
		if r.log.Size() != before {
			t.Fatalf("round %d: replayed leaves were logged again", round)
		}
		fresh := [][]byte{a.next(), a.next(), a.next()}
		for _, i := range []int{2, 1, 0} { // in the wrong order
			if err := l.send(topic, false, fresh[i]); err != nil {
				t.Fatal(err)
			}
		}
		sealed = append(sealed, fresh...)
		waitFor(t, "the new leaves", func() bool { return r.log.Size() == before+3 })
		if n := r.intake.Stats.Refused.Total(); n != 0 {
			t.Fatalf("round %d: %d leaves refused", round, n)
		}
		stop()
		heads := r.intake.Receipts()
		if len(heads) != 1 || heads[0].Seq != uint64(len(sealed)) || heads[0].Digest != evidence.LeafHash(sealed[len(sealed)-1]) {
			t.Fatalf("round %d: heads %+v", round, heads)
		}
	}
	checkChain(t, r.log, "gw-1")
}

// TestBadLine loses, repeats, garbles and delays what passes: all arrives once.
func TestBadLine(t *testing.T) {
	l := newLine()
	r := newRig(t, "")
	r.intake.Dial = l.dial
	if err := r.intake.Enrol(t.Context(), "gw-1", "park", r.agentK.Public()); err != nil {
		t.Fatal(err)
	}
	var n, published int
	var held []byte
	l.fault = func(topic string, payload []byte) ([][]byte, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		n++
		if _, _, what, _ := ingest.ParseTopic(topic); what == ingest.TopicBatch {
			published++
		}
		switch _, _, what, _ := ingest.ParseTopic(topic); {
		case n%11 == 0:
			return nil, errors.New("the line broke")
		case n%7 == 0:
			return nil, nil // swallowed
		case n%5 == 0:
			return [][]byte{payload, payload}, nil
		case n%13 == 0:
			return [][]byte{bytes.Repeat(payload, 2)}, nil
		case what == ingest.TopicBatch && n%3 == 0:
			held = payload
			return nil, nil
		case what == ingest.TopicBatch && held != nil:
			late := held
			held = nil
			return [][]byte{payload, late}, nil
		}
		return [][]byte{payload}, nil
	}
	running(t, r.intake.Run)
	s := must[*spool.Spool](t)(spool.Open(filepath.Join(r.dir, "spool"), r.options))
	t.Cleanup(func() { s.Close() })
	up := r.uplink(s)
	up.Dial, up.ResendAfter = l.dial, 100*time.Millisecond
	running(t, up.Run)
	const batches = 120
	scans := newWalk(2).take(batches * 5)
	for i := range batches {
		must[uint64](t)(s.Append(t.Context(), scans[i*5:i*5+5]...))
		if err := s.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "all receipts", func() bool { return s.Stats.Waiting.Load() == 0 })
	if got := logged(t, r.log); len(got) != len(scans) {
		t.Fatalf("%d scans in the log, want %d", len(got), len(scans))
	}
	checkChain(t, r.log, "gw-1")
	l.mu.Lock()
	defer l.mu.Unlock()
	again, early := r.intake.Stats.Duplicates.Load(), r.intake.Stats.Early.Load()
	if published <= batches || again == 0 || early == 0 {
		t.Errorf("the line was not bad enough to show anything: %d batches published %d times, %d came twice and %d too early", batches, published, again, early)
	}
}

// TestSwallowedIsSentAgain loses messages without breaking the line: only the
// uplink's own patience can bring them, on the same connection. Each leaf is
// swallowed once, and so are the receipts until a leaf that had arrived comes
// again.
func TestSwallowedIsSentAgain(t *testing.T) {
	l := newLine()
	r := newRig(t, "")
	r.intake.Dial = l.dial
	if err := r.intake.Enrol(t.Context(), "gw-1", "park", r.agentK.Public()); err != nil {
		t.Fatal(err)
	}
	published := map[evidence.Hash]int{}
	again := false // a leaf came that had been delivered
	l.fault = func(topic string, payload []byte) ([][]byte, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		switch _, _, what, _ := ingest.ParseTopic(topic); what {
		case ingest.TopicBatch:
			hash := evidence.LeafHash(payload)
			published[hash]++
			again = again || published[hash] > 2
			if published[hash] == 1 {
				return nil, nil
			}
		case ingest.TopicReceipt:
			if !again {
				return nil, nil
			}
		}
		return [][]byte{payload}, nil
	}
	running(t, r.intake.Run)
	s := must[*spool.Spool](t)(spool.Open(filepath.Join(r.dir, "spool"), r.options))
	t.Cleanup(func() { s.Close() })
	up := r.uplink(s)
	up.Dial, up.ResendAfter = l.dial, 100*time.Millisecond
	running(t, up.Run)
	const batches = 20
	scans := newWalk(3).take(batches * 5)
	for i := range batches {
		must[uint64](t)(s.Append(t.Context(), scans[i*5:i*5+5]...))
		if err := s.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "all receipts", func() bool { return s.Stats.Waiting.Load() == 0 })
	if got := logged(t, r.log); len(got) != len(scans) {
		t.Fatalf("%d scans in the log, want %d", len(got), len(scans))
	}
	checkChain(t, r.log, "gw-1")
	if resent := up.Stats.Resent.Load(); resent < batches {
		t.Errorf("%d leaves were sent again, %d were swallowed", resent, batches)
	}
	if up.Stats.Connects.Load() != 1 || r.intake.Stats.Duplicates.Load() == 0 {
		t.Errorf("%d connections and %d duplicates; want one connection, and leaves that came again", up.Stats.Connects.Load(), r.intake.Stats.Duplicates.Load())
	}
}

// BenchmarkIntake takes signed leaves of 3,600 readings from memory to
// durable, receipted evidence.
func BenchmarkIntake(b *testing.B) {
	const agents, readings = 8, 180 * 20
	r := newRig(b, "")
	l := newLine()
	r.intake.Dial = l.dial
	type lane struct {
		topic  string
		leaves [][]byte
	}
	lanes := make([]lane, agents)
	for i := range lanes {
		name := fmt.Sprint("gw-", i)
		if err := r.intake.Enrol(b.Context(), name, "park", r.agentK.Public()); err != nil {
			b.Fatal(err)
		}
		lanes[i].topic = ingest.Topic("park", name, ingest.TopicBatch)
		place := ingest.Place{}
		walk := newWalk(uint64(i))
		for range b.N/agents + 1 {
			batch := ingest.Batch{Site: "park", Agent: name, Plants: []string{"pyro1"}, Epoch: 1, Catalogue: evidence.CatalogueDigest(nil)}
			for n := range 180 {
				scan := walk.next()
				for scan.Block == 3 {
					scan = walk.next()
				}
				scan.Seq = place.Last + 1 + uint64(n)
				batch.Scans = append(batch.Scans, scan)
			}
			leaf := must[evidence.Leaf](b)(ingest.EncodeBatch(batch))
			if place.Last > 0 {
				leaf.Prev = place.Hash[:]
			}
			data := must[[]byte](b)(evidence.SignLeaf(leaf, r.agentK.Sign))
			place = ingest.After(place, leaf, evidence.LeafHash(data), 0)
			lanes[i].leaves = append(lanes[i].leaves, data)
		}
	}
	running(b, r.intake.Run)
	waitFor(b, "the intake", func() bool { return r.intake.Stats.Connects.Load() == 1 })
	b.ReportAllocs()
	b.ResetTimer()
	window := make(chan struct{}, 256)
	for i := range b.N {
		window <- struct{}{}
		lane := &lanes[i%agents]
		l.mu.Lock()
		handle := l.handlers["nielu/v1/+/+/batch"]
		l.mu.Unlock()
		handle(lane.topic, lane.leaves[i/agents], func() { <-window })
	}
	for range cap(window) {
		window <- struct{}{}
	}
	// A leaf that came before the one before it is acknowledged before it is appended.
	waitFor(b, "the last leaves", func() bool { return r.intake.Stats.Accepted.Load() >= uint64(b.N) })
	b.StopTimer()
	b.ReportMetric(float64(readings)*float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}

// Whoever may write to a topic chooses the words of what is wrong, not how
// often it is logged: each kind is, once for each gateway that is enrolled.
func TestRefusalsAreCountedByKind(t *testing.T) {
	suite.Slow(t)
	l := newLine()
	r := newRig(t, "")
	r.intake.Dial = l.dial
	var mu sync.Mutex
	var log bytes.Buffer
	r.intake.Logger = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil))
	if err := r.intake.Enrol(t.Context(), "gw-1", "park", r.agentK.Public()); err != nil {
		t.Fatal(err)
	}
	running(t, r.intake.Run)
	waitFor(t, "the intake", func() bool { return r.intake.Stats.Connects.Load() == 1 })
	a := &author{t: t, key: r.agentK, name: "gw-1"}
	sent := uint64(0)
	for i := range 1000 {
		own, other := ingest.Topic("park", "gw-1", ingest.TopicBatch), ingest.Topic("park", fmt.Sprint("gw-", i+2), ingest.TopicBatch)
		for _, m := range []struct {
			topic string
			body  []byte
		}{
			{own, fmt.Appendf(nil, "fault %d", i)},
			{other, fmt.Appendf(nil, "fault %d", i)},
			{other, a.leaf(func(leaf *evidence.Leaf) { leaf.First, leaf.Last = leaf.First+uint64(i), leaf.Last+uint64(i) })},
		} {
			if err := l.send(m.topic, false, m.body); err != nil {
				t.Fatal(err)
			}
			sent++
		}
		if i%100 == 0 {
			if err := l.send(own, false, a.next()); err != nil { // a good one begins nothing anew
				t.Fatal(err)
			}
		}
	}
	waitFor(t, "the refusals", func() bool { return r.intake.Stats.Refused.Total() >= sent })
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), "is refused"); n == 0 || n > 6 {
		t.Errorf("%d lines for %d refused messages", n, sent)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// faultyLog is a log whose searches fail, or hang, while a test wants them to.
type faultyLog struct {
	*writer.Log
	mu    sync.Mutex
	fault func() error
}

func (l *faultyLog) set(fault func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = fault
}

func (l *faultyLog) Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error) {
	l.mu.Lock()
	fault := l.fault
	l.mu.Unlock()
	if fault != nil {
		if err := fault(); err != nil {
			return nil, err
		}
	}
	return l.Log.Find(ctx, q)
}

// A leaf that comes again while the log cannot be read is no duplicate, and not
// refused: it is counted as the failure that it is, said once, and stays with
// the gateway, which gets no receipt for it. A search that hangs holds up nobody.
func TestALogThatCannotBeReadAnswersNothing(t *testing.T) {
	l := newLine()
	r := newRig(t, "")
	faulty := &faultyLog{Log: r.log}
	r.intake.Log, r.intake.Dial = faulty, l.dial
	var mu sync.Mutex
	var log bytes.Buffer
	r.intake.Logger = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil))
	said := func(what string) int {
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(log.String(), what)
	}
	for _, name := range []string{"gw-1", "gw-2"} {
		if err := r.intake.Enrol(t.Context(), name, "park", r.agentK.Public()); err != nil {
			t.Fatal(err)
		}
	}
	a := &author{t: t, key: r.agentK, name: "gw-1"}
	other := &author{t: t, key: r.agentK, name: "gw-2"}
	topic, receipt := ingest.Topic("park", "gw-1", ingest.TopicBatch), ingest.Topic("park", "gw-1", ingest.TopicReceipt)
	stats := &r.intake.Stats
	acked := func() int { l.mu.Lock(); defer l.mu.Unlock(); return l.acked }
	send := func(topic string, data []byte) {
		t.Helper()
		if err := l.send(topic, false, data); err != nil {
			t.Fatal(err)
		}
	}
	stop := running(t, r.intake.Run)
	waitFor(t, "the intake", func() bool { return stats.Connects.Load() == 1 })
	var sealed [][]byte
	for i := range 3 {
		sealed = append(sealed, a.next())
		send(topic, sealed[i])
	}
	waitFor(t, "the leaves", func() bool { return stats.Accepted.Load() == 3 })
	stop() // the next session knows old leaves from the log alone
	running(t, r.intake.Run)
	waitFor(t, "the second session", func() bool { return stats.Connects.Load() == 2 })
	waitFor(t, "the receipt at its beginning", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.retained[receipt] != nil })

	faulty.set(func() error { return errors.New("the disk is gone") })
	receipts, before := stats.Receipts.Load(), acked()
	for i, data := range sealed[:2] {
		send(topic, data)
		waitFor(t, "the failure to be counted", func() bool { return stats.ReadFailures.Load() == uint64(i+1) })
	}
	waitFor(t, "the broker to be rid of them", func() bool { return acked() == before+2 })
	if d, x, n := stats.Duplicates.Load(), stats.Refused.Total(), stats.Receipts.Load(); d != 0 || x != 0 || n != receipts {
		t.Errorf("%d answered as duplicates, %d refused, %d receipts sent; nobody knows", d, x, n-receipts)
	}
	if n := said("cannot be read"); n != 1 {
		t.Errorf("said %d times, want once:\n%s", n, log.String())
	}

	entered, release := make(chan struct{}), make(chan struct{})
	faulty.set(func() error { entered <- struct{}{}; <-release; return nil })
	send(topic, sealed[0])
	<-entered
	if n := len(r.intake.Receipts()); n != 1 { // needs what a search must not hold
		t.Errorf("%d agents have a receipt", n)
	}
	if runtime.GOMAXPROCS(0) > 1 { // else the one who takes leaves is the one who searches
		send(ingest.Topic("park", "gw-2", ingest.TopicBatch), other.next())
		waitFor(t, "another agent's leaf", func() bool { return stats.Accepted.Load() == 4 })
	}
	faulty.set(nil)
	close(release)
	waitFor(t, "the duplicate", func() bool { return stats.Duplicates.Load() == 1 })
	send(topic, sealed[1])
	waitFor(t, "the other one", func() bool { return stats.Duplicates.Load() == 2 })
	if n, m := said("cannot be read"), said("can be read again"); n != 1 || m != 1 {
		t.Errorf("the failure was said %d times, its end %d times:\n%s", n, m, log.String())
	}
	if r.log.Size() != 5+uint64(min(1, runtime.GOMAXPROCS(0)-1)) {
		t.Errorf("%d leaves in the log", r.log.Size())
	}
}
