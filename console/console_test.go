package console_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nielu/nielu/console"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 9, 12, 0, 30, 0, time.UTC)

func atNoon() time.Time { return noon }

func newConsole(store *fakeStore, change func(*console.Deps)) *console.Console {
	deps := console.Deps{Plants: store, History: store, Balances: store, Evidence: store, Clock: store.clock}
	if change != nil {
		change(&deps)
	}
	return console.New(deps)
}

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", "http://127.0.0.1:8080"+path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d: %s", w.Code, w.Body)
	}
	if kind := w.Header().Get("Content-Type"); kind != "application/json; charset=utf-8" {
		t.Errorf("content type %q", kind)
	}
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("not JSON: %v: %s", err, w.Body)
	}
	return v
}

func TestAnswers(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)

	plants := decode[[]plantJSON](t, get(t, c, "/api/v1/plants"))
	if len(plants) != 3 || plants[0].Plant != "pyro1" || len(plants[0].Tags) != 23 {
		t.Errorf("plants: %+v", plants)
	}
	now := decode[struct {
		Plant string
		Tags  []struct{ Tag, Unit, Quality string }
	}](t, get(t, c, "/api/v1/plants/htl1/now"))
	if now.Plant != "htl1" || len(now.Tags) != 17 || now.Tags[7].Quality != "uncertain:rate-too-high" {
		t.Errorf("now: %+v", now)
	}
	if list := decode[[]object](t, get(t, c, "/api/v1/plants/lf1/closures?from=2026-11-09T06:00:00Z&to=2026-11-09T12:00:00Z")); len(list) != 6 {
		t.Errorf("%d closures in six hours, want 6", len(list))
	}
	if list := decode[[]object](t, get(t, c, "/api/v1/plants/lf1/closures")); len(list) != 25 {
		t.Errorf("%d closures without an interval, want those of the last day: 25", len(list))
	}
	rollups := decode[struct {
		Tag, Unit string
		Rollups   []rollupJSON
	}](t, get(t, c, "/api/v1/rollups?tag=pyro1/gas/volume_flow&from=2026-11-09T11:00:00Z&to=2026-11-09T12:00:00Z&step=1m"))
	if rollups.Unit != "m3{N}/h" || len(rollups.Rollups) != 60 {
		t.Errorf("rollups: unit %q, %d windows", rollups.Unit, len(rollups.Rollups))
	}
	if list := decode[[]object](t, get(t, c, "/api/v1/batches?limit=7")); len(list) != 7 {
		t.Errorf("%d batches, want 7", len(list))
	}
	if list := decode[[]object](t, get(t, c, "/api/v1/batches")); len(list) != 20 {
		t.Errorf("%d batches without limit, want 20", len(list))
	}
	if list := decode[[]object](t, get(t, c, "/api/v1/statements")); len(list) != 2 {
		t.Errorf("%d statements, want 2", len(list))
	}
	if w := get(t, c, "/api/v1/statements?plant=lf1"); w.Body.String() != "[]" {
		t.Errorf("statements of lf1: %s, want []", w.Body)
	}
	reasons := decode[[]struct{ Reason, NE107, About string }](t, get(t, c, "/api/v1/reasons"))
	if len(reasons) < 18 {
		t.Errorf("%d reasons, want each of measure but none", len(reasons))
	}
	for _, r := range reasons {
		if !strings.Contains("FCSM", r.NE107) || r.Reason == "" || (r.About == reasons[0].About) != (r.Reason == "unknown") {
			t.Errorf("reason %+v is not explained", r)
		}
	}
}

