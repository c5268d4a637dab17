package projection_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/projection/influxtest"
	"github.com/nielu/nielu/pipeline/rollup"
)

func tokenFile(t testing.TB, token string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newInflux(t testing.TB, store *projection.Store, config projection.InfluxConfig) *projection.Influx {
	t.Helper()
	x, err := projection.NewInflux(store, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// filled is a store with some hours of the mill, the last with a gap.
func filled(t testing.TB, hours int) *projection.Store {
	t.Helper()
	p, log, store := parsePlant(t, mill), &fakeLog{}, newStore(t)
	for h := range hours {
		at := start.Add(time.Duration(h) * time.Hour)
		log.add(steady("mill/feed/mass_flow", at, 60, time.Minute, 100),
			steady("mill/char/mass_flow", at, 60, time.Minute, 25./3.6),
			steady("mill/kiln/temperature", at, 30, time.Minute, 550),
			steady("mill/power/energy", at, 12, 5*time.Minute, float64(100*h)))
	}
	catchUp(t, worker(store, log, p))
	return store
}

func TestInfluxReal(t *testing.T) {
	server := influxtest.Start(t)
	store := filled(t, 5)
	x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: tokenFile(t, server.Token), Batch: 300})
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := 0
	for tag := range millTags {
		r, err := store.Rollups(t.Context(), tag, measure.Window(start.UnixNano(), 24*time.Hour), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		want += len(r.Rollups)
	}
	if n := server.Count(t, "nielu_rollup", "quality"); n != want || n < 4*4*60 {
		t.Fatalf("%d minutes in InfluxDB, %d in the store", n, want)
	}
	if n := server.Count(t, "nielu_closure", "quality"); n != 5*4 {
		t.Fatalf("%d closures, want 5 of each of 4 windows", n)
	}
	got := server.MustQuery(t, `SELECT mean, min, max, last, total, coverage, quality, quality_text, "count" FROM nielu_rollup WHERE "tag" = 'mill/char/mass_flow' AND site = 'yard' AND plant = 'mill' AND unit = 'kg/h' ORDER BY time LIMIT 1`)
	if len(got) != 1 || fmt.Sprint(got[0].Values[0][1:]) != "[25 25 25 25 0 1 2 good 1]" {
		t.Fatalf("the first minute of char is %v", got)
	}
	// A minute without a value has none in InfluxDB, only its quality.
	got = server.MustQuery(t, `SELECT mean, quality FROM nielu_rollup WHERE "tag" = 'mill/kiln/temperature' AND quality = 0`)
	if len(got) != 1 || got[0].Values[0][1] != nil {
		t.Fatalf("a bad minute reads %v", got)
	}
	if n := x.Stats.Points.Load(); n != int64(want+24) {
		t.Fatalf("%d points written, want %d", n, want+24)
	}
	// Nothing is sent twice, what changes is.
	if err := x.CatchUp(t.Context()); err != nil || x.Stats.Points.Load() != int64(want+24) {
		t.Fatalf("%v; %d points after a second look", err, x.Stats.Points.Load())
	}
	if err := x.Rewind(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := x.CatchUp(t.Context()); err != nil || x.Stats.Points.Load() != 2*int64(want+24) {
		t.Fatalf("%v; %d points after a rewind", err, x.Stats.Points.Load())
	}
	if n := server.Count(t, "nielu_rollup", "quality"); n != want {
		t.Fatalf("%d minutes after writing everything again, want %d", n, want)
	}
}

// A field that the server knows with another type refuses every line with it;
// the others arrive, the refused ones are kept with the server's words, and
// can be sent again once the cause is gone.
func TestInfluxRefusal(t *testing.T) {
	server := influxtest.Start(t)
	post(t, server, `nielu_rollup,plant=other,site=yard,tag=other/char/mass_flow,unit=kg/h mean="text" 1793577600`)
	post(t, server, `nielu_rollup,plant=other,site=yard,tag=other/feed/mass_flow,unit=kg/h mean="text" 1`) // another shard, long ago
	store := filled(t, 2)
	x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: tokenFile(t, server.Token)})
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	letters, err := store.DeadLetters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) == 0 || int64(len(letters)) != x.Stats.DeadLetters.Load() {
		t.Fatalf("%d dead letters, %d counted", len(letters), x.Stats.DeadLetters.Load())
	}
	for _, l := range letters {
		if !strings.Contains(l.Line, " mean=") || l.Status != 400 || !strings.Contains(l.Message, "field type conflict") {
			t.Fatalf("dead letter %+v", l)
		}
	}
	if n := server.Count(t, "nielu_closure", "quality"); n != 5 {
		t.Fatalf("%d closures arrived beside the refused lines", n)
	}
	if taken, err := x.Replay(t.Context(), letters[0].ID); err != nil || taken != 0 {
		t.Fatalf("replay before the repair took %d, %v", taken, err)
	}
	server.MustQuery(t, `DROP MEASUREMENT nielu_rollup`)
	taken, err := x.Replay(t.Context())
	if err != nil || taken != len(letters) {
		t.Fatalf("replay took %d of %d, %v", taken, len(letters), err)
	}
	if n := server.Count(t, "nielu_rollup", "mean"); n != len(letters) {
		t.Fatalf("%d replayed points arrived, want %d", n, len(letters))
	}
	if left, err := store.DeadLetters(t.Context()); err != nil || len(left) != 0 {
		t.Fatalf("%d dead letters left, %v", len(left), err)
	}
}

