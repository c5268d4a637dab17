package projection

import (
	"encoding/json"
	"slices"

	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/closure"
)

// windowMeasurements is what the points of a balance window are measurements of.
var windowMeasurements = []string{"nielu_closure", "nielu_balance", "nielu_reconciled", "nielu_instrument"}

// windowLines are the records of a balance window, raw and reconciled, as it is stored.
func windowLines(site string, body, packed []byte) (lines []string, err error) {
	var closure pipeline.Closure
	if err := json.Unmarshal(body, &closure); err != nil {
		return nil, err
	}
	var l line
	for _, b := range closure.Budgets() {
		l.start("nielu_closure")
		l.tag("component", b.Name)
		l.tag("plant", closure.Plant)
		l.tag("site", site)
		l.tag("unit", b.Unit)
		lines = append(lines, l.closure(closure, b.Budget))
	}
	balance, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	return append(lines, balanceLines(site, balance)...), nil
}

// closure adds the fields of one budget. A budget with a hole in it has no ratio.
func (l *line) closure(c pipeline.Closure, b closure.Budget) string {
	l.float("in", b.In)
	l.float("out", b.Out)
	l.float("accumulation", b.Accumulation)
	if b.Closure != nil {
		l.float("ratio", *b.Closure)
	}
	complete := int64(0)
	if b.Complete {
		complete = 1
	}
	l.integer("complete", complete)
	l.float("coverage", c.Coverage)
	l.quality(c.Quality)
	return l.stamp(c.From)
}

// loses tells whether a server that took the lines before holds a point or a
// field that the lines after do not write over.
func loses(before, after []string) (bool, error) {
	fields := map[string][]string{} // by point
	for _, text := range after {
		p, err := parseLine(text)
		if err != nil {
			return false, err
		}
		fields[p.name()] = p.fields
	}
	for _, text := range before {
		p, err := parseLine(text)
		if err != nil {
			return false, err
		}
		now := fields[p.name()]
		if slices.ContainsFunc(p.fields, func(key string) bool { return !slices.Contains(now, key) }) {
			return true, nil
		}
	}
	return false, nil
}