func TestRefusals(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	for _, test := range []struct {
		path   string
		status int
		says   string
		do     string
	}{
		{"/api/v1/plants?x=1", 400, `parameter "x" is not known`, "takes no parameter"},
		{"/api/v1/plants/kiln9/now", 404, `plant "kiln9" is not known`, "pyro1, htl1, lf1"},
		{"/api/v1/plants/kiln9/closures", 404, `plant "kiln9" is not known`, "known plants"},
		{"/api/v1/plants/lf1/closures?from=yesterday", 400, `from "yesterday"`, "RFC 3339"},
		{"/api/v1/plants/lf1/closures?to=2026-11-09", 400, `to "2026-11-09"`, "RFC 3339"},
		{"/api/v1/plants/lf1/closures?from=2026-11-09T01:00:00Z&to=2026-11-09T01:00:00Z", 400, "empty", "from before to"},
		{"/api/v1/plants/lf1/closures?from=2020-01-01T00:00:00Z", 400, "longer than", "shorter"},
		{"/api/v1/rollups", 400, `tag ""`, "?tag=pyro1/char/mass_flow"},
		{"/api/v1/rollups?tag=Pyro1/char", 400, "lower-case", "/api/v1/plants"},
		{"/api/v1/rollups?tag=pyro1/char/nothing", 404, "is not known", "/api/v1/plants"},
		{"/api/v1/rollups?tag=pyro1/char/moisture&step=5m", 400, `step "5m"`, "step=1m"},
		{"/api/v1/rollups?tag=pyro1/char/moisture&from=2026-09-01T00:00:00Z", 400, "windows asked for", "step=1h"},
		{"/api/v1/rollups?tag=pyro1/char/moisture&tag=x/y", 400, "given 2 times", "once"},
		{"/api/v1/rollups?tag=%zz", 400, "query", "escape"},
		{"/api/v1/batches?limit=0", 400, `limit "0"`, "limit=20"},
		{"/api/v1/batches?limit=many", 400, `limit "many"`, "limit=20"},
		{"/api/v1/batches?limit=1001", 400, "1 to 1000", "limit=20"},
		{"/api/v1/statements?plant=kiln9", 404, "kiln9", "known plants"},
		{"/api/v1/live?plant=pyro1", 400, `parameter "plant"`, "takes no"},
		{"/api/v1/plants/pyro1/balance?lot=none", 404, "lot none", "laboratory files"},
		{"/api/v1/plants/pyro1/balance?lot=a&campaign=b", 400, "more than one", "ask for one"},
		{"/api/v1/plants/pyro1/balance?from=2026-01-01T00:00:00Z&to=2026-11-01T00:00:00Z", 400, "100 days", "nielu balance"},
		{"/api/v1/plants/kiln9/periods", 404, `plant "kiln9"`, "known plants"},
		{"/api/v1/plants/pyro1/periods?lot=a", 400, `parameter "lot"`, "takes no"},
		{"/api/v1/plants/pyro1/balance.svg?finding=0", 400, `finding "0"`, "&finding=1"},
		{"/api/v1/plants/pyro1/balance.svg?finding=2", 404, "finding 2", "laboratory files"},
		{"/api/v1/nothing", 404, "nothing at", "/api/v1/plants"},
		{"/page/nothing.js", 404, "no file", "load /"},
		{"/page/", 404, "no file", "load /"},
		{"/metrics", 404, "not served", "configuration"},
	} {
		w := get(t, c, test.path)
		var p struct{ Error, Do string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != test.status {
			t.Errorf("%s: answered %d %s, want %d", test.path, w.Code, w.Body, test.status)
			continue
		}
		if !strings.Contains(p.Error, test.says) || !strings.Contains(p.Do, test.do) {
			t.Errorf("%s: error %q, do %q; want %q and %q in them", test.path, p.Error, p.Do, test.says, test.do)
		}
	}
	if n := c.Stats.Refused.Load(); n != 30 {
		t.Errorf("%d refusals counted, want 30", n)
	}
}

// A picture has its own style and may do nothing else, also when it is opened alone.
func TestBalancePicture(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	for path, says := range map[string]string{"balance.svg": "pyro1 0", "balance.svg?lot=pyro1-2026-w45&finding=1": "pyro1 1"} {
		w := get(t, c, "/api/v1/plants/pyro1/"+path)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: answered %d %s %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if policy := w.Header().Get("Content-Security-Policy"); policy != "default-src 'none'; style-src 'unsafe-inline'; sandbox" {
			t.Errorf("%s: content policy %q", path, policy)
		}
	}
}

func TestOnlyGet(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequest(method, "http://localhost/api/v1/plants", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" || !strings.Contains(w.Body.String(), "only answers GET") {
			t.Errorf("%s: answered %d %s", method, w.Code, w.Body)
		}
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), func(d *console.Deps) { d.Hosts = []string{"nielu.park.example"} })
	for host, status := range map[string]int{
		"127.0.0.1:8080": 200, "[::1]:8080": 200, "localhost": 200, "LOCALHOST:80": 200, "10.1.2.3:80": 200, "nielu.park.example:8080": 200,
		"evil.example": 421, "localhost.evil.example:8080": 421, "": 421,
	} {
		r := httptest.NewRequest("GET", "/api/v1/plants", nil)
		r.Host = host
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("host %q: answered %d, want %d", host, w.Code, status)
		}
	}
}