func post(t *testing.T, s *influxtest.Server, line string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v2/write?precision=s&bucket="+s.Bucket, strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Token "+s.Token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: %s", response.Status, body)
	}
}

// A later revision of a point that the server takes ends its dead letter.
func TestInfluxLaterRevision(t *testing.T) {
	refuse := true
	fake := &fakeInflux{taken: map[string]bool{}}
	fake.answer = func(_ int, lines []string) (int, string, []string) {
		if refuse {
			return http.StatusBadRequest, "field type conflict", nil
		}
		return http.StatusNoContent, "", lines
	}
	server := httptest.NewServer(fake)
	defer server.Close()
	store := newStore(t)
	put := func(value float64) {
		t.Helper()
		r := rollup.Rollup{Tag: "mill/a", From: start.UnixNano(), Mean: value, Coverage: 1, Quality: measure.GoodQuality}
		if err := store.Put(t.Context(), projection.Results{Plant: "mill", Site: "yard", Tags: []projection.TagRollups{{Tag: "mill/a", Unit: kg, Rollups: []rollup.Rollup{r}}}}); err != nil {
			t.Fatal(err)
		}
	}
	x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: "b"})
	for i, step := range []struct {
		refuse bool
		dead   int
	}{{true, 1}, {true, 1}, {false, 0}} {
		refuse = step.refuse
		put(float64(i + 1))
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		letters, err := store.DeadLetters(t.Context())
		if err != nil || len(letters) != step.dead {
			t.Fatalf("after revision %d: %d dead letters, %v, want %d", i+1, len(letters), err, step.dead)
		}
		if step.dead == 1 && !strings.Contains(letters[0].Line, fmt.Sprintf("mean=%d,", i+1)) {
			t.Fatalf("after revision %d the dead letter is %s", i+1, letters[0].Line)
		}
	}
}

// Nothing is lost over a wrong token, a missing database and a server that is down.
func TestInfluxWaits(t *testing.T) {
	dir := t.TempDir()
	server := influxtest.StartIn(t, dir)
	store := filled(t, 2)
	token := tokenFile(t, "nielu:wrong")
	x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: token})
	if _, err := x.Step(t.Context()); err == nil || x.Stats.Points.Load() != 0 {
		t.Fatalf("a wrong token gave %v and %d points", err, x.Stats.Points.Load())
	}
	if err := os.WriteFile(token, []byte(server.Token), 0o600); err != nil { // rotated, no restart
		t.Fatal(err)
	}
	server.MustQuery(t, `DROP DATABASE nielu`)
	if _, err := x.Step(t.Context()); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Fatalf("a missing database gave %v", err)
	}
	server.MustQuery(t, `CREATE DATABASE nielu`)
	server.Stop()
	if _, err := x.Step(t.Context()); err == nil {
		t.Fatal("a server that is down gave no error")
	}
	if letters, err := store.DeadLetters(t.Context()); err != nil || len(letters) != 0 {
		t.Fatalf("%d dead letters, %v: waiting is not refusal", len(letters), err)
	}
	server = influxtest.StartIn(t, dir)
	x = newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: token})
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := server.Count(t, "nielu_rollup", "quality"); n < 4*60 {
		t.Fatalf("%d minutes arrived", n)
	}
}

