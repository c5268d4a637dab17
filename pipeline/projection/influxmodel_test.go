package projection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/projection/influxtest"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/suite"
)

// points is what a server holds: fields by key, by series and time in seconds.
// A write adds fields to a point or overwrites them, and takes none away.
type points map[string]map[string]string

// write takes one line.
func (p points) write(line string) {
	end := strings.LastIndexByte(line, ' ')
	head, fields, _ := strings.Cut(line[:end], " ") // names of the model hold no blanks
	point := p[head+line[end:]]
	if point == nil {
		point = map[string]string{}
		p[head+line[end:]] = point
	}
	for quoted, start, i := false, 0, 0; i <= len(fields); i++ {
		switch {
		case i < len(fields) && fields[i] == '"':
			quoted = !quoted
		case i == len(fields) || fields[i] == ',' && !quoted:
			key, value, _ := strings.Cut(fields[start:i], "=")
			point[key], start = strings.TrimSuffix(value, "i"), i+1 // an integer is a number
		}
	}
}

// withdraw deletes the points of a predicate from one instant to another, both in.
func (p points) withdraw(predicate string, from, to time.Time) {
	var parts []string
	for pair := range strings.SplitSeq(predicate, " AND ") {
		parts = append(parts, strings.ReplaceAll(strings.TrimPrefix(pair, "_measurement="), `"`, ""))
	}
	maps.DeleteFunc(p, func(point string, _ map[string]string) bool {
		series, seconds, _ := strings.Cut(point, " ")
		n, _ := strconv.ParseInt(seconds, 10, 64)
		at, held := time.Unix(n, 0), strings.Split(series, ",")
		return held[0] == parts[0] && !at.Before(from) && !at.After(to) &&
			!slices.ContainsFunc(parts[1:], func(part string) bool { return !slices.Contains(held, part) })
	})
}

// text is a list of all points, for comparison.
func (p points) text() string {
	var out strings.Builder
	for _, point := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintln(&out, point, p[point])
	}
	return out.String()
}