func TestSecurityHeadersAreOnEverything(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	for _, path := range []string{"/", "/page/app.js", "/api/v1/plants", "/nothing", "/healthz"} {
		h := get(t, c, path).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: content policy %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

func TestBrokenProjectionSaysWhatToDo(t *testing.T) {
	store := newFakeStore(atNoon)
	store.broken.Store(true)
	c := newConsole(store, nil)
	for _, path := range []string{
		"/api/v1/plants", "/api/v1/plants/pyro1/now", "/api/v1/plants/pyro1/closures", "/api/v1/rollups?tag=pyro1/char/moisture",
		"/api/v1/batches", "/api/v1/statements",
	} {
		w := get(t, c, path)
		if w.Code != 503 || !strings.Contains(w.Body.String(), "malformed") || !strings.Contains(w.Body.String(), "nielu rebuild") {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
	}
	if c.Stats.Failed.Load() != 6 {
		t.Errorf("%d failures counted, want 6", c.Stats.Failed.Load())
	}
	store.broken.Store(false)
	if w := get(t, c, "/api/v1/plants/pyro1/now"); w.Code != 200 {
		t.Errorf("still %d when the projection is back: an error must not be kept", w.Code)
	}
}

func TestProbes(t *testing.T) {
	var reason error
	c := newConsole(newFakeStore(atNoon), func(d *console.Deps) {
		d.Ready = func(context.Context) error { return reason }
		d.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "nielu_up 1\n") })
	})
	if w := get(t, c, "/readyz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("readyz: %d %s", w.Code, w.Body)
	}
	reason = errors.New("evidence log: still opening")
	if w := get(t, c, "/readyz"); w.Code != 503 || !strings.Contains(w.Body.String(), "still opening") {
		t.Errorf("readyz: %d %s", w.Code, w.Body)
	}
	if w := get(t, c, "/healthz"); w.Code != 200 {
		t.Errorf("healthz must not depend on readiness: %d", w.Code)
	}
	if w := get(t, c, "/metrics"); w.Code != 200 || w.Body.String() != "nielu_up 1\n" {
		t.Errorf("metrics: %d %s", w.Code, w.Body)
	}
}

func TestSameBytesAreNotSentTwice(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	for _, path := range []string{"/", "/page/style.css", "/api/v1/plants"} {
		first := get(t, c, path)
		tag := first.Header().Get("ETag")
		if tag == "" || first.Header().Get("Cache-Control") != "no-cache" {
			t.Fatalf("%s: ETag %q, Cache-Control %q", path, tag, first.Header().Get("Cache-Control"))
		}
		again := get(t, c, path, "If-None-Match", tag)
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s: answered %d with %d bytes to the tag it gave", path, again.Code, again.Body.Len())
		}
	}
}