// Only the success of the write API counts: not a page, not a redirect to
// one, not an acceptance that promises nothing. Nothing is refused over them
// either: the lines wait.
func TestInfluxBelievesOnlyTheWriteAPI(t *testing.T) {
	var status atomic.Int32
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", other.URL+"/api/v2/write")
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "<html>Sign in</html>") // 204 and 304 have no body and say so
	}))
	defer server.Close()
	store := filled(t, 1)
	var log bytes.Buffer
	x, err := projection.NewInflux(store, projection.InfluxConfig{URL: server.URL, Bucket: "b"}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []int32{200, 201, 202, 203, 205, 206, 300, 301, 302, 303, 304, 307, 308, 401, 403, 404, 408, 429, 500, 502, 503, 504} {
		status.Store(code)
		if _, err := x.Step(t.Context()); err == nil || x.Stats.Points.Load() != 0 || elsewhere.Load() != 0 {
			t.Errorf("%d: %v, %d points counted, %d requests to where it points", code, err, x.Stats.Points.Load(), elsewhere.Load())
		}
	}
	if letters, err := store.DeadLetters(t.Context()); err != nil || len(letters) != 0 {
		t.Errorf("%d dead letters, %v", len(letters), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	status.Store(200)
	done := make(chan error)
	go func() { done <- x.Run(ctx) }()
	for x.Stats.Failures.Load() == 0 {
		<-time.After(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil || !strings.Contains(log.String(), "answers 200 OK to a write") || !strings.Contains(log.String(), "give the address of the InfluxDB itself") {
		t.Errorf("%v; the log says %s", err, log.String())
	}
	status.Store(204)
	if err := x.CatchUp(t.Context()); err != nil || x.Stats.Points.Load() < 240 {
		t.Errorf("%v, %d points after the way was free", err, x.Stats.Points.Load())
	}
}

// fakeInflux answers as told and keeps the lines it says it took.
type fakeInflux struct {
	mu       sync.Mutex
	taken    map[string]bool
	requests int
	answer   func(n int, lines []string) (status int, body string, take []string)
}

func (f *fakeInflux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.HasSuffix(r.URL.Path, "/delete") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	lines := strings.Split(strings.TrimRight(string(body), "\n"), "\n")
	status, message, take := f.answer(f.requests, lines)
	for _, line := range take {
		f.taken[line] = true
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		_ = json.NewEncoder(w).Encode(map[string]string{"code": "invalid", "message": message})
	}
}

// A server that stores a part of a request and answers 422, then loses its
// token, then is overloaded: every line ends up taken or dead, none in neither.
func TestInfluxPartialWrites(t *testing.T) {
	poison := func(line string) bool { return strings.HasSuffix(line, "0") && strings.Contains(line, "kiln") }
	fake := &fakeInflux{taken: map[string]bool{}}
	fake.answer = func(n int, lines []string) (int, string, []string) {
		switch {
		case n%29 == 3:
			return http.StatusUnauthorized, "unauthorized access", nil
		case n%29 == 17:
			return http.StatusServiceUnavailable, "overloaded", nil
		case len(lines) > 64:
			return http.StatusRequestEntityTooLarge, "too large", nil
		}
		var take []string
		for _, line := range lines {
			if !poison(line) {
				take = append(take, line)
			}
		}
		if len(take) < len(lines) {
			return http.StatusUnprocessableEntity, "partial write: beyond retention", take[:len(take)/2]
		}
		return http.StatusNoContent, "", take
	}
	server := httptest.NewServer(fake)
	defer server.Close()
	store := filled(t, 2)
	x := newInflux(t, store, projection.InfluxConfig{URL: server.URL, Bucket: "b", Batch: 4})
	for range 10_000 {
		wrote, err := x.Step(t.Context())
		if err == nil && !wrote {
			break
		}
	}
	letters, err := store.DeadLetters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dead := map[string]bool{}
	for _, l := range letters {
		dead[l.Line] = true
		if !poison(l.Line) || l.Status != 422 || l.Message != "partial write: beyond retention" {
			t.Fatalf("dead letter %+v", l)
		}
	}
	want := 0
	for tag := range millTags {
		r, _ := store.Rollups(t.Context(), tag, measure.Window(start.UnixNano(), 24*time.Hour), time.Minute)
		want += len(r.Rollups)
	}
	want += 6 // budgets of the window, and what reconciling says
	if len(dead) == 0 || len(dead)+len(fake.taken) != want {
		t.Fatalf("%d taken and %d dead of %d", len(fake.taken), len(dead), want)
	}
}

// Run says a failure once however long it lasts, and catches up after it.
func TestInfluxRun(t *testing.T) {
	fake := &fakeInflux{taken: map[string]bool{}}
	fake.answer = func(n int, lines []string) (int, string, []string) {
		if n <= 2 {
			return http.StatusNotFound, "database not found", nil
		}
		return http.StatusNoContent, "", lines
	}
	server := httptest.NewServer(fake)
	defer server.Close()
	x := newInflux(t, filled(t, 1), projection.InfluxConfig{URL: server.URL, Bucket: "b", Every: time.Millisecond, Backoff: 20 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- x.Run(ctx) }()
	for (x.Stats.Points.Load() == 0 || x.Stats.Waiting.Load()) && ctx.Err() == nil {
		<-time.After(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if x.Stats.Failures.Load() != 2 || x.Stats.Points.Load() == 0 || x.Stats.Waiting.Load() {
		t.Fatalf("%d failures, %d points, waiting %v", x.Stats.Failures.Load(), x.Stats.Points.Load(), x.Stats.Waiting.Load())
	}
}

// BenchmarkInflux writes days of 25 tags into a real InfluxDB.
func BenchmarkInflux(b *testing.B) {
	server := influxtest.Start(b)
	store := newStore(b)
	var tags []projection.TagRollups
	for i := range 25 {
		tag := measure.Tag(fmt.Sprintf("mill/tag%d", i))
		tags = append(tags, projection.TagRollups{Tag: tag, Unit: kg, Rollups: month(tag, 4)})
	}
	if err := store.Put(b.Context(), projection.Results{Plant: "mill", Site: "yard", Tags: tags}); err != nil {
		b.Fatal(err)
	}
	x := newInflux(b, store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: tokenFile(b, server.Token)})
	b.ReportAllocs()
	for b.Loop() {
		if err := x.Rewind(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := x.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(x.Stats.Points.Load())/b.Elapsed().Seconds(), "points/s")
}
