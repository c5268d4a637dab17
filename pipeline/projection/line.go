package projection

import (
	"math"
	"strconv"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// line builds one record of InfluxDB's line protocol. Names of measurements
// and of keys are ours and need no escapes; values of tags may.
type line struct{ buf []byte }

func (l *line) start(measurement string) { l.buf = append(l.buf[:0], measurement...) }

// tag adds a tag; an empty one is left out, as the protocol has none.
func (l *line) tag(key, value string) {
	if value == "" {
		return
	}
	l.buf = append(l.buf, ',')
	l.buf = append(l.buf, key...)
	l.buf = append(l.buf, '=')
	for _, c := range []byte(value) {
		if c == ' ' || c == ',' || c == '=' {
			l.buf = append(l.buf, '\\')
		}
		l.buf = append(l.buf, c)
	}
}

// fields ends the tags. Every field adds a comma behind it, which stamp takes off again.
func (l *line) fields() { l.buf = append(l.buf, ' ') }

// float adds a field, unless the value is not a number: the protocol cannot say it.
func (l *line) float(key string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	l.buf = append(append(l.buf, key...), '=')
	l.buf = append(strconv.AppendFloat(l.buf, value, 'g', -1, 64), ',')
}

func (l *line) integer(key string, value int64) {
	l.buf = append(append(l.buf, key...), '=')
	l.buf = append(strconv.AppendInt(l.buf, value, 10), 'i', ',')
}

func (l *line) text(key, value string) {
	l.buf = append(append(l.buf, key...), '=', '"')
	for _, c := range []byte(value) {
		if c == '"' || c == '\\' {
			l.buf = append(l.buf, '\\')
		}
		l.buf = append(l.buf, c)
	}
	l.buf = append(l.buf, '"', ',')
}

// quality adds the level as a number (0 bad, 1 uncertain, 2 good) and the
// quality with its reason in words.
func (l *line) quality(q measure.Quality) {
	l.integer("quality", int64(q.Level))
	l.text("quality_text", q.String())
}

// stamp ends the record with its time, a Unix nanosecond written in whole seconds.
func (l *line) stamp(at int64) string {
	l.buf[len(l.buf)-1] = ' '
	l.buf = strconv.AppendInt(l.buf, at/1e9, 10)
	return string(l.buf)
}

// rollup adds the fields of a rollup to its head. A rollup that is not usable
// has no numbers: what is not known must not be drawn.
func (l *line) rollup(r rollup.Rollup) string {
	if r.Quality.Usable() {
		l.float("mean", r.Mean)
		l.float("min", r.Min)
		l.float("max", r.Max)
		l.float("last", r.Last)
		l.float("total", r.Total)
	}
	l.integer("count", int64(r.Count))
	l.float("coverage", r.Coverage)
	l.quality(r.Quality)
	return l.stamp(r.From)
}

// fieldsOfRollup tells, a bit each, which fields the line of a rollup has that
// another one may lack.
func fieldsOfRollup(r rollup.Rollup) (present uint8) {
	values := [...]float64{r.Coverage, r.Mean, r.Min, r.Max, r.Last, r.Total}
	for i, value := range values {
		if !math.IsNaN(value) && !math.IsInf(value, 0) && (i == 0 || r.Quality.Usable()) {
			present |= 1 << i
		}
	}
	return present
}