func TestGzip(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	for _, path := range []string{"/page/app.js", "/api/v1/plants"} {
		plain := get(t, c, path)
		for accepts, want := range map[string]string{"gzip, br": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": "", "gzip; q=0.0": ""} {
			w := get(t, c, path, "Accept-Encoding", accepts)
			if got := w.Header().Get("Content-Encoding"); got != want {
				t.Errorf("%s: Accept-Encoding %q gave %q, want %q", path, accepts, got, want)
			}
			if want != "gzip" {
				continue
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(z)
			if err != nil || string(body) != plain.Body.String() {
				t.Errorf("%s: unzipped is not the plain answer (%v)", path, err)
			}
		}
	}
	if w := get(t, c, "/healthz", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("three bytes were gzipped")
	}
}

func TestPageNamesOnlyItself(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), nil)
	index := get(t, c, "/").Body.String()
	if strings.Contains(index, "style=") || strings.Contains(index, "onclick") || strings.Contains(index, "<script>") || !strings.Contains(index, "<noscript>") {
		t.Error("the page has inline script or style, or no noscript text")
	}
	for _, name := range []string{"app.js", "dom.js", "flow.js", "format.js", "gauges.js", "link.js", "quality.js", "tables.js", "trends.js", "style.css", "icon.svg"} {
		w := get(t, c, "/page/"+name)
		body := strings.ReplaceAll(w.Body.String(), "http://www.w3.org/2000/svg", "")
		if w.Code != 200 || strings.Contains(body, "http://") || strings.Contains(body, "https://") || strings.Contains(body, "innerHTML") {
			t.Errorf("%s: answered %d, or it names another host or writes markup", name, w.Code)
		}
	}
}

// event is one server-sent event.
type event struct{ name, data string }

// events reads a live stream until it ends.
func events(t *testing.T, body io.Reader) <-chan event {
	t.Helper()
	out := make(chan event, 100)
	go func() {
		defer close(out)
		var e event
		for lines := bufio.NewScanner(body); lines.Scan(); {
			switch key, value, _ := strings.Cut(lines.Text(), ": "); key {
			case "event":
				e.name = value
			case "data":
				out <- event{e.name, value}
			}
		}
	}()
	return out
}

// next waits for an event of the name.
func next(t *testing.T, from <-chan event, name string) event {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case e, open := <-from:
			if !open {
				t.Fatalf("the stream ended before an event %q", name)
			}
			if e.name == name {
				return e
			}
		case <-timeout:
			t.Fatalf("no event %q in a minute", name)
		}
	}
}

// serve runs a console on a free port and returns its URL and a stop that
// waits for it to end.
func serve(t *testing.T, c *console.Console) (base string, stop func() error) {
	t.Helper()
	l, err := console.Listen(t.Context(), ":0")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Errorf("an address without a host listens on %s", l.Addr())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.ServeListener(ctx, l) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String(), stop
}

// open starts a live stream over a connection of its own.
func open(t *testing.T, base string) <-chan event {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", base+"/api/v1/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Body.Close() })
	if w.StatusCode != 200 || w.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("live: answered %d, %s", w.StatusCode, w.Header.Get("Content-Type"))
	}
	return events(t, w.Body)
}

func TestLiveTellsEachPlantAndTheTime(t *testing.T) {
	store := newFakeStore(time.Now)
	base, stop := serve(t, newConsole(store, func(d *console.Deps) { d.LiveEvery = 10 * time.Millisecond }))
	from := open(t, base)
	for _, plant := range []string{"pyro1", "htl1", "lf1"} {
		var now struct{ Plant string }
		if err := json.Unmarshal([]byte(next(t, from, "now").data), &now); err != nil || now.Plant != plant {
			t.Errorf("event now is of %q (%v), want %q", now.Plant, err, plant)
		}
	}
	var clock struct{ Time time.Time }
	if err := json.Unmarshal([]byte(next(t, from, "clock").data), &clock); err != nil || time.Since(clock.Time).Abs() > time.Minute {
		t.Errorf("clock %v (%v)", clock.Time, err)
	}
	next(t, from, "now") // values move on

	store.broken.Store(true)
	if e := next(t, from, "trouble"); !strings.Contains(e.data, "malformed") {
		t.Errorf("trouble: %s", e.data)
	}
	store.broken.Store(false)
	if e := next(t, from, "trouble"); !strings.Contains(e.data, `"error":""`) {
		t.Errorf("end of trouble: %s", e.data)
	}

	begin := time.Now()
	if err := stop(); err != nil {
		t.Errorf("shut down: %v", err)
	}
	if time.Since(begin) > 4*time.Second {
		t.Error("a live client held the shutdown up")
	}
	for range from { // ends, or the test hangs
	}
}

