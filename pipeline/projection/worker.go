package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/backoff"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Worker keeps a [Store] up with the evidence log. Store, Feed, Source and
// Plants must be given. It is the store's only writer of results; run one.
type Worker struct {
	Stats WorkerStats

	Store  *Store
	Feed   Feed
	Source pipeline.Source
	Plants []*flowsheet.Plant

	// Issue is asked to make and seal the statement of a lot whose time is
	// over and whose windows are computed; nil: no statements. It may be asked
	// again for the same lot, when new evidence came or after a crash, and
	// does nothing where a statement over the same evidence exists.
	Issue func(ctx context.Context, lot DueLot) error

	// Now is the centre's clock; nil: time.Now. It says what a plant can have
	// reached and which lots are over, whatever its readings say.
	Now   func() time.Time
	Ahead time.Duration // how far ahead of that clock a gateway's may be; 0: 1 min

	Settle time.Duration   // how long a lot must be over, and how far readings must have gone beyond it; 0: 15 min
	Every  time.Duration   // between looks at an idle feed; 0: 500 ms
	Wake   <-chan struct{} // looks at once when it delivers; may be nil
	Log    *slog.Logger    // nil: silent

	plants map[string]*flowsheet.Plant
	fault  string // the last failure logged, "" when all is well

	postponed map[string]postponement // by plant and lot

	pace     map[string]time.Duration // of computing an hour, by plant
	lived    map[string]bool          // plants whose live hours had the last turn
	computed time.Time                // when chunks were last asked for

	mu     sync.Mutex      // guards logged and, while chunks are computed, pace
	logged map[string]bool // faults of the evidence that were logged
}

// DueLot is a lot that is due for a statement.
type DueLot struct {
	Plant    *flowsheet.Plant
	Lab      *lots.Lab
	Lot      string
	Interval measure.Interval
	Through  uint64 // first leaf of the log that was not looked at yet
}

const (
	mostTouches  = 2000             // leaves recorded in one transaction
	liveHours    = 2                // hours at the end of a plant's reach that go before the rest
	longestChunk = 24               // hours of a plant, computed and stored in one go
	mostRollups  = 200_000          // minutes of tags in one go, about: 25 MB
	sideBySide   = 2                // chunks computed at a time
	longestTurn  = time.Second      // of the rest, while live hours wait: its chunks become as short as this asks for
	longestLook  = 10 * time.Second // at leaves that come faster than they are looked at, before something is computed
	shortestWait = 250 * time.Millisecond
	longestWait  = 30 * time.Second
)

// Run follows the feed until ctx ends, and returns nil then. A failure of the
// feed, of a computation or of the file is logged when it begins, counted each
// time, and tried again with growing pauses; nothing is stepped over. Only a
// file that is damaged ends it, with [ErrDamaged].
func (w *Worker) Run(ctx context.Context) error {
	if err := w.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return damage(err)
	}
	var pause backoff.Pause
	every := w.Every
	if every <= 0 {
		every = 500 * time.Millisecond
	}
	for ctx.Err() == nil {
		busy, err := w.Step(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(damage(err), ErrDamaged):
			return damage(err)
		case err != nil:
			w.failed(err)
			backoff.Sleep(ctx, backoff.Jitter(pause.Next(shortestWait, longestWait)))
		default:
			w.recovered()
			pause.Reset()
			if !busy {
				w.wait(ctx, every, w.Wake)
			}
		}
	}
	return nil
}

// CatchUp works until the feed is at its end and nothing is left to compute:
// what `nielu rebuild` does.
func (w *Worker) CatchUp(ctx context.Context) error {
	if err := w.start(ctx); err != nil {
		return err
	}
	for {
		if busy, err := w.Step(ctx); err != nil || !busy {
			return err
		}
	}
}

func (w *Worker) start(ctx context.Context) error {
	if w.plants != nil {
		return nil
	}
	if w.Store == nil || w.Feed == nil || w.Source == nil {
		return errors.New("projection worker: Store, Feed and Source must be given")
	}
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	if w.Now == nil {
		w.Now = time.Now
	}
	if w.Ahead <= 0 {
		w.Ahead = time.Minute
	}
	if w.Settle <= 0 {
		w.Settle = 15 * time.Minute
	}
	w.plants, w.logged, w.postponed = map[string]*flowsheet.Plant{}, map[string]bool{}, map[string]postponement{}
	w.pace, w.lived, w.computed = map[string]time.Duration{}, map[string]bool{}, time.Now()
	digests := make([]string, 0, len(w.Plants))
	for _, p := range w.Plants {
		w.plants[p.ID] = p
		digests = append(digests, p.ID+"="+p.Digest)
	}
	slices.Sort(digests)
	again, err := w.Store.notePlantFiles(ctx, strings.Join(digests, " "))
	if err != nil {
		w.plants = nil
		return fmt.Errorf("projection worker: %w", err)
	}
	if again {
		w.Log.Info("projection: plant files changed, everything is computed again")
	}
	return nil
}

