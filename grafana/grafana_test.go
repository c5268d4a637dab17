// Package grafana holds dashboards, alert rules and provisioning for Grafana,
// all of it data. Its tests fill a real InfluxDB with the product's own writer
// and run every query as Grafana would send it.
package grafana

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/projection/influxtest"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/suite"
)

const site = "demo-park"

// silent is the tag of each pilot that brings nothing for a while, and how
// long before the end.
var silent = map[string]measure.Tag{
	"pyro1": "pyro1/kiln/temperature_2", "htl1": "htl1/reactor/temperature", "lf1": "lf1/flare/temperature",
}

const (
	silentFrom = 90 * time.Minute
	silentTo   = 60 * time.Minute
)

// pilots reads the plant files. The dashboard of a plant is named after its process.
func pilots(t *testing.T) []*flowsheet.Plant {
	t.Helper()
	var all []*flowsheet.Plant
	for plant := range silent {
		file := filepath.Join("..", "configs", "plants", plant+".yaml")
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := flowsheet.Parse(file, body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

type dashboard struct {
	file       string
	UID        string
	Title      string
	Refresh    string
	Templating struct {
		List []struct {
			Name, Type, Query string
			Datasource        datasource
			Current           struct{ Value any }
		}
	}
	Panels []panel
}

type datasource struct{ Type, UID string }

type panel struct {
	ID          int
	Type, Title string
	Datasource  datasource
	Interval    string
	TimeFrom    string
	Repeat      string
	GridPos     struct{ X, Y, W, H int }
	FieldConfig struct {
		Defaults struct {
			Unit   string
			Custom struct{ SpanNulls, InsertNulls any }
		}
	}
	Options struct {
		ReduceOptions struct{ Calcs []string }
	}
	Targets []struct {
		RefID        string
		Datasource   datasource
		RawQuery     bool
		ResultFormat string
		Query, Expr  string
	}
}

func dashboards(t *testing.T) []dashboard {
	t.Helper()
	files, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(files) != 4 {
		t.Fatalf("%d dashboards, %v; want 4", len(files), err)
	}
	var all []dashboard
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := dashboard{file: filepath.Base(file)}
		if err := json.Unmarshal(body, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, d)
	}
	return all
}

// sources reads the provisioned data sources: type by uid.
func sources(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		Datasources []struct{ Name, UID, Type, URL string }
	}
	readYAML(t, "provisioning/datasources/nielu.yaml", &file)
	byUID := map[string]string{}
	for _, d := range file.Datasources {
		byUID[d.UID] = d.Type
	}
	return byUID
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestStructure(t *testing.T) {
	sources := sources(t)
	uids := map[string]bool{}
	for _, d := range dashboards(t) {
		if d.UID == "" || d.Title == "" || uids[d.UID] {
			t.Errorf("%s: uid %q or title %q missing or given twice", d.file, d.UID, d.Title)
		}
		uids[d.UID] = true
		ids := map[int]bool{}
		for i, p := range d.Panels {
			at := fmt.Sprintf("%s: panel %d %q", d.file, p.ID, p.Title)
			if p.ID <= 0 || ids[p.ID] || p.Title == "" {
				t.Errorf("%s: id or title missing or given twice", at)
			}
			ids[p.ID] = true
			if p.GridPos.W <= 0 || p.GridPos.H <= 0 || p.GridPos.X < 0 || p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s: does not lie on the grid: %+v", at, p.GridPos)
			}
			for _, o := range d.Panels[:i] {
				if p.GridPos.X < o.GridPos.X+o.GridPos.W && o.GridPos.X < p.GridPos.X+p.GridPos.W &&
					p.GridPos.Y < o.GridPos.Y+o.GridPos.H && o.GridPos.Y < p.GridPos.Y+p.GridPos.H {
					t.Errorf("%s: lies over panel %d", at, o.ID)
				}
			}
			if (len(p.Targets) == 0) != (p.Type == "row") {
				t.Errorf("%s: has %d queries", at, len(p.Targets))
			}
			refs := map[string]bool{}
			for _, target := range p.Targets {
				if refs[target.RefID] || (target.Query == "") == (target.Expr == "") {
					t.Errorf("%s: target %q given twice or without exactly one query", at, target.RefID)
				}
				refs[target.RefID] = true
				if sources[target.Datasource.UID] != target.Datasource.Type || target.Datasource != p.Datasource {
					t.Errorf("%s: data source %+v is not provisioned", at, target.Datasource)
				}
			}
			// A frozen value must not look alive.
			custom := p.FieldConfig.Defaults.Custom
			if (p.Type == "timeseries" || p.Type == "state-timeline") && custom.SpanNulls != false {
				t.Errorf("%s: spans gaps", at)
			}
			if p.Type == "stat" && !slices.Equal(p.Options.ReduceOptions.Calcs, []string{"last"}) {
				t.Errorf("%s: shows %v; lastNotNull and the like show old values as if they were new", at, p.Options.ReduceOptions.Calcs)
			}
			if p.Type == "stat" && strings.Contains(p.Targets[0].Query, "last(") && p.TimeFrom == "" {
				t.Errorf("%s: shows a last value however old", at)
			}
			if (p.Type == "timeseries" || p.Type == "stat") && p.FieldConfig.Defaults.Unit == "" && p.Repeat != "gauge" {
				t.Errorf("%s: has no unit", at)
			}
		}
		for _, v := range d.Templating.List {
			if v.Query == "" || sources[v.Datasource.UID] == "" {
				t.Errorf("%s: variable %s has no query or no data source", d.file, v.Name)
			}
		}
	}
}

// The metrics a dashboard names must be ones that the product or Prometheus
// itself gives: all of ours come in through the variables.
func TestPrometheusQueriesAreGeneric(t *testing.T) {
	known := regexp.MustCompile(`^(up|process_\w+|rate|job|instance|\w*__\w+)$`)
	names := regexp.MustCompile(`[a-zA-Z_:][\w:]*`)
	n := 0
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				expr := regexp.MustCompile(`"[^"]*"|\$\w+`).ReplaceAllString(target.Expr, "")
				for _, name := range names.FindAllString(expr, -1) {
					n++
					if !known.MatchString(name) {
						t.Errorf("%s: panel %d: %s names %s", d.file, p.ID, target.Expr, name)
					}
				}
			}
		}
	}
	if n == 0 {
		t.Fatal("no PromQL found")
	}
}

