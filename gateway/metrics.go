package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/program/metrics"
)

// serveMetrics answers Prometheus at the configured address, if there is one,
// until ctx ends.
func (g *Gateway) serveMetrics(ctx context.Context) error {
	if g.Config.Metrics == "" {
		return nil
	}
	handler, err := g.metrics()
	if err != nil {
		return err
	}
	listener := g.listen(ctx)
	if listener == nil {
		return nil
	}
	g.Log.Info("metrics", "address", "http://"+listener.Addr().String()+"/metrics")
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", handler)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// listen takes the metrics' address, once it is free: readings are worth more
// than figures about them. It returns nil when ctx ends.
func (g *Gateway) listen(ctx context.Context) net.Listener {
	for said := false; ; said = true {
		listener, err := net.Listen("tcp", g.Config.Metrics)
		if err == nil {
			return listener
		}
		if !said {
			g.Log.Error("no metrics: the address cannot be used; it is tried again every half minute, and readings are kept meanwhile. Give another address under metrics, or end what uses it", "error", err)
		}
		select {
		case <-time.After(30 * time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *Gateway) metrics() (http.Handler, error) {
	m := metrics.New()
	counter := func(name, help string, n *atomic.Uint64) {
		m.Counter(name, help, nil, func() float64 { return float64(n.Load()) })
	}
	gauge := func(name, help string, n *atomic.Int64) {
		m.Gauge(name, help, nil, func() float64 { return float64(n.Load()) })
	}
	s, u := &g.Spool.Stats, &g.Uplink.Stats
	counter("nielu_spool_appended_total", "Scans kept on disk.", &s.Appended)
	counter("nielu_spool_sealed_total", "Batches sealed.", &s.Sealed)
	counter("nielu_spool_trimmed_total", "Batches forgotten on a receipt.", &s.Trimmed)
	counter("nielu_spool_refused_total", "Scans refused for want of room.", &s.Refused)
	counter("nielu_spool_damaged_total", "Damaged places found and set aside.", &s.Damaged)
	gauge("nielu_spool_bytes", "Bytes on disk.", &s.Bytes)
	gauge("nielu_spool_waiting_batches", "Sealed batches without a receipt.", &s.Waiting)
	m.Gauge("nielu_spool_oldest_timestamp_seconds", "Time of the oldest scan held, 0 for none.", nil, func() float64 { return float64(s.Oldest.Load()) / 1e9 })
	counter("nielu_uplink_published_total", "Batches published.", &u.Published)
	counter("nielu_uplink_receipts_total", "Receipts that trimmed the spool.", &u.Receipts)
	counter("nielu_uplink_bad_receipts_total", "Receipts that the centre's key did not sign.", &u.BadReceipts)
	counter("nielu_uplink_failures_total", "Connections refused or lost.", &u.Failures)
	m.Gauge("nielu_uplink_last_receipt_timestamp_seconds", "Time of the last receipt, 0 for none.", nil, func() float64 { return float64(u.LastReceipt.Load()) / 1e9 })
	g.busMetrics(m)
	g.topicMetrics(m)
	return m.Handler()
}

// busMetrics exports what happened with each instrument.
func (g *Gateway) busMetrics(m *metrics.Registry) {
	family := func(name, help string, count func(*polling.InstrumentStats) *atomic.Uint64) {
		m.Family(metrics.Counter, name, help, []string{"bus", "instrument"}, func(emit metrics.Emit) {
			for _, bus := range g.Poller.Stats.Buses {
				for _, in := range bus.Instruments {
					emit(float64(count(in).Load()), bus.Bus, in.Instrument)
				}
			}
		})
	}
	family("nielu_modbus_requests_total", "Requests made.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.Requests })
	family("nielu_modbus_replies_total", "Requests answered.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.Replies })
	family("nielu_modbus_timeouts_total", "Requests not answered in time.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.Timeouts })
	family("nielu_modbus_exceptions_total", "Requests refused by the instrument.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.Exceptions })
	family("nielu_modbus_busy_total", "Requests answered with busy or a failure that may pass.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.Busy })
	family("nielu_modbus_out_of_step_total", "Requests whose reply might have been that to an earlier one.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.OutOfStep })
	family("nielu_modbus_framing_total", "Replies that broke the protocol.", func(s *polling.InstrumentStats) *atomic.Uint64 { return &s.Framing })
}
