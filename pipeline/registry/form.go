package registry

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Source is what a form is filled from.
type Source struct {
	Plant      *pipeline.Plant
	Lot        string
	Entries    []custody.Entry      // what people wrote, in the order of the log
	Statements []statement.Standing // of the plant, in the order of the log
}

// Form is what goes to a registry.
type Form struct {
	For       string    `json:"for"`
	Certified bool      `json:"certified"`
	Warnings  []string  `json:"warnings"` // what whoever sends it must read
	Plant     string    `json:"plant"`
	Lot       string    `json:"lot"`
	Statement Statement `json:"statement"`
	Records   []Record  `json:"records"`
	Missing   []Missing `json:"missing"` // fields without a value, and where each is entered
}

// Statement names the statement that a form rests on.
type Statement struct {
	Leaf     uint64 `json:"leaf"`
	Digest   string `json:"digest"`
	State    string `json:"state"`
	Method   string `json:"method"`
	Edition  string `json:"edition"`
	Revision int    `json:"revision"`
}

// Record is one row of a form: a batch, or a unit in its sink.
type Record struct {
	ID     string  `json:"id"`
	Fields []Field `json:"fields"`
}

// Field is one field. Value is a number, a text, true or false, or nil where
// nothing is known. Of a number Deviation is its standard uncertainty in the
// same unit and Samples how many samples it is of; nil and 0 are not known.
type Field struct {
	Name      string   `json:"name"`
	Value     any      `json:"value"`
	Unit      string   `json:"unit,omitempty"`
	Deviation *float64 `json:"std_dev,omitempty"`
	Samples   int      `json:"n,omitempty"`
	From      string   `json:"from,omitempty"`  // what the value is taken from
	Enter     string   `json:"enter,omitempty"` // where a value that is not known is entered
}

// Missing is a field without a value.
type Missing struct {
	Record string `json:"record"`
	Field  string `json:"field"`
	Enter  string `json:"enter"`
}

// Forms are the makers of forms by what they are for.
func Forms() map[string]func(Source) (*Form, error) {
	return map[string]func(Source) (*Form, error){"puro": Puro, "isometric": Isometric, "csink": CSink}
}

// ErrNotStated says that a lot has no statement, or one that claims nothing any more.
var ErrNotStated = errors.New("there is no statement that stands")

// lot is all that is known of a lot, as its statement saw it.
type lot struct {
	Source
	said    *statement.Standing
	book    *custody.Book
	lab     *pipeline.Lab
	made    pipeline.Lot
	ours    bool   // the statement is by the registry's method
	methods string // of the registry
	form    Form
}

// open finds the newest statement of the lot that stands: by the registry's
// method if there is one, else by another.
func open(s Source, name, method string) (*lot, error) {
	l := &lot{Source: s, methods: method}
	for i := range s.Statements {
		x := &s.Statements[i]
		if x.Plant != s.Plant.ID || x.Lot != s.Lot || x.State == statement.Superseded || x.State == statement.Withdrawn {
			continue
		}
		if ours := x.Account.Method == method; l.said == nil || ours || !l.ours {
			l.said, l.ours = x, ours
		}
	}
	if l.said == nil {
		return nil, fmt.Errorf("registry: lot %s of %s: %w; nielu statement list says where each stands", s.Lot, s.Plant.ID, ErrNotStated)
	}
	var until []custody.Entry
	for _, e := range s.Entries {
		if e.Leaf <= l.said.Entered.Last {
			until = append(until, e)
		}
	}
	l.book = custody.Keep(until)
	l.lab = l.book.Lab()
	l.made, _ = l.lab.Lot(s.Lot)
	l.made.Made = statement.Before(s.Statements, l.said.Leaf).Made(s.Plant.ID)
	l.made.Sampling.AnalysesInYear = statement.Analyses(l.made, l.said.Product)
	a := l.said.Account
	l.form = Form{For: name, Certified: l.said.State == statement.Certified, Warnings: []string{}, Plant: s.Plant.ID, Lot: s.Lot, Missing: []Missing{},
		Statement: Statement{l.said.Leaf, "sha256:" + l.said.Digest, string(l.said.State), a.Method, a.Edition, l.said.Revision}}
	if !l.form.Certified {
		l.warn("NOT CERTIFIED: the statement is %s; nobody independent has certified it", l.said.State)
	}
	if !l.ours {
		l.warn("the statement is by %s, not by %s: figures of the account are left empty", a.Method, method)
	}
	if !a.Eligible {
		l.warn("the account is not eligible: it has no net, and says why in its requirements not met")
	}
	return l, nil
}

