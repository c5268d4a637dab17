package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/suite"
)

// The char scale began to read 4.1 % high, 150 hours before the demo. The
// console, the command and Prometheus tell the same of it, to the last digit.
func TestBalanceIsTheSameEverywhere(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	dir, live := t.TempDir(), free(t)
	demo := start(t, delivered(t, "nielu"), "demo", "--dir", dir, "--listen", live, "--fault", "pyro1/char/mass_total=scale:4.1@150h")
	began := time.Now().UTC().Add(-150 * time.Hour)
	eventually(t, 3*patience, "the demo states its lot", func() bool { return strings.Contains(demo.talk.String(), "nielu-audit verify") })
	eventually(t, 3*patience, "all of the past is computed", func() bool {
		waiting, ok := counter(live, "nielu_projection_waiting_windows")
		return ok && waiting == 0
	})
	demo.stop(t)
	console, centre := alone(t, dir)
	defer centre.stop(t)

	for _, plant := range []string{"pyro1", "htl1", "lf1"} {
		for newestOf(t, console, plant) != comparePlant(t, dir, console, plant) {
			t.Log("a window came to its end meanwhile: once more")
		}
	}
	var listed struct {
		Lots     []struct{ Name string }
		Findings []diagnosis.Finding
	}
	ask(t, console, "/api/v1/plants/pyro1/periods", &listed)
	if len(listed.Lots) < 6 || len(listed.Findings) != 1 {
		t.Fatalf("periods of pyro1: %d lots, findings %+v", len(listed.Lots), listed.Findings)
	}
	f := listed.Findings[0]
	if late := time.Unix(0, f.Since).Sub(began); f.Instrument != "WT-301" || f.Percent == nil || math.Abs(*f.Percent-4.1) > 0.5 || late.Abs() > 12*time.Hour {
		t.Errorf("found: %s, %s after the scale began to err", f.Text, late)
	}
	t.Log(f.Text)
	lot := listed.Lots[len(listed.Lots)-2].Name // the last whole one
	reportedAlike(t, dir, console, "pyro1", "lot="+lot, "--lot", lot)
	to := time.Now().UTC().Truncate(24 * time.Hour)
	from := to.Add(-48 * time.Hour).Format(time.RFC3339)
	reportedAlike(t, dir, console, "pyro1", "from="+from+"&to="+to.Format(time.RFC3339), "--from", from, "--to", to.Format(time.RFC3339))
}

type newestAnswer struct{ From, To time.Time }

func newestOf(t *testing.T, console, plant string) newestAnswer {
	t.Helper()
	var p struct{ Newest *newestAnswer }
	if ask(t, console, "/api/v1/plants/"+plant+"/periods", &p); p.Newest == nil {
		t.Fatalf("%s has no window that is over", plant)
	}
	return *p.Newest
}

// comparePlant compares what the metrics say of the newest window with its
// report, and returns that window.
func comparePlant(t *testing.T, dir, console, plant string) newestAnswer {
	t.Helper()
	w := newestOf(t, console, plant)
	from, to := w.From.Format(time.RFC3339), w.To.Format(time.RFC3339)
	r := reportedAlike(t, dir, console, plant, "from="+from+"&to="+to, "--from", from, "--to", to)
	want := map[string]float64{
		fmt.Sprintf("nielu_balance_window_end_timestamp_seconds{plant=%q}", plant): float64(w.To.Unix()),
		fmt.Sprintf("nielu_balance_findings{plant=%q}", plant):                     float64(len(r.Findings)),
	}
	if b := &r.Balance; b.Refused == "" {
		want[fmt.Sprintf("nielu_balance_degrees_of_freedom{plant=%q}", plant)] = float64(b.DF)
	}
	if b := &r.Balance; b.Passed != nil {
		want[fmt.Sprintf("nielu_balance_gamma{plant=%q}", plant)] = b.Gamma
		want[fmt.Sprintf("nielu_balance_critical{plant=%q}", plant)] = *b.Critical
	}
	for _, b := range r.Raw.Budgets() {
		if b.Closure != nil {
			want[fmt.Sprintf("nielu_balance_closure_ratio{basis=%q,plant=%q}", b.Name, plant)] = *b.Closure
		}
	}
	for _, x := range r.Balance.Readings {
		if x.Z != nil && x.Tag != "" {
			want[fmt.Sprintf("nielu_balance_reading_z{instrument=%q,plant=%q,reading=%q,tag=%q}", x.Instrument, plant, x.Name, x.Tag)] = *x.Z
		}
	}
	for _, f := range r.Findings {
		labels := fmt.Sprintf("{instrument=%q,plant=%q,tag=%q,unit=%q}", f.Instrument, plant, f.Tag, f.Unit)
		want["nielu_balance_suspect"+labels], want["nielu_balance_suspect_error"+labels] = f.Z, f.Size
		want["nielu_balance_suspect_since_timestamp_seconds"+labels] = float64(f.Since) / 1e9
	}
	got := balanceSamples(t, console, plant)
	for sample, v := range want {
		if has, ok := got[sample]; !ok || has != v {
			t.Errorf("%s is %v (%v), the report says %v", sample, has, ok, v)
		}
		delete(got, sample)
	}
	for sample, v := range got {
		t.Errorf("%s %v is not in the report", sample, v)
	}
	t.Logf("%s: %d figures of Prometheus are those of the report of %s", plant, len(want), from)
	return w
}

// balanceSamples returns what Prometheus is told of a plant's balances.
func balanceSamples(t *testing.T, console, plant string) map[string]float64 {
	t.Helper()
	body, ok := get(console, "/metrics")
	if !ok {
		t.Fatalf("GET /metrics: %s", body)
	}
	all := map[string]float64{}
	for _, m := range regexp.MustCompile(`(?m)^(nielu_balance_\w+\{.*\}) (\S+)$`).FindAllStringSubmatch(string(body), -1) {
		if strings.Contains(m[1], fmt.Sprintf("plant=%q", plant)) {
			all[m[1]] = must[float64](t)(strconv.ParseFloat(m[2], 64))
		}
	}
	return all
}

// reportedAlike asks API and command for the same report and compares their bytes.
func reportedAlike(t *testing.T, dir, console, plant, query string, args ...string) (r pipeline.PeriodReport) {
	t.Helper()
	answer, ok := get(console, "/api/v1/plants/"+plant+"/balance?"+query)
	if !ok {
		t.Fatalf("balance of %s, %s: %s", plant, query, answer)
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	code := 0
	if len(r.Findings) > 0 || r.Balance.Passed != nil && !*r.Balance.Passed {
		code = 1
	}
	printed := run(t, "nielu", append([]string{"balance", "-c", filepath.Join(dir, "nielu.yaml"), "--json", "--plant", plant}, args...)...).ends(t, code).out
	if a, b := bytes.TrimSpace(answer), []byte(strings.TrimSpace(printed)); !bytes.Equal(a, b) {
		t.Errorf("%s, %s: the API and the command differ\n%s", plant, query, difference(a, b))
	}
	return r
}
