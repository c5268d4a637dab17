// Package metrics exports numbers to Prometheus and is the one place that
// knows its client library. The rest of the product counts in plain atomic
// integers; at wiring time each is named once here, with a closure that reads
// it when Prometheus asks:
//
//	m := metrics.New()
//	m.Counter("nielu_agent_scans_total", "Scans accepted by the spool.", nil, func() float64 { ... })
//	handler, err := m.Handler()
//
// Names start with nielu_ and carry base units (seconds, bytes, celsius,
// kilograms); a counter's ends in _total. A name that does not is an error of
// [Registry.Handler], and so is one given twice.
package metrics

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Labels are fixed labels of one metric, by name.
type Labels map[string]string

// Kind tells whether a family counts up or goes both ways.
type Kind uint8

// The kinds.
const (
	Gauge Kind = iota
	Counter
)

// Registry holds the metrics of one program. Make it with [New].
type Registry struct {
	prometheus *prometheus.Registry
	faults     []error
}

// New returns a registry that already exports the process and the Go runtime.
func New() *Registry {
	r := &Registry{prometheus: prometheus.NewRegistry()}
	r.register("process", collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.register("go", collectors.NewGoCollector())
	return r
}

// Counter exports read as a counter: it starts at 0 with the program and never falls.
func (r *Registry) Counter(name, help string, labels Labels, read func() float64) {
	r.Family(Counter, name, help, slices.Sorted(maps.Keys(labels)), one(labels, read))
}

// Gauge exports read as a gauge.
func (r *Registry) Gauge(name, help string, labels Labels, read func() float64) {
	r.Family(Gauge, name, help, slices.Sorted(maps.Keys(labels)), one(labels, read))
}

func one(labels Labels, read func() float64) func(emit Emit) {
	values := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		values = append(values, labels[name])
	}
	return func(emit Emit) { emit(read(), values...) }
}

// Emit reports one value of a family; the label values are in the order of
// the family's label names.
type Emit func(value float64, labelValues ...string)

// Family exports as many values as collect emits at each scrape, one for each
// set of label values: tags of a plant, instruments of a bus. The same family
// may be given more than once, for instance once for each agent, if its kind,
// help and label names agree and no set of label values repeats.
func (r *Registry) Family(kind Kind, name, help string, labelNames []string, collect func(emit Emit)) {
	if err := check(kind, name, help, labelNames); err != nil {
		r.faults = append(r.faults, fmt.Errorf("metric %q: %w", name, err))
		return
	}
	r.register(name, &family{
		kind:    kind,
		desc:    prometheus.NewDesc(name, help, labelNames, nil),
		collect: collect,
	})
}

func (r *Registry) register(name string, c prometheus.Collector) {
	if err := r.prometheus.Register(c); err != nil {
		r.faults = append(r.faults, fmt.Errorf("metric %q: %w", name, err))
	}
}

// Handler answers scrapes, or returns all that is wrong with the metrics
// given so far. A fault found only while collecting spoils its own family and
// not the scrape.
func (r *Registry) Handler() (http.Handler, error) {
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return promhttp.HandlerFor(r.prometheus, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError,
		Registry:      r.prometheus,
	}), nil
}

// family is a collector around a closure.
type family struct {
	kind    Kind
	desc    *prometheus.Desc
	collect func(emit Emit)
}

// Describe sends nothing: an unchecked collector, so that a family may be
// given in several parts. The registry checks the parts at each scrape.
func (f *family) Describe(chan<- *prometheus.Desc) {}

func (f *family) Collect(out chan<- prometheus.Metric) {
	kind := prometheus.GaugeValue
	if f.kind == Counter {
		kind = prometheus.CounterValue
	}
	f.collect(func(value float64, labelValues ...string) {
		m, err := prometheus.NewConstMetric(f.desc, kind, value, labelValues...)
		if err != nil {
			m = prometheus.NewInvalidMetric(f.desc, err)
		}
		out <- m
	})
}

// check holds a metric to the naming rules of Prometheus and of this product.
func check(kind Kind, name, help string, labelNames []string) error {
	plain := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	var errs []error
	if !plain.MatchString(name) || !strings.HasPrefix(name, "nielu_") {
		errs = append(errs, errors.New("a name is lower_snake_case and starts with nielu_"))
	}
	if total := strings.HasSuffix(name, "_total"); total != (kind == Counter) {
		errs = append(errs, errors.New("a counter's name ends in _total, a gauge's does not"))
	}
	for part := range strings.SplitSeq(name, "_") {
		if base := baseUnit(part); base != "" {
			errs = append(errs, fmt.Errorf("%s is not a base unit; use %s", part, base))
		}
	}
	if help == "" {
		errs = append(errs, errors.New("it needs a help text"))
	}
	for _, label := range labelNames {
		if !plain.MatchString(label) {
			errs = append(errs, fmt.Errorf("label %q is not lower_snake_case", label))
		}
	}
	return errors.Join(errs...)
}

// baseUnit returns what to use instead of a word that is no base unit. Hours
// and minutes are let through: the product counts windows by these names.
func baseUnit(word string) string {
	switch word {
	case "ms", "milliseconds", "us", "microseconds", "ns", "nanoseconds":
		return "seconds"
	case "kb", "mb", "gb", "kib", "mib", "gib", "kilobytes", "megabytes", "bits":
		return "bytes"
	case "percent":
		return "ratio"
	case "grams", "tonnes", "tons", "mg":
		return "kilograms"
	case "kwh", "mwh":
		return "joules"
	case "kw", "mw":
		return "watts"
	}
	return ""
}