func (l *lot) warn(format string, args ...any) {
	l.form.Warnings = append(l.form.Warnings, fmt.Sprintf(format, args...))
}

// close lists what is missing.
func (l *lot) close() *Form {
	for _, r := range l.form.Records {
		for _, f := range r.Fields {
			if f.Value == nil {
				l.form.Missing = append(l.form.Missing, Missing{r.ID, f.Name, f.Enter})
			}
		}
	}
	return &l.form
}

// JSON returns the form as JSON.
func (f *Form) JSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	err := e.Encode(f)
	return out.Bytes(), err
}

// CSV returns the form as a table, a field a row. The first rows, which begin
// with "#", say what must be read before it is sent.
func (f *Form) CSV() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{{"#", "for", f.For}, {"#", "plant", f.Plant}, {"#", "lot", f.Lot}, {"#", "statement", fmt.Sprintf("leaf %d, %s, %s, %s", f.Statement.Leaf, f.Statement.Digest, f.Statement.Method, f.Statement.State)}}
	for _, warning := range f.Warnings {
		rows = append(rows, []string{"#", "warning", warning})
	}
	rows = append(rows, []string{"record", "field", "value", "unit", "std_dev", "n", "from", "enter"})
	for _, r := range f.Records {
		for _, x := range r.Fields {
			row := []string{r.ID, x.Name, shown(x.Value), x.Unit, "", "", x.From, x.Enter}
			if x.Deviation != nil {
				row[4] = measure.FormatNumber(*x.Deviation)
			}
			if x.Samples > 0 {
				row[5] = strconv.Itoa(x.Samples)
			}
			rows = append(rows, row)
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	err := w.WriteAll(rows)
	return out.Bytes(), err
}

// harmless keeps a spreadsheet from taking text for a formula; a number below 0 stays.
func harmless(s string) string {
	if s == "" || !slices.Contains([]byte("=+-@\t\r"), s[0]) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

func shown(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case float64:
		return measure.FormatNumber(x)
	}
	return fmt.Sprint(v)
}

// text is a field of words; "" is not known.
func text(name, value, from, enter string) Field {
	f := Field{Name: name}
	if value == "" {
		f.Enter = enter
		return f
	}
	f.Value, f.From = value, from
	return f
}

// number is a field of a number that is known.
func number(name string, value float64, unit, from string) Field {
	return Field{Name: name, Value: value, Unit: unit, From: from}
}

// optional is a field of a number that may not be known.
func optional(name string, value *float64, unit, from, enter string) Field {
	if value == nil {
		return Field{Name: name, Unit: unit, Enter: enter}
	}
	return number(name, *value, unit, from)
}

// outside is a field that nothing here can know.
func outside(name, enter string) Field { return Field{Name: name, Enter: enter} }

// line is a figure of the account by its symbol, under a registry's name.
func (l *lot) line(name, symbol string) Field {
	if !l.ours {
		return Field{Name: name, Enter: fmt.Sprintf("state the lot by %s: method: in the centre's file", l.methods)}
	}
	x, ok := l.said.Account.Line(symbol)
	if !ok {
		return Field{Name: name, Enter: fmt.Sprintf("the account has no line %s; its requirements not met say what it needs", symbol)}
	}
	from := "statement, line " + symbol + ", label " + x.Label
	if choice, ok := x.Choice(); ok {
		return Field{Name: name, Value: choice, From: from}
	}
	return number(name, x.Value, x.Unit, from)
}

// amount is one of the account's sums.
func (l *lot) amount(name string, m *measure.CO2e, of string) Field {
	switch {
	case !l.ours:
		return Field{Name: name, Unit: "t", Enter: fmt.Sprintf("state the lot by %s: method: in the centre's file", l.methods)}
	case m == nil:
		return Field{Name: name, Unit: "t", Enter: "the account has none; its requirements not met say why"}
	}
	return number(name, m.Tonnes(), "t", "statement, "+of)
}

// value is a laboratory value of the product, such as carbon_total.
func (l *lot) value(name, of, unit string) Field {
	key := l.said.Product + "_" + of
	v, ok := l.made.Value(key)
	f := Field{Name: name, Unit: unit}
	if ok {
		if u, err := measure.ParseUnit(unit); err == nil {
			if x, err := v.Value.In(u); err == nil {
				f.Value, f.From, f.Samples = significant(x), "laboratory value "+key, l.samples(of)
				if v.Report != "" {
					f.From += ", report " + v.Report
				}
				if v.Uncertainty != nil {
					if c, err := v.Value.Unit.To(u); err == nil {
						d := significant(float64(v.Uncertainty.Of(v.Value.Value) * c.Scale)) // a difference: no offset
						f.Deviation = &d
					}
				}
				return f
			}
		}
	}
	f.Enter = l.enter("values: "+key+": of the lot in the laboratory file", "record report: with "+of+" of a sample of "+l.said.Product)
	return f
}

// significant takes a mean of results to nine digits: what is beyond them is
// the trace of a division.
func significant(x float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 9, 64), 64)
	return rounded
}

