package view_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/centre/centretest"
	"github.com/nielu/nielu/centre/metrics"
	"github.com/nielu/nielu/centre/view"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/suite"
)

// Before anything has come there is nothing to see, and that is no error: lists
// are empty and not null.
func TestAnEmptyCentre(t *testing.T) {
	w := centretest.New(t)
	w.CatchUp()
	v := view.New(w.Store, w.Archive)
	book, err := view.BookOf(t.Context(), w.Archive, centretest.Plant)
	if text, _ := json.Marshal(book); err != nil || string(text) != `{"plant":"pyro1","lots":[],"records":[],"changes":[],"problems":[],"calibrations":[],"statements":[],"refused":[]}` {
		t.Errorf("%s, %v", text, err)
	}
	periods, err := v.Periods(t.Context(), centretest.Plant)
	if text, _ := json.Marshal(periods); err != nil || string(text) != `{"plant":"pyro1","every":3600,"newest":null,"findings":[],"lots":[],"campaigns":[]}` {
		t.Errorf("%s, %v", text, err)
	}
	if status, err := v.Status(t.Context(), w.Config.Plants[0]); err != nil || status != nil {
		t.Errorf("%+v, %v", status, err)
	}
	if all, err := v.Statements(t.Context(), ""); err != nil || all == nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	for _, q := range []archive.Query{{Plant: "none"}, {Plant: centretest.Plant, Lot: "none"}, {Plant: centretest.Plant, Campaign: "none"}} {
		if _, err := v.Report(t.Context(), q); !errors.Is(err, archive.ErrNoPeriod) {
			t.Errorf("%+v: %v", q, err)
		}
		if _, err := v.Picture(t.Context(), q, 0); !errors.Is(err, archive.ErrNoPeriod) {
			t.Errorf("picture of %+v: %v", q, err)
		}
	}
	if _, err := v.Periods(t.Context(), "none"); !errors.Is(err, archive.ErrNoPeriod) {
		t.Error(err)
	}
}

// An hour of a plant, its lot and its statement, as people see them.
func TestAnHour(t *testing.T) {
	suite.Slow(t)
	w := centretest.New(t)
	w.Deliver()
	w.Analyse()
	w.CatchUp()
	v := view.New(w.Store, w.Archive)
	lot := archive.Query{Plant: centretest.Plant, Lot: centretest.Lot}

	book, err := view.BookOf(t.Context(), w.Archive, centretest.Plant)
	if err != nil || len(book.Lots) != 1 || book.Lots[0].Lot != centretest.Lot || book.Lots[0].Packed != nil || len(book.Statements) != 1 || book.Statements[0].State != "sealed" || book.Statements[0].Net != nil {
		t.Errorf("%+v, %v", book, err)
	}
	for _, plant := range []string{"", centretest.Plant} {
		all, err := v.Statements(t.Context(), plant)
		if err != nil || len(all) != 1 || all[0].Lot != centretest.Lot || all[0].Digest != book.Statements[0].Digest || all[0].State != "sealed" || len(all[0].Acts) != 1 || all[0].Index != book.Statements[0].Leaf {
			t.Errorf("of %q: %+v, %v", plant, all, err)
		}
	}
	periods, err := v.Periods(t.Context(), centretest.Plant)
	if err != nil || len(periods.Lots) != 1 || !periods.Lots[0].From.Equal(w.Hour.From) || periods.Newest == nil || !periods.Newest.From.Equal(w.Hour.From) {
		t.Errorf("%+v, %v", periods, err)
	}

	report, err := v.Report(t.Context(), lot)
	if err != nil || report.Interval != w.Hour {
		t.Fatalf("%+v, %v", report.Interval, err)
	}
	computed, err := w.Archive.Balance(t.Context(), lot, nil)
	if err != nil || text(t, report) != text(t, computed.Report) {
		t.Errorf("the projections and the log report another balance, %v\n%s\n%s", err, text(t, report), text(t, computed.Report))
	}
	if svg, err := v.Picture(t.Context(), lot, 0); err != nil || !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("%.40s, %v", svg, err)
	}
	none := len(report.Findings) + 1
	var missing view.NoFinding
	if _, err := v.Picture(t.Context(), lot, none); !errors.As(err, &missing) || missing.Asked != none {
		t.Errorf("finding %d: %v", none, err)
	}
	status, err := v.Status(t.Context(), w.Config.Plants[0])
	if err != nil || status == nil || status.Interval != w.Hour || status.Closure.Mass.Closure == nil {
		t.Fatalf("of %s: mass %+v, %v", status.Interval, status.Closure.Mass, err)
	}
	if again, err := v.Status(t.Context(), w.Config.Plants[0]); err != nil || again != status {
		t.Error("the status is made anew though nothing has changed")
	}

	handler, err := metrics.Handler(metrics.Sources{Intake: w.Intake, Broker: w.Broker, Evidence: w.Evidence, Store: w.Store, Worker: w.Worker, SetAside: &w.SetAside, Plants: w.Config.Plants, View: v})
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	handler.ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		"nielu_log_leaves ", "nielu_projection_statements_total 1\n", `nielu_balance_closure_ratio{basis="mass",plant="pyro1"} `, `nielu_tag_value{plant="pyro1",tag="pyro1/feed/mass_flow",unit="kg/h"} `,
		`nielu_balance_window_end_timestamp_seconds{plant="pyro1"} `, `nielu_intake_refused_total{reason="signature"} 0`, "nielu_broker_denied_total 0",
	} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("no metric %s", want)
		}
	}
	if strings.Contains(page.Body.String(), "nielu_influx_") {
		t.Error("metrics of an InfluxDB that there is not")
	}
}

// text is what a report prints.
func text(t *testing.T, r pipeline.PeriodReport) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Of an instrument with several calibrations the last one counts.
func TestLastDue(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	calibration := func(plant, instrument string, until int) (c lots.Calibration) {
		c.Plant, c.Instrument, c.Interval.To = plant, instrument, at(until)
		return c
	}
	due := view.LastDue([]lots.Calibration{calibration("p", "WT-1", 5), calibration("p", "WT-1", 9), calibration("p", "WT-1", 7), calibration("q", "WT-1", 3)})
	if len(due) != 2 || due[view.Instrument{Plant: "p", ID: "WT-1"}] != at(9) || due[view.Instrument{Plant: "q", ID: "WT-1"}] != at(3) {
		t.Errorf("%v", due)
	}
}
