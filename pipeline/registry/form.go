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
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/statement"
)

// Input is what a form is filled from.
type Input struct {
	Plant      *flowsheet.Plant
	Lot        string
	Entries    []custody.Entry    // what people wrote, in the order of the log
	Statements []statement.Status // of the plant, in the order of the log
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
func Forms() map[string]func(Input) (*Form, error) {
	return map[string]func(Input) (*Form, error){"puro": Puro, "isometric": Isometric, "csink": CSink}
}

// ErrNotStated says that a lot has no statement, or one that claims nothing any more.
var ErrNotStated = errors.New("there is no statement that stands")

// draft is all that is known of a lot, as its statement saw it.
type draft struct {
	Input
	statement *statement.Status
	book      *custody.Book
	lab       *lots.Lab
	batch     lots.Lot
	byMethod  bool   // the statement is by the registry's method
	method    string // of the registry
	form      Form
}

// open finds the newest statement of the lot that stands: by the registry's
// method if there is one, else by another.
func open(s Input, name, method string) (*draft, error) {
	l := &draft{Input: s, method: method}
	for i := range s.Statements {
		x := &s.Statements[i]
		if x.Plant != s.Plant.ID || x.Lot != s.Lot || x.State == statement.Superseded || x.State == statement.Withdrawn {
			continue
		}
		if ours := x.Account.Method == method; l.statement == nil || ours || !l.byMethod {
			l.statement, l.byMethod = x, ours
		}
	}
	if l.statement == nil {
		return nil, fmt.Errorf("registry: lot %s of %s: %w; nielu statement list says where each stands", s.Lot, s.Plant.ID, ErrNotStated)
	}
	var until []custody.Entry
	for _, e := range s.Entries {
		if e.Leaf <= l.statement.Entered.Last {
			until = append(until, e)
		}
	}
	l.book = custody.Replay(until)
	l.lab = l.book.Lab()
	l.batch, _ = l.lab.Lot(s.Lot)
	l.batch.Made = statement.Before(s.Statements, l.statement.Leaf).Made(s.Plant.ID)
	l.batch.Sampling.AnalysesInYear = statement.AnalysesInYear(l.batch, l.statement.Product)
	a := l.statement.Account
	l.form = Form{For: name, Certified: l.statement.State == statement.Certified, Warnings: []string{}, Plant: s.Plant.ID, Lot: s.Lot, Missing: []Missing{},
		Statement: Statement{Leaf: l.statement.Leaf, Digest: "sha256:" + l.statement.Digest, State: string(l.statement.State), Method: a.Method, Edition: a.Edition, Revision: l.statement.Revision}}
	if !l.form.Certified {
		l.warn("NOT CERTIFIED: the statement is %s; nobody independent has certified it", l.statement.State)
	}
	if !l.byMethod {
		l.warn("the statement is by %s, not by %s: figures of the account are left empty", a.Method, method)
	}
	if !a.Eligible {
		l.warn("the account is not eligible: it has no net, and says why in its requirements not met")
	}
	return l, nil
}

func (l *draft) warn(format string, args ...any) {
	l.form.Warnings = append(l.form.Warnings, fmt.Sprintf(format, args...))
}

// done lists what is missing.
func (l *draft) done() *Form {
	for _, r := range l.form.Records {
		for _, f := range r.Fields {
			if f.Value == nil {
				l.form.Missing = append(l.form.Missing, Missing{Record: r.ID, Field: f.Name, Enter: f.Enter})
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
			row := []string{r.ID, x.Name, cellText(x.Value), x.Unit, "", "", x.From, x.Enter}
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
			row[i] = noFormula(row[i])
		}
	}
	err := w.WriteAll(rows)
	return out.Bytes(), err
}

// noFormula keeps a spreadsheet from taking text for a formula; a number below 0 stays.
func noFormula(s string) string {
	if s == "" || !slices.Contains([]byte("=+-@\t\r"), s[0]) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

func cellText(v any) string {
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

// unknowable is a field that nothing here can know.
func unknowable(name, enter string) Field { return Field{Name: name, Enter: enter} }

// line is a figure of the account by its symbol, under a registry's name.
func (l *draft) line(name, symbol string) Field {
	if !l.byMethod {
		return Field{Name: name, Enter: fmt.Sprintf("state the lot by %s: method: in the centre's file", l.method)}
	}
	x, ok := l.statement.Account.Line(symbol)
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
func (l *draft) amount(name string, m *measure.CO2e, of string) Field {
	switch {
	case !l.byMethod:
		return Field{Name: name, Unit: "t", Enter: fmt.Sprintf("state the lot by %s: method: in the centre's file", l.method)}
	case m == nil:
		return Field{Name: name, Unit: "t", Enter: "the account has none; its requirements not met say why"}
	}
	return number(name, m.Tonnes(), "t", "statement, "+of)
}

// value is a laboratory value of the product, such as carbon_total.
func (l *draft) value(name, of, unit string) Field {
	key := l.statement.Product + "_" + of
	v, ok := l.batch.Value(key)
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
	f.Enter = l.enter("values: "+key+": of the lot in the laboratory file", "record report: with "+of+" of a sample of "+l.statement.Product)
	return f
}

// significant takes a mean of results to nine digits: what is beyond them is
// the trace of a division.
func significant(x float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 9, 64), 64)
	return rounded
}

// samples counts the samples of the lot that a report on record says something of.
func (l *draft) samples(of string) (n int) {
	mine := map[string]bool{}
	for _, k := range l.book.InForce(l.Plant.ID, custody.KindSample) {
		mine[k.ID] = k.Sample.Lot == l.Lot && k.Sample.Of == l.statement.Product
	}
	for _, k := range l.book.InForce(l.Plant.ID, custody.KindReport) {
		for id, results := range k.Report.Results {
			if _, ok := results[of]; ok && mine[id] {
				n++
			}
		}
	}
	return n
}

// enter says where something of the lot is entered.
func (l *draft) enter(file, record string) string {
	if l.batch.Recorded {
		return record
	}
	return file
}

// emissionsOf sums up the lot's emissions of a group, in t CO2e.
func emissionsOf(all []carbon.Emission, group string) (t float64, n int) {
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

// dottedDate writes a date as the Global C-Sink does.
func dottedDate(t time.Time) string { return t.UTC().Format("02.01.2006") }

// by returns the key that signed or certified, "" if none.
func (l *draft) by(e statement.EventKind) string {
	for _, a := range slices.Backward(l.statement.Events) {
		if a.Kind == e {
			return a.By
		}
	}
	return ""
}

// placements returns the lot's packed units that are in a use that is shown.
func (l *draft) placements() (all []placement) {
	for _, u := range l.book.InForce(l.Plant.ID, custody.KindUnit) {
		if u.Unit.Lot != l.Lot {
			continue
		}
		p := placement{unit: u}
		for _, i := range l.book.ChainOfCustody(l.Plant.ID, u.ID) {
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
	unit *custody.Posting
	use  *custody.Posting
	legs []*custody.Posting
}