// fill writes three hours of each pilot up to now through store and writer.
func fill(t *testing.T, now time.Time) *influxtest.Server {
	t.Helper()
	server := influxtest.Start(t)
	store, err := projection.Open(t.Context(), filepath.Join(t.TempDir(), "projection.sqlite"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	end := now.Truncate(time.Minute)
	for _, plant := range pilots(t) {
		results := projection.Results{Plant: plant.ID, Site: plant.Site}
		for _, plan := range plant.Tags {
			tag := plan.Tag
			var rollups []rollup.Rollup
			for at := end.Add(-3 * time.Hour); !at.After(end); at = at.Add(time.Minute) {
				r := rollup.Rollup{Tag: tag, From: at.UnixNano(), Quality: measure.BadBecause(measure.NoReply)}
				if age := end.Sub(at); tag != silent[plant.ID] || age > silentFrom || age <= silentTo {
					v := value(tag, at)
					r = rollup.Rollup{Tag: tag, From: at.UnixNano(), Count: 60, Mean: v, Average: v, Min: v - .1, Max: v + .1, Last: v, Coverage: 1, Quality: measure.GoodQuality}
					if plan.Counter {
						r.Total = 0.4
					}
				}
				rollups = append(rollups, r)
			}
			results.Tags = append(results.Tags, projection.TagRollups{Tag: tag, Unit: plan.Unit, Rollups: rollups})
		}
		for i, ratio := range []float64{0.97, 1.02, 0.99} {
			from := end.Truncate(time.Hour).Add(time.Duration(i-3) * time.Hour)
			window := measure.Interval{From: from, To: from.Add(time.Hour)}
			results.Closures = append(results.Closures, closureOf(plant.ID, window, ratio))
			results.Balances = append(results.Balances, reconciledWindow(plant, window))
		}
		if err := store.Put(t.Context(), results); err != nil {
			t.Fatal(err)
		}
	}
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(server.Token), 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := projection.NewInflux(store, projection.InfluxConfig{URL: server.URL, Bucket: server.Bucket, TokenFile: token}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := writer.Stats.DeadLetters.Load(); n != 0 {
		t.Fatalf("%d lines refused", n)
	}
	return server
}

func value(tag measure.Tag, at time.Time) float64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(tag)) // a hash takes everything
	base := float64(h.Sum32()%400) + 10
	return base + 5*math.Sin(float64(at.Unix())/900)
}

func closureOf(plant string, w measure.Interval, ratio float64) pipeline.Closure {
	budget := func(in float64, unit string) closure.Budget {
		return closure.Budget{In: in, Out: in * ratio, Closure: &ratio, Complete: true, Unit: unit}
	}
	return pipeline.Closure{Closure: closure.Closure{Plant: plant, Interval: w, From: w.From.UnixNano(), To: w.To.UnixNano(),
		Mass: budget(100, "kg"), Carbon: budget(40, "kg"), Energy: budget(1500, "MJ"), Coverage: 1, Quality: measure.GoodQuality}}
}

// reconciledWindow is a window whose global test failed: every stream has a value,
// and every tag a check.
func reconciledWindow(plant *flowsheet.Plant, w measure.Interval) reconciled.Reconciliation {
	critical, failed, sd, z, bias := 5.99, false, 0.5, 3.2, 1.1
	r := reconciled.Reconciliation{Plant: plant.ID, Interval: w, From: w.From.UnixNano(), To: w.To.UnixNano(), Windows: 1, Running: true, Steady: true,
		DF: 2, Gamma: 7.5, Critical: &critical, Passed: &failed}
	for i, s := range plant.Streams {
		rate := float64(10 + i)
		r.Sums = append(r.Sums, reconciled.Sum{Stream: s.ID, Kind: flowsheet.MassBalance, Unit: "kg/h", Status: reconcile.Redundant, Reconciled: &rate, SD: &sd})
	}
	for _, plan := range plant.Tags {
		v := value(plan.Tag, w.From)
		x := reconciled.Reading{Status: reconcile.Redundant, Reconciled: &v, SD: &sd, Z: &z, Bias: &bias}
		x.Name, x.Tag, x.Instrument, x.Unit, x.Value = "tag_"+string(plan.Tag), plan.Tag, "WT-1", plan.Unit.String(), &v
		r.Readings = append(r.Readings, x)
	}
	r.Suspects = append(r.Suspects, r.Readings[0].Name)
	return r
}

// expand does to a query what Grafana does: variables, then macros.
func expand(query string, vars map[string]string, from, to time.Time, step time.Duration) string {
	for name, value := range vars {
		query = regexp.MustCompile(`\$(`+name+`\b|\{`+name+`(:\w+)?\})`).ReplaceAllLiteralString(query, value)
	}
	filter := fmt.Sprintf("time >= %dms and time <= %dms", from.UnixMilli(), to.UnixMilli())
	return strings.NewReplacer("$timeFilter", filter,
		"$__interval_ms", fmt.Sprint(step.Milliseconds()),
		"$__interval", fmt.Sprintf("%ds", int(step.Seconds())),
		"$interval", fmt.Sprintf("%ds", int(step.Seconds()))).Replace(query)
}

// step is the interval Grafana chooses: the range over the points that fit,
// no less than the panel allows.
func step(t *testing.T, span time.Duration, least string) time.Duration {
	t.Helper()
	chosen := max(time.Second, (span / 1200).Truncate(time.Second))
	if least == "" {
		return chosen
	}
	return max(chosen, parse(t, least))
}

func parse(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var unexpanded = regexp.MustCompile(`\$[a-zA-Z_{]`)

func TestEveryQueryReturnsData(t *testing.T) {
	suite.Slow(t)
	now := time.Now().UTC()
	server, plants := fill(t, now), pilots(t)
	for _, d := range dashboards(t) {
		i := slices.IndexFunc(plants, func(p *flowsheet.Plant) bool { return p.Process+".json" == d.file })
		if i < 0 {
			continue // of Prometheus
		}
		plant := plants[i]
		vars := map[string]string{"site": site, "plant": plant.ID}
		for _, v := range d.Templating.List {
			answer := server.MustQuery(t, expand(v.Query, vars, now, now, time.Minute))
			if len(answer) != 1 || len(answer[0].Values) != 1 || answer[0].Values[0][1] != vars[v.Name] || v.Current.Value != vars[v.Name] {
				t.Errorf("%s: variable %s offers %v, want only %s", d.file, v.Name, answer, vars[v.Name])
			}
		}
		shown := map[measure.Tag]bool{}
		silences := 0
		for _, p := range d.Panels {
			span := 3 * time.Hour
			if p.TimeFrom != "" {
				span = parse(t, p.TimeFrom)
			}
			for _, target := range p.Targets {
				query := expand(target.Query, vars, now.Add(-span), now, step(t, span, p.Interval))
				if unexpanded.MatchString(query) {
					t.Errorf("%s: panel %d %q: Grafana knows no such variable: %s", d.file, p.ID, p.Title, query)
				}
				answer, err := server.Query(t.Context(), query)
				if err != nil {
					t.Errorf("%s: panel %d %q: %v", d.file, p.ID, p.Title, err)
					continue
				}
				values, gaps := 0, 0
				for _, series := range answer {
					tag := measure.Tag(series.Tags["tag"])
					if !spoken(query) {
						shown[tag] = true
					}
					for _, row := range series.Values {
						if row[1] != nil {
							values++
						} else if tag == silent[plant.ID] {
							gaps++
						}
					}
				}
				if values == 0 {
					t.Errorf("%s: panel %d %q: no data from %s", d.file, p.ID, p.Title, query)
				}
				if gaps > 0 && !spoken(query) {
					silences++
					if gaps < 29 {
						t.Errorf("%s: panel %d %q: %d empty minutes, the instrument was silent for 30", d.file, p.ID, p.Title, gaps)
					}
				}
				for _, m := range regexp.MustCompile(`"tag" = '\$plant/([^']+)'`).FindAllStringSubmatch(target.Query, -1) {
					shown[measure.Tag(plant.ID+"/"+m[1])] = true
				}
			}
		}
		if silences == 0 {
			t.Errorf("%s: no panel shows that %s was silent", d.file, silent[plant.ID])
		}
		for _, plan := range plant.Tags {
			if !shown[plan.Tag] {
				t.Errorf("%s: no panel shows %s", d.file, plan.Tag)
			}
		}
	}
}

// spoken tells whether a query is of quality, coverage or whole windows: what
// a silent instrument still has, and what every tag has.
func spoken(query string) bool {
	return strings.Contains(query, `"nielu_instrument"`) || strings.Contains(query, `"coverage"`) || strings.Contains(query, `min("quality")`)
}

type alerts struct {
	Groups []struct {
		Name  string
		Rules []struct {
			UID, Title, Condition string
			Data                  []struct {
				RefID             string                 `yaml:"refId"`
				DatasourceUID     string                 `yaml:"datasourceUid"`
				RelativeTimeRange struct{ From, To int } `yaml:"relativeTimeRange"`
				Model             struct {
					Type, Expression, Query, Expr string
					IntervalMs                    int `yaml:"intervalMs"`
				}
			}
		}
	}
}

// exported lists the metrics of the centre, by its source.
func exported(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../centre/metrics/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("metrics of the centre: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(nielu_\w+)"`).FindAllStringSubmatch(string(body), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// Each plant's dashboard has a row on its balances, from all that is written of them.
func TestBalanceRow(t *testing.T) {
	for _, d := range dashboards(t) {
		if d.UID == "nielu-agents" {
			continue
		}
		i := slices.IndexFunc(d.Panels, func(p panel) bool { return p.Type == "row" && p.Title == "Balance" })
		if i < 0 {
			t.Errorf("%s: has no row Balance", d.file)
			continue
		}
		queries := ""
		for _, p := range d.Panels[i+1:] {
			for _, target := range p.Targets {
				queries += target.Query
			}
		}
		for _, of := range []string{`"nielu_balance"`, `"nielu_reconciled"`, `"nielu_instrument"`} {
			if !strings.Contains(queries, of) {
				t.Errorf("%s: no panel of the row shows %s", d.file, of)
			}
		}
	}
}

func TestAlertRules(t *testing.T) {
	suite.Slow(t)
	now := time.Now().UTC()
	server := fill(t, now)
	sources := sources(t)
	var file alerts
	readYAML(t, "provisioning/alerting/nielu.yaml", &file)
	rules := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			rules++
			refs := map[string]bool{"": true}
			for _, data := range rule.Data {
				refs[data.RefID] = true
				if data.DatasourceUID == "__expr__" {
					if !refs[data.Model.Expression] || data.Model.Expression == "" {
						t.Errorf("%s: %s works on %q, which is not before it", rule.UID, data.RefID, data.Model.Expression)
					}
					continue
				}
				if sources[data.DatasourceUID] == "prometheus" {
					if !slices.Contains(exported(t), data.Model.Expr) {
						t.Errorf("%s: the centre exports no %q", rule.UID, data.Model.Expr)
					}
					continue
				}
				if sources[data.DatasourceUID] != "influxdb" {
					t.Errorf("%s: data source %s is not provisioned", rule.UID, data.DatasourceUID)
				}
				query := expand(data.Model.Query, nil, now.Add(-time.Duration(data.RelativeTimeRange.From)*time.Second), now, time.Duration(data.Model.IntervalMs)*time.Millisecond)
				if unexpanded.MatchString(query) {
					t.Errorf("%s: %s", rule.UID, query)
				}
				answer, err := server.Query(t.Context(), query)
				if err != nil || len(answer) < len(silent) {
					t.Errorf("%s: %d series, %v, from %s", rule.UID, len(answer), err, query)
				}
			}
			if !refs[rule.Condition] || rule.Condition == "" || rule.Title == "" {
				t.Errorf("%s: condition %q is none of its steps", rule.UID, rule.Condition)
			}
		}
	}
	if rules == 0 {
		t.Fatal("no rules found")
	}
}
