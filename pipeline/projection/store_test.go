package projection_test

import (
	"database/sql"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/rollup"
)

var kg = measure.MustUnit("kg")

func drawRollup(t *rapid.T, tag measure.Tag, from int64) rollup.Rollup {
	value := rapid.OneOf(rapid.Just(0.), rapid.Just(-1.5), rapid.Float64())
	q := rapid.SampledFrom([]measure.Quality{measure.GoodQuality, measure.BadBecause(measure.Stale), measure.UncertainBecause(measure.Partial)}).Draw(t, "quality")
	return rollup.Rollup{Tag: tag, From: from, Count: rapid.IntRange(0, 70).Draw(t, "count"),
		Mean: value.Draw(t, "mean"), Average: value.Draw(t, "average"), Min: value.Draw(t, "min"), Max: value.Draw(t, "max"),
		Last: value.Draw(t, "last"), Total: value.Draw(t, "total"), Coverage: rapid.Float64Range(0, 1).Draw(t, "coverage"), Quality: q}
}

// What is put in comes out, bit by bit, and of several versions the last; what
// is not among all there is of a window is withdrawn.
func TestStoreKeepsEveryBit(t *testing.T) {
	tags := []measure.Tag{"mill/a", "mill/b"}
	rapid.Check(t, func(rt *rapid.T) {
		store := newStore(t)
		held := map[measure.Tag]map[int64]rollup.Rollup{tags[0]: {}, tags[1]: {}}
		for range rapid.IntRange(1, 4).Draw(rt, "puts") {
			tag := rapid.SampledFrom(tags).Draw(rt, "tag")
			at := rapid.IntRange(-200, 200).Draw(rt, "from") // minutes about 1970: hours before it have negative numbers
			var rollups []rollup.Rollup
			for i := range rapid.IntRange(1, 150).Draw(rt, "n") {
				r := drawRollup(rt, tag, int64(at+i)*60e9)
				rollups = append(rollups, r)
				held[tag][r.From] = r
			}
			results := projection.Results{Plant: "mill", Site: "yard", Tags: []projection.TagRollups{{Tag: tag, Unit: kg, Rollups: rollups}}}
			if rapid.Bool().Draw(rt, "all there is") {
				first := rollups[0].From - int64(rapid.IntRange(0, 100).Draw(rt, "before"))*60e9
				results.Window = measure.Interval{From: time.Unix(0, first), To: time.Unix(0, rollups[len(rollups)-1].From+1)}.Align(time.Hour)
				for _, all := range held {
					maps.DeleteFunc(all, func(at int64, r rollup.Rollup) bool { return results.Window.Contains(at) })
				}
				for _, r := range rollups {
					held[tag][r.From] = r
				}
			}
			if err := store.Put(t.Context(), results); err != nil {
				rt.Fatal(err)
			}
		}
		for _, tag := range tags {
			got, err := store.Rollups(t.Context(), tag, measure.Interval{From: time.Unix(-1e6, 0), To: time.Unix(1e6, 0)}, time.Minute)
			if err != nil {
				rt.Fatal(err)
			}
			last := int64(math.MinInt64)
			for _, r := range got.Rollups {
				if r != held[tag][r.From] || r.From <= last {
					rt.Fatalf("got %+v, put %+v", r, held[tag][r.From])
				}
				last = r.From
			}
			if len(got.Rollups) != len(held[tag]) {
				rt.Fatalf("%d rollups, put %d", len(got.Rollups), len(held[tag]))
			}
		}
	})
}

// An hour says of its minutes what it should.
// A window is a closure and a balance: one without the other is refused, and
// nothing of the results is kept.
func TestClosureWithoutBalance(t *testing.T) {
	store := newStore(t)
	w := measure.Interval{From: time.Unix(0, 0), To: time.Unix(3600, 0)}
	alone := projection.Results{Plant: "mill", Site: "yard", Closures: []pipeline.Closure{{Closure: closure.Closure{Plant: "mill", Interval: w}}},
		Tags: []projection.TagRollups{{Tag: "mill/a", Unit: kg, Rollups: []rollup.Rollup{{Tag: "mill/a", Count: 1}}}}}
	if err := store.Put(t.Context(), alone); err == nil || !strings.Contains(err.Error(), "1 closures but 0 balances") {
		t.Errorf("put a closure without its balance: %v", err)
	}
	got, err := store.Rollups(t.Context(), "mill/a", w, time.Minute)
	if err != nil || len(got.Rollups) != 0 {
		t.Errorf("kept %v of refused results, %v", got.Rollups, err)
	}
}

