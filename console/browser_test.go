package console_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/suite"
)

// held serves the console with one picture more on its page, which arrives
// only after the given time: Chromium writes the document down when the page
// has loaded, and that is then.
func held(t *testing.T, c http.Handler, wait time.Duration) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			page := httptest.NewRecorder()
			r.Header.Del("Accept-Encoding")
			c.ServeHTTP(page, r)
			maps.Copy(w.Header(), page.Header())
			_, _ = io.WriteString(w, strings.Replace(page.Body.String(), "</body>", `<img src="/hold.svg" alt="" hidden></body>`, 1))
		case "/hold.svg":
			select {
			case <-time.After(wait):
			case <-r.Context().Done():
			}
			w.Header().Set("Content-Type", "image/svg+xml")
			_, _ = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg"/>`)
		default:
			c.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// show renders a page until it says all that is wanted, each time with more
// patience, and returns the last document, its text and the browser's console.
func show(t *testing.T, c http.Handler, hash string, wants []string) (dom, text, talk string) {
	t.Helper()
	for wait := 1500 * time.Millisecond; wait < 15*time.Second; wait *= 3 {
		dom, talk = render(t, held(t, c, wait)+"/"+hash)
		dom = regexp.MustCompile(`(?s)<noscript>.*?</noscript>`).ReplaceAllString(dom, "")
		text = plain(dom)
		missing := slices.IndexFunc(wants, func(want string) bool { return !strings.Contains(text, want) })
		if missing < 0 {
			break
		}
	}
	return dom, text, talk
}

// render loads a page in a headless Chromium and returns the document as it
// stands when the page has loaded, and what it wrote to the console.
func render(t *testing.T, address string) (dom, talk string) {
	t.Helper()
	browser := ""
	for _, name := range []string{os.Getenv("NIELU_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("SKIPPED, THE PAGE IS NOT TESTED: no chromium on the PATH; install it, or name it in NIELU_CHROMIUM")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, browser,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr", "--v=0",
		"--user-data-dir="+t.TempDir(), "--window-size=1400,1000", "--dump-dom", address)
	c.WaitDelay = 5 * time.Second
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, log.String())
	}
	var said []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			said = append(said, line)
		}
	}
	return out.String(), strings.Join(said, "")
}

// plain is the text of a document, without its markup.
func plain(dom string) string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(dom, " ")
	return strings.Join(strings.Fields(text), " ")
}

func TestPageInBrowser(t *testing.T) {
	suite.Slow(t)
	for _, test := range []struct {
		name  string
		hash  string
		store func(*fakeStore)
		wants []string
		never []string
	}{
		{
			"overview", "#/", nil,
			[]string{
				"Slow pyrolysis pilot", "Hydrothermal liquefaction pilot", "Landfill-biochar pilot", "18 of 23 good", "2 stale",
				"pyro1/gas/ch4", "bad: no reply", "The instrument did not answer in time.", "uncertain: calibration overdue",
				"gw-pyro1", "pyro1-2026-w45", "5.871", "Eligible under its method", "Not eligible", "Indicative only: the formulas give 5.127", "one is missing", "Live ·", "kg/h", "Instruments to look at", "reads 4.1 % high since Tuesday",
			},
			[]string{"No readings yet", "NaN", "undefined", "[object", "Connection lost"},
		},
		{
			"plant", "#/pyro1", nil,
			[]string{
				"Slow pyrolysis pilot", "Rotary kiln, externally heated", "feed", "useful heat", "char", "kg/h", "m³(N)/h", "°C",
				"Replace or calibrate WT-301 pyro1/char/mass_flow: reads 4.1 % high since Tuesday 2026-11-03 06:00", "Error +0.988 ± 0.024 kg/h",
				"The readings contradict each other beyond their stated uncertainties.", "γ 12.4, at most 5.99 is expected of 2 checks", "No laboratory value for char carbon",
				"20.75 ± 0.15 kg/h", "43.21 ± 0.31 kg/h", "not measured, the balances give it", "SUSPECT", "what was followed over weeks, above, is surer", "Newest window", "pyro1-2026-w45,", "29.55 ± 0.52", "never added to removals", "no gas analysis",
				"no readings", "uncertain: partial", "coverage 87 %", "hall/temperature", "bad: stale", "12 min", "WT-101", "Mass", "Carbon", "Energy",
			},
			[]string{"NaN", "undefined", "[object", "Connection lost"},
		},
		{
			"unknown flows", "#/lf1?tags=lf1/cover/ch4_flux", nil,
			[]string{"Landfill-biochar pilot", "cover emission", "not known", "biochar: no carbon: the lot has no value char_carbon", "and 1 more", "bad: service", "Not tested. Not reconciled: the process did not run."},
			[]string{"NaN", "undefined", "[object"},
		},
		{
			"nothing read yet", "#/htl1", func(f *fakeStore) { f.empty = true },
			[]string{"Hydrothermal liquefaction pilot", "No readings yet: the first window closes a minute after the agent's first batch.", "No batches yet.", "No statements yet.", "No balance yet: the first is made when a window of an hour is over", "no readings in this time", "no reading yet"},
			[]string{"NaN", "undefined", "[object", "bad: stale"},
		},
		{
			"a lot", "#/pyro1?period=lot%3Apyro1-2026-w45", nil,
			[]string{"Lot pyro1-2026-w45 ·", "Do the readings agree?"},
			[]string{"NaN", "undefined", "[object"},
		},
		{
			"a lot that is not there", "#/pyro1?period=lot%3Anone", nil,
			[]string{"not found: lot none", "see the laboratory files"},
			[]string{"NaN", "undefined", "[object"},
		},
		{
			"nothing checks anything", "#/htl1", nil,
			[]string{"Nothing checks anything: no reading is redundant.", "Nobody can be accused", "nielu check names the additional instruments"},
			[]string{"NaN", "undefined", "[object"},
		},
		{
			"no plants", "#/", func(f *fakeStore) { f.plants = nil },
			[]string{"No plants yet", "nielu demo"},
			[]string{"NaN", "undefined"},
		},
		{
			"words of others stay words", "#/pyro1", func(f *fakeStore) {
				f.plants[0].Name = `<img src=x onerror="console.error('ran')">`
				f.plants[0].Tags[0].About = `</td><script>console.error('ran')</script>`
			},
			[]string{`&lt;img src=x onerror=`, `&lt;script&gt;`},
			[]string{`<img src="x"`, "<img src=x"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := newFakeStore(time.Now)
			if test.store != nil {
				test.store(store)
			}
			dom, text, talk := show(t, newConsole(store, nil), test.hash, test.wants)
			if talk != "" {
				t.Errorf("the browser's console is not empty:\n%s", talk)
			}
			for _, want := range test.wants {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			for _, never := range test.never {
				if strings.Contains(text, never) || strings.Contains(dom, never) {
					t.Errorf("the page says %q", never)
				}
			}
			if t.Failed() {
				t.Logf("the page says: %s", text)
			}
		})
	}
}

// What cannot be read is said, and not drawn.
func TestPageInBrowserWithBrokenProjection(t *testing.T) {
	store := newFakeStore(time.Now)
	store.broken.Store(true)
	wants := []string{"No answer from the centre", "database disk image is malformed", "nielu rebuild"}
	_, text, _ := show(t, newConsole(store, nil), "", wants)
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
}