// samples counts the samples of the lot that a report on record says something of.
func (l *lot) samples(of string) (n int) {
	mine := map[string]bool{}
	for _, k := range l.book.Standing(l.Plant.ID, custody.KindSample) {
		mine[k.ID] = k.Sample.Lot == l.Lot && k.Sample.Of == l.said.Product
	}
	for _, k := range l.book.Standing(l.Plant.ID, custody.KindReport) {
		for id, results := range k.Report.Results {
			if _, ok := results[of]; ok && mine[id] {
				n++
			}
		}
	}
	return n
}

// enter says where something of the lot is entered.
func (l *lot) enter(file, record string) string {
	if l.made.Recorded {
		return record
	}
	return file
}

// emitted sums up the lot's emissions of a group, in t CO2e.
func emitted(all []carbon.Emission, group string) (t float64, n int) {
	var sum measure.CO2e
	for _, e := range all {
		if e.Group != group {
			continue
		}
		if m, err := e.CO2e(); err == nil {
			sum, n = sum+m, n+1
		}
	}
	return sum.Tonnes(), n
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// dotted writes a date as the Global C-Sink does.
func dotted(t time.Time) string { return t.UTC().Format("02.01.2006") }

// by returns the key that signed or certified, "" if none.
func (l *lot) by(e statement.Event) string {
	for _, a := range slices.Backward(l.said.Acts) {
		if a.Event == e {
			return a.By
		}
	}
	return ""
}

// placed returns the lot's packed units that are in a use that is shown.
func (l *lot) placed() (all []placement) {
	for _, u := range l.book.Standing(l.Plant.ID, custody.KindUnit) {
		if u.Unit.Lot != l.Lot {
			continue
		}
		p := placement{unit: u}
		for _, i := range l.book.Custody(l.Plant.ID, u.ID) {
			switch i.Kind {
			case custody.KindUse:
				p.use = i.Record
			case custody.KindTransport:
				p.legs = append(p.legs, i.Record)
			}
		}
		if p.use != nil && p.use.Use.Proof != "" && len(p.legs) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// A placement is a unit in its sink, and its way there.
type placement struct {
	unit *custody.Kept
	use  *custody.Kept
	legs []*custody.Kept
}
