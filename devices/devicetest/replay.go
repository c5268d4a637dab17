package devicetest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nielu/nielu/measure"
)

// Replay is a recorded CSV file played back as an instrument: row by row in
// the order of the file, with the times at which it was recorded. Served over
// Modbus, a row stays until Pace has passed and it has been read at least
// once; published over MQTT, until Pace has passed and the broker took it. A
// cell without a value is sent as NaN, or the point's "no value" code, and
// left out of a message.
type Replay struct {
	// Pace is how long a row is shown at least. 0 is as fast as it is read.
	Pace time.Duration
	// Progress, if not nil, is told after each row how many of all are done.
	Progress func(done, total int)

	file    string
	spec    replaySpec
	columns []column
	zone    *time.Location
	rows    []row

	mu        sync.Mutex
	at        int             // the row on show
	since     time.Time       // when it came on show; zero until the first request
	asked     map[string]bool // the connections that were answered with the whole row
	confirmed int             // how many rows were read
	done      chan struct{}
	closed    bool
}

// replaySpec is the YAML map of a recorded file.
type replaySpec struct {
	Replay     string     `yaml:"replay"`     // name, of the profile too
	About      string     `yaml:"about"`      // what was recorded, by whom, under which licence
	Plant      string     `yaml:"plant"`      // first segment of each tag
	Instrument string     `yaml:"instrument"` // tag number of the stand-in instrument
	Unit       int        `yaml:"unit"`       // Modbus unit id, 1 unless given
	File       string     `yaml:"file"`       // the recorded file, below the data folder
	Separator  string     `yaml:"separator"`  // "," unless given
	Decimals   string     `yaml:"decimals"`   // point (unless given) or comma
	Skip       int        `yaml:"skip"`       // lines before the header line
	Time       timeSpec   `yaml:"time"`
	Topic      string     `yaml:"topic"`   // publish as JSON on this topic instead of Modbus
	Columns    columnList `yaml:"columns"` // header of a column -> what it is
}

type timeSpec struct {
	Column string `yaml:"column"` // header; "" is the column without one
	Layout string `yaml:"layout"` // Go's reference time, or unix, unix-ms
	Zone   string `yaml:"zone"`   // IANA name or offset as +02:00; UTC unless given; no use for unix
}

type columnSpec struct {
	Tag   string `yaml:"tag"`
	Unit  string `yaml:"unit"`
	Type  string `yaml:"type"`  // float64 unless given; float32, int16, uint16, int32, uint32
	Scale string `yaml:"scale"` // value of one count, with unit, as in "0.1 kg"; only for whole numbers

	// Conditions at which a recorded gas volume was stated. The register holds
	// the number as recorded; the profile's scale brings it to 0 Cel and
	// 101325 Pa, so that Unit is one of normal volume.
	Conditions *conditions `yaml:"conditions"`
}

type conditions struct {
	Temperature string `yaml:"temperature"` // absolute, as in 292.15 K
	Pressure    string `yaml:"pressure"`    // absolute, as in 0.966 bar
}

// normal returns the normal volume of one volume at the conditions:
//
//	V_N/V = (P/101325 Pa)·(273.15 K/T)
func (c *conditions) normal() (float64, error) {
	t, err := quantityIn(c.Temperature, "K")
	if err != nil {
		return 0, fmt.Errorf("conditions: temperature: %w", err)
	}
	p, err := quantityIn(c.Pressure, "Pa")
	if err != nil {
		return 0, fmt.Errorf("conditions: pressure: %w", err)
	}
	if t <= 0 || p <= 0 {
		return 0, fmt.Errorf("conditions: %s and %s must be absolute and above 0", c.Temperature, c.Pressure)
	}
	return p / 101325 * 273.15 / t, nil
}

func quantityIn(text, unit string) (float64, error) {
	q, err := measure.ParseQuantity(text)
	if err != nil {
		return 0, err
	}
	u, err := measure.ParseUnit(unit)
	if err != nil {
		return 0, err
	}
	return q.In(u)
}

// columnList keeps the order of the file.
type columnList []columnEntry

type columnEntry struct {
	header string
	columnSpec
}

// UnmarshalYAML reads a mapping in its order.
func (l *columnList) UnmarshalYAML(data []byte) error {
	var items yaml.MapSlice
	if err := yaml.Unmarshal(data, &items); err != nil {
		return err
	}
	for _, item := range items {
		header, ok := item.Key.(string)
		if !ok {
			header = fmt.Sprint(item.Key)
		}
		part, err := yaml.Marshal(item.Value)
		if err != nil {
			return err
		}
		var spec columnSpec
		if err := yaml.UnmarshalWithOptions(part, &spec, yaml.Strict()); err != nil {
			return fmt.Errorf("column %q: %w", header, err)
		}
		*l = append(*l, columnEntry{header, spec})
	}
	return nil
}

