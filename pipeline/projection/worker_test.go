package projection_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/suite"
)

// snapshot is everything a store says, as JSON, without the lists of leaves.
func snapshot(t testing.TB, s *projection.Store, p *flowsheet.Plant) string {
	t.Helper()
	all := measure.Interval{From: start.AddDate(-1, 0, 0), To: start.AddDate(1, 0, 0)}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", " ")
	for _, tag := range p.Tags {
		for _, step := range []time.Duration{time.Minute, time.Hour} {
			r, err := s.Rollups(t.Context(), tag.Tag, all, step)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Encode(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	closures, err := s.Closures(t.Context(), p.ID, all)
	if err != nil {
		t.Fatal(err)
	}
	now, err := s.Now(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{closures, now} {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func drawLeaf(t *rapid.T) leaf {
	tag := rapid.SampledFrom(slices.Sorted(maps.Keys(millTags))).Draw(t, "tag")
	from := start.Add(time.Duration(rapid.IntRange(0, 15*3600).Draw(t, "from")) * time.Second)
	every := rapid.SampledFrom([]time.Duration{7 * time.Second, time.Minute, 11 * time.Minute, 2 * time.Hour}).Draw(t, "every")
	var samples []measure.Sample
	for i := range rapid.IntRange(1, 12).Draw(t, "n") {
		s := good(from.Add(time.Duration(i)*every), float64(rapid.IntRange(0, 90).Draw(t, "value")))
		if rapid.IntRange(0, 9).Draw(t, "bad") == 0 {
			s = measure.Sample{At: s.At, Quality: measure.BadBecause(measure.NoReply)}
		}
		samples = append(samples, s)
	}
	return batch(tag, samples...)
}

// However the leaves of a log arrive, in whatever order, more than once, with
// failures and crashes between, the store ends up the same.
func TestArrivalLeavesNoTrace(t *testing.T) {
	suite.Heavy(t)
	// Flags look further than readings hold, and drift lasts for good.
	p := parsePlant(t, strings.NewReplacer("range: [0 kg/h, 400 kg/h] }", "range: [0 kg/h, 400 kg/h], spikes: { neighbours: 3, sigmas: 3, within: 30 min } }",
		"unit: Cel, hold: stepped, stale: 12 min", "unit: Cel, hold: stepped, stale: 12 min, flatline: { readings: 3, resolution: 30 K }",
		"nodes:", "running: { tag: mill/feed/mass_flow, above: 30 kg/h }\nnodes:").Replace(mill))
	lab := leaf{Touch: projection.Touch{Kind: evidence.Lab, Lab: &projection.LabFile{Kind: evidence.Lab, Name: "lab.yaml", Body: []byte(millLab + millControls)}}}
	rapid.Check(t, func(rt *rapid.T) {
		leaves := append(rapid.SliceOfN(rapid.Custom(drawLeaf), 1, 8).Draw(rt, "leaves"), lab)

		dir := t.TempDir()
		straight := openStore(t, filepath.Join(dir, "straight.sqlite"))
		ordered := &fakeLog{}
		ordered.add(leaves...)
		catchUp(t, worker(straight, ordered, p))
		want := snapshot(t, straight, p)

		path := filepath.Join(dir, "crooked.sqlite")
		store := openStore(t, path)
		log := &fakeLog{}
		var cancel context.CancelFunc = func() {}
		troubles := rapid.SliceOfN(rapid.IntRange(0, 7), 1, 20).Draw(rt, "troubles")
		reads := 0
		log.fail = func() error {
			reads++
			switch troubles[reads%len(troubles)] {
			case 0:
				return errInjected
			case 1:
				cancel() // the process is stopped while it computes
			}
			return nil
		}
		w := worker(store, log, p)
		for _, leaf := range rapid.Permutation(leaves).Draw(rt, "order") {
			log.add(leaf)
			if rapid.Bool().Draw(rt, "twice") {
				log.add(leaf)
			}
			for range rapid.IntRange(0, 3).Draw(rt, "steps") {
				var ctx context.Context
				ctx, cancel = context.WithCancel(t.Context())
				_, _ = w.Step(ctx) // its errors are the injected ones; the end result is checked
				cancel()
			}
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				store = openStore(t, path)
				w = worker(store, log, p)
			}
		}
		log.fail = nil
		catchUp(t, w)
		if got := snapshot(t, store, p); got != want {
			rt.Fatalf("the store depends on how the leaves arrived\n%s", firstDifference(got, want))
		}
		catchUp(t, w)
		if w.Stats.DirtyHours.Load() != 0 {
			rt.Fatalf("%d hours still wait", w.Stats.DirtyHours.Load())
		}
	})
}

func firstDifference(got, want string) string {
	g, w := bytes.Split([]byte(got), []byte("\n")), bytes.Split([]byte(want), []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i, bytes.Join(g[max(0, i-12):i+1], []byte("\n")), w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// A control reading that is entered late changes the minutes after it, and
// those that are still to come.
func TestControlReadingsMarkWhatFollows(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	hours := func(from, to int) {
		for h := from; h < to; h++ {
			log.add(steady("mill/char/mass_flow", start.Add(time.Duration(h)*time.Hour), 60, time.Minute, 30))
		}
	}
	w := worker(store, log, p)
	hours(0, 10)
	catchUp(t, w)
	log.add(leaf{Touch: projection.Touch{Kind: evidence.Lab, Lab: &projection.LabFile{Kind: evidence.Lab, Name: "lab.yaml", Body: []byte(millLab + millControls)}}})
	catchUp(t, w)
	hours(10, 12)
	catchUp(t, w)
	r, err := store.Rollups(t.Context(), "mill/char/mass_flow", measure.Window(start.UnixNano(), 11*time.Hour), time.Minute)
	if err != nil || len(r.Rollups) != 11*60 {
		t.Fatalf("%d minutes, %v", len(r.Rollups), err)
	}
	for i, m := range r.Rollups {
		want := measure.GoodQuality
		if i >= 6*60+30 {
			want = measure.UncertainBecause(measure.Drift)
		}
		if m.Quality != want {
			t.Fatalf("minute %d is %s, want %s", i, m.Quality, want)
		}
	}
}

// What the store says is what one call of Compute says.
func TestStoreIsCompute(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	for h := range 30 {
		log.add(steady("mill/feed/mass_flow", start.Add(time.Duration(h)*time.Hour), 3600/20, 20*time.Second, float64(100+h)))
	}
	catchUp(t, worker(store, log, p))
	w := measure.Interval{From: start, To: start.Add(30 * time.Hour)}
	want, err := pipeline.Compute(t.Context(), p, nil, log, w)
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.Rollups(t.Context(), "mill/feed/mass_flow", w, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	stored, _ := json.Marshal(got.Rollups)
	computed, _ := json.Marshal(want.Rollups["mill/feed/mass_flow"])
	if len(got.Rollups) != 30*60 || !bytes.Equal(stored, computed) {
		t.Fatalf("%d minutes differ from the %d that Compute gives", len(got.Rollups), len(want.Rollups["mill/feed/mass_flow"]))
	}
	closures, err := store.Closures(t.Context(), "mill", w)
	if err != nil {
		t.Fatal(err)
	}
	if len(closures) != 29 { // the last sample is at 29:59:40, so the last window is not over
		t.Fatalf("%d closures, want 29", len(closures))
	}
	for i, body := range closures {
		if expect, _ := json.Marshal(want.Closures[i]); !bytes.Equal(body, expect) {
			t.Fatalf("closure %d is %s, want %s", i, body, expect)
		}
	}
}

// A batch that comes twice is computed again and changes no revision; one
// that brings something new changes exactly the minutes it bears on.
func TestRevisions(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	w := worker(store, log, p)
	first := steady("mill/kiln/temperature", start, 60, time.Minute, 550)
	log.add(first)
	catchUp(t, w)
	before := store.Stats.RollupsChanged.Load()
	if before == 0 {
		t.Fatal("nothing was stored")
	}
	log.add(first)
	catchUp(t, w)
	if n := store.Stats.RollupsChanged.Load() - before; n != 0 {
		t.Fatalf("a duplicate re-versioned %d minutes", n)
	}
	if store.Stats.RollupsEqual.Load() == 0 {
		t.Fatal("the duplicate was not computed")
	}
	log.add(batch("mill/kiln/temperature", good(start.Add(10*time.Minute+30*time.Second), 600)))
	catchUp(t, w)
	if n := store.Stats.RollupsChanged.Load() - before; n != 1 {
		t.Fatalf("a reading within one minute re-versioned %d minutes, want 1", n)
	}
}

// With a backlog, the live hours come first.
func TestLiveFirst(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	for d := range 10 {
		log.add(steady("mill/kiln/temperature", start.AddDate(0, 0, d), 24*60, time.Minute, 500))
	}
	w := worker(store, log, p)
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := func(day int) int {
		r, err := store.Rollups(t.Context(), "mill/kiln/temperature", measure.Window(start.AddDate(0, 0, day).UnixNano(), 24*time.Hour), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return len(r.Rollups)
	}
	if first, last := at(0), at(9); first != 0 || last == 0 {
		t.Fatalf("after one step the first day has %d hours and the last %d; the last should come first", first, last)
	}
	catchUp(t, w)
	if n := at(0); n != 24 {
		t.Fatalf("the first day has %d hours", n)
	}
}

// Live hours are computed first, lots are stated in the order of their time.
func TestLotsAreStatedInTheirOrder(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	lab := millLab + "  - { lot: mill-9, plant: mill, from: 2026-11-09T02:00:00Z, to: 2026-11-09T05:00:00Z, values: { char_carbon: { value: 80 % } } }\n"
	log.add(leaf{Touch: projection.Touch{Kind: evidence.Lab, Lab: &projection.LabFile{Kind: evidence.Lab, Name: "lab.yaml", Body: []byte(lab)}}})
	for d := range 10 {
		log.add(steady("mill/char/mass_flow", start.AddDate(0, 0, d), 24*60, time.Minute, 30))
	}
	w := worker(store, log, p)
	var asked []string
	w.Issue = func(_ context.Context, lot projection.DueLot) error {
		asked = append(asked, lot.Lot)
		return nil
	}
	catchUp(t, w)
	if !slices.Equal(asked, []string{"mill-1", "mill-9"}) {
		t.Fatalf("stated in the order %v", asked)
	}
}

// A batch with one reading decades from the others costs no rows for the time between.
func TestYearsWithoutEvidenceAreAbsent(t *testing.T) {
	suite.Heavy(t)
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	log.add(batch("mill/kiln/temperature", good(start.AddDate(-1, 0, 0), 20), good(start, 550)))
	catchUp(t, worker(store, log, p))
	r, err := store.Rollups(t.Context(), "mill/kiln/temperature", measure.Interval{From: start.AddDate(-2, 0, 0), To: start.AddDate(1, 0, 0)}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rollups) > 4 {
		t.Fatalf("%d hours stored for two readings", len(r.Rollups))
	}
	now, err := store.Now(t.Context(), "mill")
	if err != nil {
		t.Fatal(err)
	}
	if len(now.Tags) != 1 || now.Tags[0].Value == nil || *now.Tags[0].Value != 550 || !now.Time.Equal(start) {
		t.Fatalf("now is %+v", now)
	}
}

// A lot gets its statement when its time is over and computed, once; again
// when evidence of its time comes late; and none after a rebuild from a log
// that holds the statement.
func TestStatements(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	hour := func(h int) leaf {
		return steady("mill/char/mass_flow", start.Add(time.Duration(h)*time.Hour), 60, time.Minute, 30)
	}
	log.add(leaf{Touch: projection.Touch{Kind: evidence.Lab, Lab: &projection.LabFile{Kind: evidence.Lab, Name: "lab.yaml", Body: []byte(millLab)}}})
	for h := range 5 {
		log.add(hour(h))
	}
	var asked []projection.DueLot
	issue := func(_ context.Context, lot projection.DueLot) error {
		asked = append(asked, lot)
		log.add(leaf{Touch: projection.Touch{Kind: evidence.Statement, Statement: &projection.Statement{Plant: lot.Plant.ID, Lot: lot.Lot, Through: lot.Through}}})
		return nil
	}
	w := worker(store, log, p)
	w.Issue = issue
	catchUp(t, w)
	if len(asked) != 0 {
		t.Fatalf("asked for %s before the lot was over", asked[0].Lot)
	}
	log.add(hour(5))
	catchUp(t, w)
	if len(asked) != 1 || asked[0].Lot != "mill-1" || asked[0].Lab == nil || asked[0].Interval.Length() != 3*time.Hour {
		t.Fatalf("asked for %+v, want mill-1 once", asked)
	}
	log.add(hour(6)) // not of the lot
	catchUp(t, w)
	if len(asked) != 1 {
		t.Fatal("asked again though nothing of the lot changed")
	}
	log.add(batch("mill/char/mass_flow", good(start.Add(3*time.Hour+30*time.Second), 31)))
	catchUp(t, w)
	if len(asked) != 2 {
		t.Fatalf("asked %d times, want again after late evidence", len(asked))
	}
	again := worker(newStore(t), log, p)
	again.Issue = issue
	catchUp(t, again)
	if len(asked) != 2 {
		t.Fatal("a rebuild asked for statements that the log has")
	}
	statements, err := again.Store.Statements(t.Context(), "mill")
	if err != nil || len(statements) != 2 {
		t.Fatalf("%d statements listed, %v", len(statements), err)
	}
}

// A statement that cannot be made holds up nothing else.
func TestStatementFails(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	log.add(leaf{Touch: projection.Touch{Kind: evidence.Lab, Lab: &projection.LabFile{Kind: evidence.Lab, Name: "lab.yaml", Body: []byte(millLab)}}})
	log.add(steady("mill/char/mass_flow", start, 6*60, time.Minute, 8))
	w := worker(store, log, p)
	asked := 0
	w.Issue = func(context.Context, projection.DueLot) error { asked++; return errInjected }
	catchUp(t, w)
	log.add(steady("mill/char/mass_flow", start.Add(6*time.Hour), 120, time.Minute, 8))
	catchUp(t, w)
	if asked != 1 || w.Stats.Failures.Load() != 1 || w.Stats.DirtyHours.Load() != 0 {
		t.Fatalf("asked %d times, %d failures, %d hours wait", asked, w.Stats.Failures.Load(), w.Stats.DirtyHours.Load())
	}
	// Its lot is still due after a restart.
	again := worker(store, log, p)
	again.Issue = func(context.Context, projection.DueLot) error { asked++; return nil }
	catchUp(t, again)
	if asked != 2 {
		t.Fatalf("asked %d times, want again after a restart", asked)
	}
}

// Changed plant files compute everything again.
func TestChangedPlant(t *testing.T) {
	log, store := &fakeLog{}, newStore(t)
	log.add(steady("mill/feed/mass_flow", start, 60, time.Minute, 350))
	catchUp(t, worker(store, log, parsePlant(t, mill)))
	narrow := parsePlant(t, string(bytes.Replace([]byte(mill), []byte("400 kg/h"), []byte("300 kg/h"), 1)))
	catchUp(t, worker(store, log, narrow))
	r, err := store.Rollups(t.Context(), "mill/feed/mass_flow", measure.Window(start.UnixNano(), time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rollups) != 1 || r.Rollups[0].Quality != measure.BadBecause(measure.OutOfRange) {
		t.Fatalf("the hour is %+v, want it out of the new range", r.Rollups)
	}
}

// Run waits for leaves, says a failure once, recovers, and ends with its context.
func TestRun(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(), goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	w := worker(store, log, p)
	log.fail = func() error { // until three turns have failed, be they of one piece or of two side by side
		if w.Stats.Failures.Load() < 3 {
			return errInjected
		}
		return nil
	}
	log.add(steady("mill/feed/mass_flow", start, 60, time.Minute, 100))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	w.Every = 10 * time.Millisecond
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	for w.Stats.Computed.Load() == 0 && ctx.Err() == nil {
		<-time.After(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if w.Stats.Failures.Load() != 3 || w.Stats.Computed.Load() == 0 {
		t.Fatalf("%d failures, %d hours computed", w.Stats.Failures.Load(), w.Stats.Computed.Load())
	}
}

// A worker that is told to end before it began has not failed.
func TestRunEndsBeforeItBegins(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := worker(newStore(t), &fakeLog{}, parsePlant(t, mill)).Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// A stamp of years ahead moves nothing: no hour is queued, no lot is over
// before the centre's clock says so, and the value waits for its time.
func TestNoReadingIsAheadOfTheClock(t *testing.T) {
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	log.add(leaf{Touch: projection.Touch{Kind: evidence.Lab, Lab: &projection.LabFile{Kind: evidence.Lab, Name: "lab.yaml", Body: []byte(millLab)}}})
	log.add(steady("mill/char/mass_flow", start, 180, time.Minute, 8))
	log.add(batch("mill/kiln/temperature", good(start.AddDate(7, 0, 0), 550)))
	both := batch("mill/kiln/temperature", good(start.Add(3*time.Hour), 550), good(start.AddDate(80, 0, 0), 550))
	both.Runs = []measure.Interval{measure.Window(start.Add(3*time.Hour).UnixNano(), 1), measure.Window(start.AddDate(80, 0, 0).UnixNano(), 1)}
	log.add(both)
	now := start.Add(3*time.Hour + 30*time.Second)
	w := worker(store, log, p)
	w.Now = func() time.Time { return now }
	var asked []uint64
	w.Issue = func(_ context.Context, lot projection.DueLot) error { asked = append(asked, lot.Through); return nil }
	catchUp(t, w)
	if n := w.Stats.Computed.Load(); n > 6 {
		t.Errorf("%d hours were computed of a plant that has run for three", n)
	}
	if n := w.Stats.Ahead.Load(); n != 2 {
		t.Errorf("%d batches are said to be ahead of the clock, want 2", n)
	}
	if len(asked) != 0 {
		t.Errorf("a statement was asked for %s before its lot is over", now.Sub(start))
	}
	log.add(steady("mill/char/mass_flow", start.Add(3*time.Hour), 180, time.Minute, 8))
	now = start.Add(5*time.Hour + 14*time.Minute) // the lot is over for less than Settle
	catchUp(t, w)
	if len(asked) != 0 {
		t.Error("a statement was asked for by a reading, not by the clock")
	}
	now = start.Add(5*time.Hour + 16*time.Minute)
	catchUp(t, w)
	if len(asked) != 1 {
		t.Errorf("%d statements were asked for once the lot was over, want 1", len(asked))
	}
	again := worker(newStore(t), log, p)
	again.Now = w.Now
	catchUp(t, again)
	if a, b := snapshot(t, store, p), snapshot(t, again.Store, p); a != b {
		t.Errorf("a store that is made again differs\n%s", firstDifference(a, b))
	}
	now = start.AddDate(7, 0, 1)
	catchUp(t, w)
	if n := w.Stats.Ahead.Load(); n != 1 {
		t.Errorf("%d batches are said to be ahead of the clock when the time of one has come, want 1", n)
	}
	if n := w.Stats.Computed.Load(); n > 22 {
		t.Errorf("%d hours were computed: those of years without readings too", n)
	}
}

// Hours are marked by the readings in them, not by all that a batch spans, and
// a changed plant file marks no others.
func TestOnlyHoursWithReadingsAreComputed(t *testing.T) {
	log, store := &fakeLog{}, newStore(t)
	bridge := batch("mill/kiln/temperature", good(time.Unix(40, 0), 500), good(start, 550))
	bridge.Runs = []measure.Interval{measure.Window(40e9, 1), measure.Window(start.UnixNano(), 1)}
	log.add(bridge)
	w := worker(store, log, parsePlant(t, mill))
	catchUp(t, w)
	again := worker(store, log, parsePlant(t, strings.Replace(mill, "400 kg/h", "300 kg/h", 1)))
	catchUp(t, again)
	if a, b := w.Stats.Computed.Load(), again.Stats.Computed.Load(); a > 7 || b > 7 {
		t.Errorf("%d hours were computed, and %d again, for two readings", a, b)
	}
}
