package projection

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// line encodes records of InfluxDB's line protocol, one at a time: a start,
// tags, fields, a stamp.
type line struct{ encoder lineprotocol.Encoder }

func (l *line) start(measurement string) {
	l.encoder.SetLax(true) // a server that does not take what a name says answers so
	l.encoder.SetPrecision(lineprotocol.Second)
	l.encoder.Reset()
	l.encoder.StartLine(measurement)
}

// tag adds a tag; an empty one is left out, as the protocol has none.
func (l *line) tag(key, value string) {
	if value != "" {
		l.encoder.AddTag(key, value)
	}
}

// float adds a field, unless the value is not a number: the protocol cannot say it.
func (l *line) float(key string, value float64) {
	if v, ok := lineprotocol.FloatValue(value); ok {
		l.encoder.AddField(key, v)
	}
}

func (l *line) integer(key string, value int64) {
	l.encoder.AddField(key, lineprotocol.IntValue(value))
}

func (l *line) text(key, value string) {
	if v, ok := lineprotocol.StringValue(value); ok {
		l.encoder.AddField(key, v)
	}
}

// quality adds the level as a number (0 bad, 1 uncertain, 2 good) and the
// quality with its reason in words.
func (l *line) quality(q measure.Quality) {
	l.integer("quality", int64(q.Level))
	l.text("quality_text", q.String())
}

// stamp ends the record with its time, a Unix nanosecond written in whole seconds.
func (l *line) stamp(at int64) string {
	l.encoder.EndLine(time.Unix(0, at))
	return string(bytes.TrimSuffix(l.encoder.Bytes(), []byte("\n")))
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

// linePoint is what a line says of its point: where it belongs, and its fields.
type linePoint struct {
	measurement string
	tags        map[string]string
	fields      []string
	at          int64 // Unix nanosecond
}

// parseLine reads a line that was encoded here.
func parseLine(text string) (p linePoint, err error) {
	d := lineprotocol.NewDecoderWithBytes([]byte(text))
	if !d.Next() {
		return p, fmt.Errorf("no line of InfluxDB: %q", text)
	}
	measurement, err := d.Measurement()
	if err != nil {
		return p, err
	}
	p.measurement, p.tags = string(measurement), map[string]string{}
	for key, value, err := d.NextTag(); key != nil || err != nil; key, value, err = d.NextTag() {
		if err != nil {
			return p, err
		}
		p.tags[string(key)] = string(value)
	}
	for key, _, err := d.NextField(); key != nil || err != nil; key, _, err = d.NextField() {
		if err != nil {
			return p, err
		}
		p.fields = append(p.fields, string(key))
	}
	at, err := d.Time(lineprotocol.Second, time.Time{})
	p.at = at.UnixNano()
	return p, err
}

// name tells the point from others: its series and its time.
func (p linePoint) name() string {
	return fmt.Sprintf("%s %q %d", p.measurement, p.tags, p.at)
}

// pointOf names the point of a line. One that cannot be read is by itself.
func pointOf(text string) string {
	p, err := parseLine(text)
	if err != nil {
		return text
	}
	return p.name()
}