// engine is a server of the v2 API with troubles: each request in turn may be
// lost on its way there or back, or refused for its size or for a while.
type engine struct {
	mu       sync.Mutex
	held     points
	troubles []int
	most     int    // lines of one request
	during   func() // happens at the next request, once
	n        int
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if e.during != nil {
		e.during()
		e.during = nil
	}
	trouble := -1
	if len(e.troubles) > 0 {
		trouble = e.troubles[e.n%len(e.troubles)]
		e.n++
	}
	switch trouble {
	case 0:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case 1:
		w.WriteHeader(http.StatusOK) // a proxy
		return
	}
	if strings.HasSuffix(r.URL.Path, "/delete") {
		var q struct {
			Predicate   string
			Start, Stop time.Time
		}
		if err := json.Unmarshal(body, &q); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		e.held.withdraw(q.Predicate, q.Start, q.Stop)
	} else {
		lines := strings.Split(strings.TrimSpace(string(body)), "\n")
		if len(lines) > e.most {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		for i, line := range lines {
			if trouble == 2 && i > len(lines)/2 {
				w.WriteHeader(http.StatusInternalServerError) // a part of it is stored
				return
			}
			e.held.write(line)
		}
	}
	if trouble == 3 {
		w.WriteHeader(http.StatusGatewayTimeout) // all of it is stored, but nobody says so
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var modelTags = []measure.Tag{"mill/a", "mill/b", "mill/c"}

// drawResults draws a change of the store: minutes and windows of some hours,
// sure, doubted or bad, with holes; as all there is, or in addition; now and
// then with another site or unit.
func drawResults(t *rapid.T) projection.Results {
	first, hours := rapid.IntRange(0, 4).Draw(t, "hour"), rapid.IntRange(1, 3).Draw(t, "hours")
	w := measure.Window(start.Add(time.Duration(first)*time.Hour).UnixNano(), time.Duration(hours)*time.Hour)
	r := projection.Results{Plant: "mill", Site: rapid.SampledFrom([]string{"yard", "yard", "yard", "quay"}).Draw(t, "site")}
	if rapid.Bool().Draw(t, "all there is") {
		r.Window = w
	}
	for _, tag := range modelTags {
		if rapid.IntRange(0, 4).Draw(t, "without "+string(tag)) == 0 {
			continue
		}
		unit := kg
		if rapid.IntRange(0, 9).Draw(t, "unit") == 0 {
			unit = measure.MustUnit("t")
		}
		tags := projection.TagRollups{Tag: tag, Unit: unit}
		every := rapid.IntRange(1, 9).Draw(t, "every")
		bad, value := rapid.IntRange(1, 5).Draw(t, "bad"), float64(rapid.IntRange(1, 3).Draw(t, "value"))
		for i := 0; i < hours*60; i += every {
			m := rollup.Rollup{Tag: tag, From: w.From.Add(time.Duration(i) * time.Minute).UnixNano(), Count: 1, Coverage: 1,
				Mean: value, Average: value, Min: value, Max: value, Last: value, Quality: measure.GoodQuality}
			if i%bad == 0 && bad > 1 {
				m.Quality = measure.BadBecause(measure.Stale)
			}
			tags.Rollups = append(tags.Rollups, m)
		}
		r.Tags = append(r.Tags, tags)
	}
	for h := range hours {
		if rapid.IntRange(0, 2).Draw(t, "without window") == 0 {
			continue
		}
		at := measure.Window(w.From.Add(time.Duration(h)*time.Hour).UnixNano(), time.Hour)
		ratio := float64(rapid.IntRange(1, 3).Draw(t, "ratio"))
		raw := pipeline.Closure{Closure: closure.Closure{Plant: "mill", Interval: at, From: at.From.UnixNano(), To: at.To.UnixNano(), Quality: measure.GoodQuality}}
		raw.Mass = closure.Budget{In: ratio, Out: 1, Complete: true}
		if ratio > 1 {
			raw.Mass.Closure = &ratio
		}
		balance := reconciled.Reconciliation{Plant: "mill", From: raw.From, To: raw.To}
		for i := range rapid.IntRange(0, 2).Draw(t, "streams") {
			stream := fmt.Sprint("stream", i)
			balance.Sums = append(balance.Sums, reconciled.Sum{Stream: stream, Kind: "mass", Unit: "kg", Reconciled: &ratio, SD: &ratio})
		}
		r.Closures, r.Balances = append(r.Closures, raw), append(r.Balances, balance)
	}
	return r
}

// For any sequence of changes, batch sizes, restarts, lost files and refusals,
// an InfluxDB holds exactly what the store holds.
func TestInfluxHoldsWhatTheStoreHolds(t *testing.T) {
	suite.Heavy(t)
	rapid.Check(t, func(rt *rapid.T) {
		e := &engine{held: points{}}
		server := httptest.NewServer(e)
		defer server.Close()
		dir := t.TempDir()
		path := filepath.Join(dir, "0.sqlite")
		store := openStore(t, path)
		e.most = rapid.IntRange(1, 200).Draw(rt, "most lines of a request")
		e.troubles = rapid.SliceOfN(rapid.IntRange(0, 12), 0, 9).Draw(rt, "troubles")
		put := func(r projection.Results) {
			if err := store.Put(context.Background(), r); err != nil {
				t.Error(err)
			}
		}
		config := projection.InfluxConfig{URL: server.URL, Bucket: "b", Batch: rapid.IntRange(1, 300).Draw(rt, "batch")}
		x := newInflux(t, store, config)
		for i := range rapid.IntRange(1, 8).Draw(rt, "steps") {
			switch rapid.IntRange(0, 11).Draw(rt, "what") {
			case 0: // a new process
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				store = openStore(t, path)
				x = newInflux(t, store, config)
			case 1: // a store made again, of which the server holds old points
				path = filepath.Join(dir, fmt.Sprint(i+1, ".sqlite"))
				store = openStore(t, path)
				x = newInflux(t, store, config)
			case 2:
				if err := x.Rewind(t.Context()); err != nil {
					t.Fatal(err)
				}
			default:
				put(drawResults(rt))
			}
			if rapid.IntRange(0, 3).Draw(rt, "a change while it is written") == 0 {
				r := drawResults(rt)
				e.during = func() { put(r) }
			}
			for range rapid.IntRange(0, 4).Draw(rt, "writes") {
				_, _ = x.Step(t.Context()) // its errors are the engine's; the end is checked
			}
		}
		e.troubles, e.during = nil, nil
		last := drawResults(rt) // with a minute, so that the plant is one that the store knows
		last.Tags = append(last.Tags, projection.TagRollups{Tag: "mill/d", Unit: kg, Rollups: month("mill/d", 1)[:1]})
		put(last)
		if err := x.CatchUp(t.Context()); err != nil {
			rt.Fatal(err)
		}
		compare(rt, store, e.held)
		if letters, err := store.DeadLetters(t.Context()); err != nil || len(letters) != 0 {
			rt.Fatalf("%d dead letters, %v", len(letters), err)
		}
	})
}

// compare asks the store for each minute, and a second, empty server for all
// that is written of the store as it is.
func compare(t interface {
	Helper()
	Fatalf(string, ...any)
}, store *projection.Store, held points) {
	t.Helper()
	afresh := &engine{held: points{}, most: 1 << 30}
	server := httptest.NewServer(afresh)
	defer server.Close()
	y, err := projection.NewInflux(store, projection.InfluxConfig{URL: server.URL, Bucket: "b"}, slog.New(slog.DiscardHandler))
	if err == nil {
		err = y.Rewind(context.Background())
	}
	if err == nil {
		err = y.CatchUp(context.Background())
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	if got, want := held.text(), afresh.held.text(); got != want {
		t.Fatalf("the server does not hold what the store holds\n%s", firstDifference(got, want))
	}
	minutes := 0
	for _, tag := range append(slices.Clone(modelTags), "mill/d") {
		r, err := store.Rollups(context.Background(), tag, measure.Window(start.UnixNano(), 48*time.Hour), time.Minute)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, m := range r.Rollups {
			minutes++
			var got map[string]string
			for _, site := range []string{"yard", "quay"} {
				point := held[fmt.Sprintf("nielu_rollup,plant=mill,site=%s,tag=%s,unit=%s %d", site, tag, r.Unit, m.From/1e9)]
				if got != nil && point != nil {
					t.Fatalf("%s is held of two sites", tag)
				}
				if point != nil {
					got = point
				}
			}
			want := ""
			if m.Quality.Usable() {
				want = strconv.FormatFloat(m.Mean, 'g', -1, 64)
			}
			if got["mean"] != want || got["quality_text"] != strconv.Quote(m.Quality.String()) {
				t.Fatalf("%s at %s: the server has %v, the store %v %s", tag, time.Unix(0, m.From).UTC(), got, m.Mean, m.Quality)
			}
		}
	}
	for point := range held {
		if strings.HasPrefix(point, "nielu_rollup") {
			minutes--
		}
	}
	if minutes != 0 {
		t.Fatalf("the server has %d minutes less than the store", minutes)
	}
}

// A real server is the same after changes of every kind, a lost file among them.
func TestInfluxRealHoldsWhatTheStoreHolds(t *testing.T) {
	server := influxtest.Start(t)
	dir := t.TempDir()
	store := openStore(t, filepath.Join(dir, "0.sqlite"))
	draw := rapid.Custom(drawResults)
	for seed := range 16 {
		if seed == 8 {
			store = openStore(t, filepath.Join(dir, "1.sqlite"))
		}
		if err := store.Put(t.Context(), draw.Example(seed)); err != nil {
			t.Fatal(err)
		}
		x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: tokenFile(t, server.Token), Batch: 7 + 40*(seed%5)})
		for range seed % 7 {
			if _, err := x.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if seed != 7 && seed != 15 {
			continue
		}
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		held := points{}
		for _, series := range server.MustQuery(t, `SELECT * FROM /^nielu_/ GROUP BY *`) {
			name := series.Name
			for _, key := range slices.Sorted(maps.Keys(series.Tags)) {
				if value := series.Tags[key]; value != "" { // of another series of the measurement
					name += "," + key + "=" + value
				}
			}
			for _, row := range series.Values {
				at, fields := row[0].(float64), map[string]string{}
				for i, value := range row {
					switch value := value.(type) {
					case float64:
						fields[series.Columns[i]] = strconv.FormatFloat(value, 'g', -1, 64)
					case string:
						fields[series.Columns[i]] = strconv.Quote(value)
					}
				}
				delete(fields, "time")
				held[fmt.Sprintf("%s %d", name, int64(at)/1000)] = fields
			}
		}
		compare(t, store, held)
	}
}

// A minute that turns bad, as by a sentinel that is added to the plant file,
// keeps no value beside its quality.
func TestAMinuteThatTurnsBadHasNoMean(t *testing.T) {
	e := &engine{held: points{}, most: 1000}
	server := httptest.NewServer(e)
	defer server.Close()
	log, store := &fakeLog{}, newStore(t)
	log.add(steady("mill/feed/mass_flow", start, 120, time.Minute, 350))
	x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: "b"})
	for i, text := range []string{mill, strings.Replace(mill, "[0 kg/h, 400 kg/h]", "[0 kg/h, 400 kg/h], sentinels: [350 kg/h]", 1), strings.Replace(mill, "kg/h, hold: sloped, stale: 5 min, range: [0 kg/h, 400 kg/h]", "t/h, hold: sloped, stale: 5 min", 1)} {
		catchUp(t, worker(store, log, parsePlant(t, text)))
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		means, bad, units := 0, 0, map[string]bool{}
		for point, fields := range e.held {
			if !strings.Contains(point, ",tag=mill/feed/mass_flow,") {
				continue
			}
			series, _, _ := strings.Cut(point, " ")
			units[series[strings.Index(series, "unit="):]] = true
			if fields["mean"] != "" {
				means++
			}
			if fields["quality"] == "0" {
				bad++
			}
			if fields["mean"] != "" && fields["quality"] == "0" {
				t.Fatalf("%s %v", point, fields)
			}
		}
		if len(units) != 1 || i == 1 && (means != 0 || bad < 115) || i != 1 && (means < 115 || bad > 5) {
			t.Errorf("with plant file %d: %d minutes with a mean, %d bad ones, in %v", i, means, bad, units)
		}
	}
}

// A server that cannot delete is told apart from one that has trouble: the
// lines are written all the same, and what stays is counted and said once.
func TestInfluxThatCannotDelete(t *testing.T) {
	store := newStore(t)
	put := func(bad bool) {
		t.Helper()
		m := rollup.Rollup{Tag: "mill/a", From: start.UnixNano(), Mean: 1, Coverage: 1, Quality: measure.GoodQuality}
		if bad {
			m.Quality = measure.BadBecause(measure.Stale)
		}
		if err := store.Put(t.Context(), projection.Results{Plant: "mill", Site: "yard", Tags: []projection.TagRollups{{Tag: "mill/a", Unit: kg, Rollups: []rollup.Rollup{m}}}}); err != nil {
			t.Fatal(err)
		}
	}
	put(false)
	status, code := http.StatusNotFound, "not found"
	var queries int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/delete"):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code": %q, "message": "bucket \"b\" not found"}`, code)
		case strings.HasSuffix(r.URL.Path, "/query"): // an engine that answers whatever it is asked
			queries++
			w.Header().Set("X-Influxdb-Version", "1.8.0")
			_, _ = io.WriteString(w, `{"results":[{"series":[{"name":"databases","columns":["name"],"values":[["_internal"]]}]}]}`)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	defer server.Close()
	var log strings.Builder
	x, err := projection.NewInflux(store, projection.InfluxConfig{URL: server.URL, Bucket: "b"}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, status = range []int{http.StatusNotFound, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusOK} {
		if _, err := x.Step(t.Context()); err == nil || x.Stats.Points.Load() != 0 || x.Stats.NotWithdrawn.Load() != 0 {
			t.Errorf("%d to a deletion: %v, %d points", status, err, x.Stats.Points.Load())
		}
	}
	status, code = http.StatusBadRequest, "unsupported path"
	for i := range 3 {
		put(i%2 == 0)
		if _, err := x.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if x.Stats.Points.Load() != 3 || x.Stats.NotWithdrawn.Load() == 0 || queries != 0 || strings.Count(log.String(), "cannot delete points") != 1 {
		t.Errorf("%d points, %d withdrawals given up, %d queries; the log says %s", x.Stats.Points.Load(), x.Stats.NotWithdrawn.Load(), queries, log.String())
	}
}
