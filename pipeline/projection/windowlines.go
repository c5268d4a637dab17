package projection

import (
	"encoding/json"
	"slices"
	"strings"

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
		l.fields()
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
func loses(before, after []string) bool {
	held := make(map[string][]string, len(after))
	for _, line := range after {
		held[pointOf(line)] = fieldsOf(line)
	}
	return slices.ContainsFunc(before, func(line string) bool {
		now := held[pointOf(line)]
		return slices.ContainsFunc(fieldsOf(line), func(key string) bool { return !slices.Contains(now, key) })
	})
}

// pointOf returns a line without its fields.
func pointOf(line string) string {
	head, _ := cutPoint(line)
	return head + line[strings.LastIndexByte(line, ' '):]
}

// cutPoint returns what stands before the fields of a line, and the fields.
func cutPoint(line string) (head, fields string) {
	end := strings.LastIndexByte(line, ' ')
	for i := 1; i < end; i++ {
		if line[i] == ' ' && line[i-1] != '\\' {
			return line[:i], line[i+1 : end]
		}
	}
	return line[:end], ""
}

// fieldsOf returns the keys of a line's fields.
func fieldsOf(line string) (keys []string) {
	_, fields := cutPoint(line)
	for quoted, start, i := false, 0, 0; i < len(fields); i++ {
		switch c := fields[i]; {
		case quoted && c == '\\':
			i++ // what stands behind it is text
		case c == '"':
			quoted = !quoted
		case !quoted && c == '=':
			keys = append(keys, fields[start:i])
		case !quoted && c == ',':
			start = i + 1
		}
	}
	return keys
}
