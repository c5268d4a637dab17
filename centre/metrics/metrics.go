// Package metrics names the counters and the latest values of a centre for
// Prometheus. What a centre consists of goes in, the handler of /metrics comes
// out; a scrape reads projections and counts, and computes nothing that is not
// kept.
//
// Start reading at [Handler].
package metrics

import (
	"net/http"
	"sync/atomic"

	"github.com/nielu/nielu/centre/view"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/program/metrics"
)

// Sources is what is counted and shown.
type Sources struct {
	Intake   *ingest.Intake
	Broker   *broker.Broker // nil: another one is used
	Evidence *writer.Log
	Store    *projection.Store
	Worker   *projection.Worker
	Influx   *projection.Influx // nil: none is used
	SetAside *atomic.Uint64     // projections that were damaged
	Plants   []*flowsheet.Plant
	View     *view.View
}

// Handler answers scrapes of what a centre does and of how its plants are.
func Handler(c Sources) (http.Handler, error) {
	m := metrics.New()
	counter := func(name, help string, n *atomic.Uint64) {
		m.Counter(name, help, nil, func() float64 { return float64(n.Load()) })
	}
	in := &c.Intake.Stats
	counter("nielu_intake_leaves_total", "Leaves of agents taken into the evidence log.", &in.Accepted)
	counter("nielu_intake_bytes_total", "Bytes of those leaves.", &in.Bytes)
	counter("nielu_intake_scans_total", "Scans in those leaves.", &in.Scans)
	counter("nielu_intake_duplicates_total", "Leaves that came again and were answered with the same receipt.", &in.Duplicates)
	m.Family(metrics.Counter, "nielu_intake_refused_total", "Leaves refused and set aside, by reason.", []string{"reason"}, func(emit metrics.Emit) {
		emit(float64(in.Refused.Malformed.Load()), "malformed")
		emit(float64(in.Refused.Identity.Load()), "identity")
		emit(float64(in.Refused.Role.Load()), "role")
		emit(float64(in.Refused.Unknown.Load()), "unknown-agent")
		emit(float64(in.Refused.Signature.Load()), "signature")
		emit(float64(in.Refused.Chain.Load()), "chain")
	})
	counter("nielu_intake_read_failures_total", "Leaves that came again while the evidence log could not be read; their gateways keep them.", &in.ReadFailures)
	counter("nielu_intake_receipts_total", "Receipts sent.", &in.Receipts)
	counter("nielu_intake_failures_total", "Failures of the log or the broker while taking leaves.", &in.Failures)
	if c.Broker != nil {
		m.Counter("nielu_broker_dropped_total", "Messages that the built-in broker dropped because a reader was too slow.", nil, func() float64 { return float64(c.Broker.Dropped()) })
		counter("nielu_broker_denied_total", "Connections, publications and subscriptions that the built-in broker does not allow.", &c.Broker.Stats.Denied)
		counter("nielu_broker_turned_away_total", "Connections that the built-in broker had no room for, or that did not say in time who they are.", &c.Broker.Stats.TurnedAway)
	}
	m.Gauge("nielu_log_leaves", "Leaves of the evidence log.", nil, func() float64 { return float64(c.Evidence.Size()) })

	number := func(name, help string, n *atomic.Int64) {
		m.Counter(name, help, nil, func() float64 { return float64(n.Load()) })
	}
	w := &c.Worker.Stats
	m.Gauge("nielu_projection_cursor", "Next leaf of the log to look at.", nil, func() float64 { return float64(w.Cursor.Load()) })
	m.Gauge("nielu_projection_waiting_windows", "Plant hours that wait to be computed.", nil, func() float64 { return float64(w.DirtyHours.Load()) })
	m.Gauge("nielu_projection_ahead_batches", "Batches that speak of a time ahead of the centre's clock: they wait.", nil, func() float64 { return float64(w.Ahead.Load()) })
	number("nielu_projection_foreign_tags_total", "Tags of which an agent sends readings that does not read them by the plant file; they are refused.", &w.Foreign)
	number("nielu_projection_computed_windows_total", "Plant hours computed.", &w.Computed)
	counter("nielu_projection_set_aside_total", "Projections that were damaged, set aside and made again.", c.SetAside)
	number("nielu_projection_failures_total", "Feeds, computations or writes that failed and are tried again.", &w.Failures)
	number("nielu_projection_statements_total", "Statements asked for.", &w.Statements)
	if c.Influx != nil {
		x := &c.Influx.Stats
		number("nielu_influx_points_total", "Lines that InfluxDB took.", &x.Points)
		number("nielu_influx_failures_total", "Requests to InfluxDB that failed and are tried again.", &x.Failures)
		number("nielu_influx_dead_letters_total", "Lines that InfluxDB refused for what they say.", &x.DeadLetters)
		number("nielu_influx_not_withdrawn_total", "Withdrawals of points that the server has no way to do.", &x.NotWithdrawn)
	}
	plants(m, c)
	balances(m, c)
	return m.Handler()
}
