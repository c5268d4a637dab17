package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nielu/nielu/program/metrics"
)

func scrape(t *testing.T, r *metrics.Registry) string {
	t.Helper()
	h, err := r.Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("scrape answered %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wants(t *testing.T, body string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+body, "\n"+line+"\n") {
			t.Errorf("scrape has no line %q", line)
		}
	}
}

func TestScrapeReadsTheClosures(t *testing.T) {
	r := metrics.New()
	scans, lag := 7.0, 0.25
	r.Counter("nielu_agent_scans_total", "Scans accepted.", metrics.Labels{"site": "demo-park", "agent": "gw-pyro1"}, func() float64 { return scans })
	r.Counter("nielu_agent_scans_total", "Scans accepted.", metrics.Labels{"site": "demo-park", "agent": "gw-htl1"}, func() float64 { return 3 })
	r.Gauge("nielu_intake_lag_seconds", "Age of the newest batch.", nil, func() float64 { return lag })
	r.Family(metrics.Gauge, "nielu_tag_value", "Latest value.", []string{"tag", "unit"}, func(emit metrics.Emit) {
		emit(98.4, "pyro1/feed/mass_flow", "kg/h")
		emit(-3, `odd"tag`, "Cel")
	})
	wants(t, scrape(t, r),
		`# TYPE nielu_agent_scans_total counter`,
		`nielu_agent_scans_total{agent="gw-pyro1",site="demo-park"} 7`,
		`nielu_agent_scans_total{agent="gw-htl1",site="demo-park"} 3`,
		`# TYPE nielu_intake_lag_seconds gauge`,
		`nielu_intake_lag_seconds 0.25`,
		`nielu_tag_value{tag="pyro1/feed/mass_flow",unit="kg/h"} 98.4`,
		`nielu_tag_value{tag="odd\"tag",unit="Cel"} -3`)
	scans = 8
	body := scrape(t, r)
	wants(t, body, `nielu_agent_scans_total{agent="gw-pyro1",site="demo-park"} 8`)
	for _, name := range []string{"go_goroutines ", "process_start_time_seconds "} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("scrape lacks %s", name)
		}
	}
}

func TestWrongNamesAreToldAllAtOnce(t *testing.T) {
	r := metrics.New()
	zero := func() float64 { return 0 }
	r.Counter("nielu_scans", "Help.", nil, zero)
	r.Gauge("nielu_lag_ms", "Help.", nil, zero)
	r.Gauge("scans", "Help.", nil, zero)
	r.Gauge("nielu_fine", "", metrics.Labels{"Bad-Label": "x"}, zero)
	_, err := r.Handler()
	if err == nil {
		t.Fatal("wrong names were taken")
	}
	for _, want := range []string{
		`metric "nielu_scans": a counter's name ends in _total`,
		`ms is not a base unit; use seconds`,
		`metric "scans": a name is lower_snake_case and starts with nielu_`,
		`it needs a help text`,
		`label "Bad-Label"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestOneWrongFamilyDoesNotSpoilTheScrape(t *testing.T) {
	r := metrics.New()
	r.Gauge("nielu_good_ratio", "Good.", nil, func() float64 { return 1 })
	r.Family(metrics.Gauge, "nielu_wrong_ratio", "Emits too few labels.", []string{"tag"}, func(emit metrics.Emit) { emit(1) })
	body := scrape(t, r)
	wants(t, body, "nielu_good_ratio 1")
	if strings.Contains(body, "nielu_wrong_ratio{") {
		t.Error("a value without its labels was exported")
	}
}