// Step records the next touches, computes and stores one chunk of each plant,
// and asks for the statements that are due. It tells whether there was
// anything to do. [Worker.Run] calls it in turn; it is not for two at once.
func (w *Worker) Step(ctx context.Context) (busy bool, err error) {
	if err := w.start(ctx); err != nil {
		return false, err
	}
	seen, err := w.readFeed(ctx)
	if err != nil {
		return false, err
	}
	// The end of a long log is where the present is: it is looked for first.
	if seen == mostTouches && time.Since(w.computed) < longestLook {
		return true, nil
	}
	w.computed = time.Now()
	chunks, err := w.chunks(ctx)
	if err != nil {
		return false, err
	}
	if err := w.computeChunks(ctx, chunks); err != nil {
		return false, err
	}
	issued := 0
	if seen < mostTouches && w.Issue != nil {
		if issued, err = w.stateDueLots(ctx); err != nil {
			return false, err
		}
	}
	return seen > 0 || len(chunks) > 0 || issued > 0, nil
}

// readFeed records the touches that the feed has next.
func (w *Worker) readFeed(ctx context.Context) (int, error) {
	cursor, err := w.Store.Cursor(ctx)
	if err != nil {
		return 0, err
	}
	var entries []entry
	var written []custody.Entry
	records := -1 // the last of entries that holds records
	for t, err := range w.Feed.Since(ctx, cursor) {
		if err != nil {
			return 0, fmt.Errorf("projection: after leaf %d: %w", cursor+uint64(len(entries)), err)
		}
		e := entry{Touch: t}
		if t.Lab != nil {
			said, err := custody.Open(t.Index, t.Lab.From, t.Lab.Kind, t.Lab.Name, t.Lab.Body)
			switch {
			case err != nil:
				w.Stats.Unreadable.Add(1)
				w.Log.Error("projection: what people entered is passed over", "leaf", t.Index, "error", err)
				e.Lab = nil
			case said.Lab != nil:
				e.lab, written = said.Lab, append(written, said)
			default:
				e.lab, written, records = &lots.Lab{}, append(written, said), len(entries)
			}
		}
		if entries = append(entries, e); len(entries) == mostTouches {
			break
		}
	}
	if records >= 0 {
		e := &entries[records]
		if e.lab.Lots, e.gone, err = w.Store.changedLots(ctx, written); err != nil {
			return 0, fmt.Errorf("projection: %w", err)
		}
	}
	lookback := func(plant string) (time.Duration, bool) {
		p := w.plants[plant]
		if p == nil {
			return 0, false
		}
		return rollup.Lookback(p), true
	}
	now := w.Now().Add(w.Ahead).UnixNano()
	unknown, err := w.Store.recordTouches(ctx, entries, now, lookback)
	if err != nil {
		return 0, fmt.Errorf("projection: %w", err)
	}
	ahead, err := w.Store.markArrived(ctx, now, lookback)
	if err != nil {
		return 0, fmt.Errorf("projection: what was ahead of the clock: %w", err)
	}
	w.logAhead(ahead)
	w.Stats.UnknownPlant.Add(int64(unknown))
	w.Stats.Touches.Add(int64(len(entries)))
	if n := len(entries); n > 0 {
		cursor = entries[n-1].Index + 1
		w.Stats.DirtyHours.Add(1) // until chunks has counted: the new cursor beside no hours would say that all is done
	}
	w.Stats.Cursor.Store(cursor)
	return len(entries), nil
}

// logAhead says when batches begin to speak of a time that has not come, and when
// none does any more.
func (w *Worker) logAhead(ahead int64) {
	switch before := w.Stats.Ahead.Swap(ahead); {
	case before == 0 && ahead > 0:
		w.Log.Warn("projection: batches are stamped ahead of this clock: they wait in the log and nothing is computed from them before their time; set the clocks of the gateways right, or this one", "batches", ahead)
	case before > 0 && ahead == 0:
		w.Log.Info("projection: no batch is stamped ahead of this clock any more")
	}
}

// chunk is the hours of one plant that are computed in one go.
type chunk struct {
	plant  *flowsheet.Plant
	window measure.Interval // whole balance windows
	reach  measure.Interval
	marks  []int64 // hours since 1970 that it settles
}

// chunks picks the next hours of each plant: the live ones, which end its
// reach, before the newest of the rest. While live hours come again and again,
// every other turn has a piece of the rest too.
func (w *Worker) chunks(ctx context.Context) ([]chunk, error) {
	var chunks []chunk
	waiting := int64(0)
	for _, p := range w.Plants {
		marks, r, err := w.Store.dirtyHours(ctx, p.ID)
		if err != nil {
			return nil, fmt.Errorf("projection: plant %s: %w", p.ID, err)
		}
		waiting += int64(len(marks))
		add := func(marks []int64) {
			window := interval(marks[0]*hourNs, (marks[len(marks)-1]+1)*hourNs).Align(chunkStep(p))
			chunks = append(chunks, chunk{plant: p, window: window, reach: interval(r.from, r.to), marks: marks})
		}
		old, _ := slices.BinarySearch(marks, floorDiv(r.to-1, hourNs)-liveHours+1)
		live := old < len(marks)
		if live {
			add(adjacentMarks(marks[old:], w.chunkLimit(p, false)))
		}
		if old > 0 && (!live || w.lived[p.ID]) {
			add(adjacentMarks(marks[:old], w.chunkLimit(p, live)))
			live = false
		}
		w.lived[p.ID] = live
	}
	w.Stats.DirtyHours.Store(waiting)
	return chunks, nil
}