type column struct {
	header  string
	tag     measure.Tag
	unit    string
	kind    kind
	count   float64 // value of one count
	scale   string
	address uint16
	index   int // in the CSV
}

type row struct {
	at    time.Time
	cells []float64 // NaN: no value
}

// Registers of a replayed instrument: clock, row number, columns.
const (
	replayClock = 0 // 4 registers, Unix milliseconds
	replayFirst = 4
)

// ParseReplay reads the map of a recorded file. Load brings the recording.
func ParseReplay(file string, data []byte) (*Replay, error) {
	r := &Replay{file: file, asked: map[string]bool{}, done: make(chan struct{})}
	if err := yaml.UnmarshalWithOptions(data, &r.spec, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s:%w", file, err)
	}
	var problems []error
	bad := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: "+format, append([]any{file}, args...)...))
	}
	s := &r.spec
	for what, name := range map[string]string{"replay": s.Replay, "plant": s.Plant} {
		if _, err := measure.ParseName(what, name); err != nil {
			bad("%v", err)
		}
	}
	if s.Unit == 0 {
		s.Unit = 1
	}
	if s.Unit < 1 || s.Unit > 247 {
		bad("unit: must be from 1 to 247, not %d", s.Unit)
	}
	if s.Instrument == "" {
		bad("instrument is missing: the tag number of the instrument that stands in, as in DCS-1")
	}
	if s.Separator == "" {
		s.Separator = ","
	}
	if len([]rune(s.Separator)) != 1 || strings.ContainsAny(s.Separator, "\r\n\"") {
		bad("separator: must be one character, not %q", s.Separator)
	}
	if s.Decimals != "" && s.Decimals != "point" && s.Decimals != "comma" {
		bad("decimals: must be point or comma, not %q", s.Decimals)
	}
	if s.Time.Layout == "" {
		bad("time: layout is missing: unix, unix-ms or a layout as in 2006-01-02 15:04:05")
	}
	var err error
	if r.zone, err = parseZone(s.Time.Zone); err != nil {
		bad("time: %v", err)
	}
	if len(s.Columns) == 0 {
		bad("columns: names no column")
	}
	if s.Topic != "" && slices.ContainsFunc(s.Columns, func(c columnEntry) bool {
		return c.Type != "" || c.Scale != "" || c.Conditions != nil
	}) {
		bad("topic: a message carries numbers as recorded: type, scale and conditions are for registers")
	}
	address := uint16(replayFirst)
	for _, c := range s.Columns {
		parsed, err := parseColumn(c.header, c.columnSpec, s.Plant)
		if err != nil {
			bad("column %q: %v", c.header, err)
		}
		parsed.address = address
		address += parsed.kind.words()
		r.columns = append(r.columns, parsed)
	}
	if address > 125 {
		bad("columns: take %d registers with the clock, one request holds 125: leave some out, or use float32", address)
	}
	return r, errors.Join(problems...)
}

func parseColumn(header string, c columnSpec, plant string) (column, error) {
	out := column{header: header, unit: c.Unit, kind: f64, count: 1, scale: c.Scale}
	tag, err := measure.ParseTag(c.Tag)
	if err != nil {
		return out, err
	}
	out.tag = tag
	if tag.Plant() != plant {
		return out, fmt.Errorf("tag %q is not of plant %s", tag, plant)
	}
	if _, err := measure.ParseUnit(c.Unit); err != nil {
		return out, err
	}
	if c.Type != "" {
		kinds := []kind{f64, f32, i16, u16, i32, u32}
		i := slices.IndexFunc(kinds, func(k kind) bool { return k.String() == c.Type })
		if i < 0 {
			return out, fmt.Errorf("type %q is unknown: use float64, float32, int16, uint16, int32 or uint32", c.Type)
		}
		out.kind = kinds[i]
	}
	whole := out.kind != f64 && out.kind != f32
	switch {
	case whole && c.Scale == "":
		return out, fmt.Errorf("type %s needs a scale: the value of one count, as in scale: 0.1 %s", out.kind, c.Unit)
	case !whole && c.Scale != "":
		return out, fmt.Errorf("scale is for whole numbers, %s has none", out.kind)
	case c.Scale != "" && c.Conditions != nil:
		return out, fmt.Errorf("give scale or conditions, not both")
	case c.Scale != "":
		if out.count, err = quantityIn(c.Scale, c.Unit); err != nil || out.count <= 0 {
			return out, fmt.Errorf("scale %q: must be more than 0, in %s (%v)", c.Scale, c.Unit, err)
		}
	case c.Conditions != nil:
		factor, err := c.Conditions.normal()
		if err != nil {
			return out, err
		}
		if !strings.Contains(c.Unit, "{N}") {
			return out, fmt.Errorf("conditions: unit %q is not one of normal volume, as L{N}/h", c.Unit)
		}
		out.scale = fmt.Sprintf("%.12g %s", factor, c.Unit)
	}
	return out, nil
}

func parseZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if t, err := time.Parse("-07:00", name); err == nil {
		return t.Location(), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, fmt.Errorf("zone %q: not an IANA name as Europe/Helsinki, nor an offset as +02:00", name)
	}
	return zone, nil
}

// Name returns the replay's name, which is its profile's too.
func (r *Replay) Name() string { return r.spec.Replay }

// Plant returns the plant that the recorded tags belong to.
func (r *Replay) Plant() string { return r.spec.Plant }

// Rows returns how many rows were loaded.
func (r *Replay) Rows() int { return len(r.rows) }

// Interval returns the time the loaded rows span, the last one included.
func (r *Replay) Interval() measure.Interval {
	if len(r.rows) == 0 {
		return measure.Interval{}
	}
	w := measure.Interval{From: r.rows[0].at, To: r.rows[0].at}
	for _, row := range r.rows {
		if row.at.Before(w.From) {
			w.From = row.at
		}
		if row.at.After(w.To) {
			w.To = row.at
		}
	}
	w.To = w.To.Add(time.Millisecond)
	return w
}

// Open loads the map's own file from below the folder dir.
func (r *Replay) Open(dir string) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(r.spec.File)))
	if err != nil {
		return fmt.Errorf("replay %s: %w", r.spec.Replay, err)
	}
	defer f.Close()
	return r.Load(r.spec.File, f)
}

// Load reads a recording, named in errors, and puts its rows in order of time,
// as a plant shows them. Whoever reads them takes the time before the first
// reading of an agent for unknown.
func (r *Replay) Load(name string, recording io.Reader) error {
	data, err := io.ReadAll(recording)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for range r.spec.Skip {
		_, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return fmt.Errorf("%s: has fewer than the %d lines to skip", name, r.spec.Skip)
		}
		data = rest
	}
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma = []rune(r.spec.Separator)[0]
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("%s: header line: %w", name, err)
	}
	when, err := r.resolve(name, header)
	if err != nil {
		return err
	}
	r.rows = nil
	for {
		record, err := in.Read()
		if err == io.EOF {
			slices.SortStableFunc(r.rows, func(a, b row) int { return a.at.Compare(b.at) })
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line, _ := in.FieldPos(0)
		parsed, err := r.parseRow(record, when)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, line+r.spec.Skip, err)
		}
		r.rows = append(r.rows, parsed)
	}
}

// resolve finds the time and the mapped columns in the header.
func (r *Replay) resolve(name string, header []string) (when int, err error) {
	find := func(want string) (int, error) {
		i := slices.IndexFunc(header, func(h string) bool { return strings.TrimSpace(h) == want })
		if i < 0 {
			return 0, fmt.Errorf("%s: no column %q; its columns are %q", name, want, header)
		}
		return i, nil
	}
	if when, err = find(r.spec.Time.Column); err != nil {
		return 0, err
	}
	for i := range r.columns {
		if r.columns[i].index, err = find(r.columns[i].header); err != nil {
			return 0, err
		}
	}
	return when, nil
}

func (r *Replay) parseRow(record []string, when int) (row, error) {
	if when >= len(record) {
		return row{}, fmt.Errorf("has no time: %d of %d columns", len(record), when+1)
	}
	at, err := r.parseTime(strings.TrimSpace(record[when]))
	if err != nil {
		return row{}, err
	}
	out := row{at, make([]float64, len(r.columns))}
	for i, c := range r.columns {
		out.cells[i] = math.NaN()
		if c.index >= len(record) {
			continue
		}
		text := strings.TrimSpace(record[c.index])
		if r.spec.Decimals == "comma" {
			text = strings.Replace(text, ",", ".", 1)
		}
		if text == "" {
			continue
		}
		if out.cells[i], err = strconv.ParseFloat(text, 64); err != nil {
			return row{}, fmt.Errorf("column %q: %q is not a number", c.header, text)
		}
	}
	return out, nil
}

func (r *Replay) parseTime(text string) (time.Time, error) {
	switch r.spec.Time.Layout {
	case "unix", "unix-ms":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("time %q is not a whole number", text)
		}
		if r.spec.Time.Layout == "unix" {
			return time.Unix(n, 0).UTC(), nil
		}
		return time.UnixMilli(n).UTC(), nil
	}
	at, err := time.ParseInLocation(r.spec.Time.Layout, text, r.zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q does not look like %q", text, r.spec.Time.Layout)
	}
	return at.UTC(), nil
}