func TestHour(t *testing.T) {
	store := newStore(t)
	minute := func(i int, value, coverage float64, n int, q measure.Quality) rollup.Rollup {
		return rollup.Rollup{Tag: "mill/a", From: start.Add(time.Duration(i) * time.Minute).UnixNano(), Count: n,
			Mean: value, Average: value, Min: value - 1, Max: value + 1, Last: value, Total: 2, Coverage: coverage, Quality: q}
	}
	rollups := []rollup.Rollup{
		minute(0, 10, 1, 1, measure.GoodQuality),
		minute(1, 20, 0.5, 3, measure.UncertainBecause(measure.Partial)),
		{Tag: "mill/a", From: start.Add(2 * time.Minute).UnixNano(), Quality: measure.BadBecause(measure.NoReply)},
	}
	put := func(r []rollup.Rollup) rollup.Rollup {
		t.Helper()
		if err := store.Put(t.Context(), projection.Results{Plant: "mill", Tags: []projection.TagRollups{{Tag: "mill/a", Unit: kg, Rollups: r}}}); err != nil {
			t.Fatal(err)
		}
		got, err := store.Rollups(t.Context(), "mill/a", measure.Window(start.UnixNano(), time.Hour), time.Hour)
		if err != nil || len(got.Rollups) != 1 || got.Unit != "kg" {
			t.Fatalf("%+v, %v", got, err)
		}
		return got.Rollups[0]
	}
	want := rollup.Rollup{Tag: "mill/a", From: start.UnixNano(), Count: 4, Mean: 20. / 1.5, Average: 17.5, Min: 9, Max: 21, Last: 20, Total: 4,
		Coverage: 1.5 / 60, Quality: measure.UncertainBecause(measure.Partial)}
	if got := put(rollups); got != want {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
	rollups = nil
	for i := range 60 {
		rollups = append(rollups, minute(i, 5, 1, 1, measure.GoodQuality))
	}
	if got := put(rollups); got.Quality != measure.GoodQuality || got.Coverage != 1 || got.Mean != 5 || got.Total != 120 {
		t.Fatalf("a full hour is %+v", got)
	}
}

// A file of another version, or none of ours, is made again.
func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "projection.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE old (x); PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	store := openStore(t, path)
	if cursor, err := store.Cursor(t.Context()); err != nil || cursor != 0 {
		t.Fatalf("cursor %d, %v", cursor, err)
	}
	if got, err := store.Rollups(t.Context(), "mill/a", measure.Window(0, time.Hour), time.Minute); err != nil || len(got.Rollups) != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
}

// month is minutes of one tag over some days, noisy as real ones are.
func month(tag measure.Tag, days int) []rollup.Rollup {
	rollups := make([]rollup.Rollup, days*24*60)
	for i := range rollups {
		x := 100 + 10*math.Sin(float64(i)/97+float64(len(tag)))
		rollups[i] = rollup.Rollup{Tag: tag, From: start.Add(time.Duration(i) * time.Minute).UnixNano(), Count: 60,
			Mean: x, Average: x * 1.0001, Min: x - .5, Max: x + .5, Last: x + .1, Coverage: 1, Quality: measure.GoodQuality}
	}
	return rollups
}

// BenchmarkPut stores a day of 25 tags, as the worker does.
func BenchmarkPut(b *testing.B) {
	const tags, days = 25, 1
	b.ReportAllocs()
	store := newStore(b)
	day := make([]projection.TagRollups, tags)
	for i := range day {
		tag := measure.Tag(fmt.Sprintf("mill/tag%d", i))
		day[i] = projection.TagRollups{Tag: tag, Unit: kg, Rollups: month(tag, days)}
	}
	n := 0
	for b.Loop() {
		if err := store.Put(b.Context(), projection.Results{Plant: "mill", Site: "yard", Tags: day}); err != nil {
			b.Fatal(err)
		}
		for i := range day {
			for j := range day[i].Rollups {
				day[i].Rollups[j].From += 24 * int64(time.Hour) // the next day
			}
		}
		n += tags * days * 24 * 60
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rollups/s")
}

// BenchmarkRollups reads a month of one tag.
func BenchmarkRollups(b *testing.B) {
	store := newStore(b)
	if err := store.Put(b.Context(), projection.Results{Plant: "mill", Tags: []projection.TagRollups{{Tag: "mill/a", Unit: kg, Rollups: month("mill/a", 30)}}}); err != nil {
		b.Fatal(err)
	}
	for _, step := range []time.Duration{time.Minute, time.Hour} {
		b.Run(step.String(), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				r, err := store.Rollups(b.Context(), "mill/a", measure.Interval{From: start, To: start.AddDate(0, 0, 30)}, step)
				if err != nil {
					b.Fatal(err)
				}
				n += len(r.Rollups)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rollups/s")
		})
	}
}

// A file may have any name, also one that looks like part of a URL.
func TestFileNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"data/a b.db", "x%20y?.db", filepath.Join(dir, "ü #1.db")} {
		openStore(t, name)
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
		if err := projection.Delete(name); err != nil {
			t.Error(err)
		}
	}
}