// chunkLimit is how many hours of a plant are computed in one go: so many that
// memory holds their minutes, and while live hours wait no more than a turn takes.
func (w *Worker) chunkLimit(p *flowsheet.Plant, live bool) int64 {
	hours := min(longestChunk, mostRollups/(60*int64(len(p.Tags)+1)))
	if pace := w.pace[p.ID]; live && pace > 0 {
		hours = min(hours, int64(longestTurn/pace))
	}
	return max(1, hours)
}

// adjacentMarks returns the last marks that follow each other closely and lie within
// one chunk's length.
func adjacentMarks(marks []int64, most int64) []int64 {
	end := len(marks) - 1
	for i := end; i > 0; i-- {
		if marks[i]-marks[i-1] > 3 || floorDiv(marks[i-1], most) != floorDiv(marks[end], most) {
			return marks[i:]
		}
	}
	return marks
}

// chunkStep is the step of whole balance windows and whole hours. Both divide a day.
func chunkStep(p *flowsheet.Plant) time.Duration {
	u := p.BalanceEvery
	for u%time.Hour != 0 {
		u += p.BalanceEvery
	}
	return u
}

// computeChunks computes chunks, a few side by side, and stores each when it is done.
func (w *Worker) computeChunks(ctx context.Context, chunks []chunk) error {
	if len(chunks) == 0 {
		return nil
	}
	lab, err := w.Store.Lab(ctx)
	if err != nil {
		return fmt.Errorf("projection: laboratory files: %w", err)
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for _, c := range chunks {
		group.Go(func() error {
			began := time.Now()
			results, err := w.compute(inner, c, lab)
			if err != nil {
				return fmt.Errorf("projection: %w", err)
			}
			if err := w.Store.Put(inner, results); err != nil {
				return fmt.Errorf("projection: store %s %s: %w", c.plant.ID, c.window, err)
			}
			w.mu.Lock()
			w.pace[c.plant.ID] = time.Since(began) / time.Duration(len(c.marks))
			w.mu.Unlock()
			w.Stats.Computed.Add(int64(len(c.marks)))
			w.Stats.DirtyHours.Add(-int64(len(c.marks)))
			return nil
		})
	}
	return group.Wait()
}

// stateDueLots asks for the statements of the lots that are due.
func (w *Worker) stateDueLots(ctx context.Context) (int, error) {
	due, err := w.Store.due(ctx, w.Settle, w.Now().UnixNano())
	if err != nil || len(due) == 0 {
		return 0, err
	}
	lab, err := w.Store.Lab(ctx)
	if err != nil {
		return 0, err
	}
	cursor, err := w.Store.Cursor(ctx)
	if err != nil {
		return 0, err
	}
	issued := 0
	for _, d := range due {
		p := w.plants[d.plant]
		if p == nil {
			continue
		}
		key := d.plant + " " + d.lot
		if r, ok := w.postponed[key]; ok && time.Now().Before(r.again) {
			continue
		}
		lot := DueLot{Plant: p, Lab: lab, Lot: d.lot, Interval: interval(d.from, d.to), Through: cursor}
		switch err := w.Issue(ctx, lot); {
		case ctx.Err() != nil:
			return issued, ctx.Err()
		case err != nil:
			w.postpone(key, err)
			continue
		}
		delete(w.postponed, key)
		if err := w.Store.stated(ctx, d.plant, d.lot, cursor); err != nil {
			return issued, fmt.Errorf("projection: lot %s: %w", d.lot, err)
		}
		w.Stats.Statements.Add(1)
		issued++
	}
	return issued, nil
}

// postponement is a lot whose statement could not be made.
type postponement struct {
	text  string
	again time.Time
}

// postpone puts a lot off for a minute: what is wrong with one statement must
// not keep the rest waiting.
func (w *Worker) postpone(lot string, err error) {
	w.Stats.Failures.Add(1)
	if text := err.Error(); w.postponed[lot].text != text {
		w.Log.Error("projection: no statement yet, tried again each minute", "lot", lot, "error", err)
	}
	w.postponed[lot] = postponement{err.Error(), time.Now().Add(time.Minute)}
}

func (w *Worker) failed(err error) {
	w.Stats.Failures.Add(1)
	if text := err.Error(); text != w.fault {
		w.fault = text
		w.Log.Error("projection: stands still and tries again", "error", err)
	}
}

func (w *Worker) recovered() {
	if w.fault != "" {
		w.fault = ""
		w.Log.Info("projection: goes on")
	}
}

func (w *Worker) wait(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	}
}