func TestLiveSaysNothingTwice(t *testing.T) {
	store := newFakeStore(atNoon) // time stands still, so nothing changes
	c := newConsole(store, func(d *console.Deps) { d.LiveEvery = 5 * time.Millisecond })
	base, _ := serve(t, c)
	from := open(t, base)
	for range 3 {
		next(t, from, "now")
	}
	next(t, from, "clock")
	asked := store.asked.Load()
	for store.asked.Load() < asked+30 { // ten more looks at three plants
		time.Sleep(time.Millisecond)
	}
	for len(from) > 0 {
		if e := <-from; e.name != "clock" {
			t.Errorf("event %s though nothing has changed", e.name)
		}
	}
}

func TestLiveClientsShareOneLook(t *testing.T) {
	store := newFakeStore(atNoon)
	c := newConsole(store, func(d *console.Deps) { d.LiveEvery = time.Hour })
	base, _ := serve(t, c)
	for range 5 {
		from := open(t, base)
		for range 3 {
			next(t, from, "now")
		}
	}
	if n := store.asked.Load(); n != 4 {
		t.Errorf("five clients made %d questions to the projection, want 4: plants, and now of each", n)
	}
	if n := c.Stats.LiveClients.Load(); n != 5 {
		t.Errorf("%d live clients counted, want 5", n)
	}
}

func TestLiveClientsAreLimited(t *testing.T) {
	c := newConsole(newFakeStore(atNoon), func(d *console.Deps) { d.LiveClients = 1 })
	base, _ := serve(t, c)
	next(t, open(t, base), "clock")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	w, err := (&http.Client{Transport: transport}).Get(base + "/api/v1/live")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if w.StatusCode != 503 || w.Header.Get("Retry-After") == "" {
		t.Errorf("second client: %d", w.StatusCode)
	}
}

// A client that reads nothing is cut off; it holds up nobody and is counted.
func TestSlowLiveClientIsDropped(t *testing.T) {
	c := newConsole(newFakeStore(time.Now), func(d *console.Deps) {
		d.LiveEvery, d.LiveWait = time.Millisecond, 50*time.Millisecond
	})
	base, _ := serve(t, c)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if err := slow.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(slow, "GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	for c.Stats.LiveDropped.Load() == 0 {
		if time.Now().After(deadline) {
			t.Fatal("a client that reads nothing was not dropped in two minutes")
		}
		time.Sleep(5 * time.Millisecond)
	}
	next(t, open(t, base), "now") // another one is served
}

func TestListenSaysWhatToDo(t *testing.T) {
	if _, err := console.Listen(t.Context(), "8080"); err == nil || !strings.Contains(err.Error(), "write host:port") {
		t.Errorf("address without a colon: %v", err)
	}
	l, err := console.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := console.Listen(t.Context(), l.Addr().String()); err == nil || !strings.Contains(err.Error(), "free the port") {
		t.Errorf("port in use: %v", err)
	}
}

// Whatever is asked, the console answers JSON with a status of its own and
// does not fail.
func FuzzAsk(f *testing.F) {
	for _, path := range []string{"/api/v1/rollups?tag=pyro1/char/moisture&from=2026-11-09T11:00:00Z", "/api/v1/plants/a%2Fb/now", "/page/..%2f", "/api/v1/batches?limit=9;x", "/%"} {
		f.Add(path)
	}
	c := newConsole(newFakeStore(atNoon), nil)
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI("/" + strings.TrimLeft(path, "/"))
		if err != nil || strings.HasPrefix(u.Path, "/api/v1/live") {
			t.Skip()
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, &http.Request{Method: "GET", URL: u, Host: "localhost", Header: http.Header{}, RemoteAddr: "127.0.0.1:1"})
		if w.Code >= 500 {
			t.Errorf("%q: answered %d %s", path, w.Code, w.Body)
		}
		if w.Code >= 400 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: %d without JSON: %s", path, w.Code, w.Body)
		}
	})
}

func BenchmarkPlants(b *testing.B) {
	c := newConsole(newFakeStore(atNoon), nil)
	r := httptest.NewRequest("GET", "http://localhost/api/v1/plants", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
