package custody

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/lots"
)

// MostTable is how large a laboratory's table may be, in bytes.
const MostTable = 1 << 20

// LabRow is one line of a laboratory's table.
type LabRow struct {
	Sample, Name string
	Value        string // with its unit
	Uncertainty  string // with its unit; "": none stated
	Method       string

	sample, name, value Place // where in the table
}

// columns of a laboratory's table, by the words that laboratories use for them.
var columns = map[string][]string{
	"sample":      {"sample", "sample id", "sample_id", "näyte", "probe"},
	"name":        {"name", "parameter", "analyte", "determinand", "määritys"},
	"value":       {"value", "result", "tulos", "ergebnis"},
	"unit":        {"unit", "yksikkö", "einheit"},
	"uncertainty": {"uncertainty", "standard uncertainty", "u"},
	"method":      {"method", "standard", "menetelmä"},
}

// table is a laboratory's table being read; it collects every fault of it.
type table struct {
	file   string
	comma  rune
	at     map[string]int // column of each kind of cell
	rows   *csv.Reader
	faults strict.Problems
}

// ReadTable reads a laboratory's table: CSV with commas, semicolons or tabs,
// and a decimal comma where the comma parts no columns. The first line names
// the columns sample, parameter, value, unit and, if it has them, uncertainty
// (standard, in the same unit) and method. Faults come all at once, each as
// "file:line:column: message".
func ReadTable(file string, data []byte) ([]LabRow, error) {
	t := &table{file: file, comma: ',', at: map[string]int{}}
	if len(data) > MostTable {
		t.fault(Place{1, 1}, "holds %d bytes; at most %d can be taken: divide it", len(data), MostTable)
		return nil, t.faults
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	head, _, _ := bytes.Cut(data, []byte("\n"))
	for _, c := range []rune{';', '\t'} {
		if bytes.ContainsRune(head, c) {
			t.comma = c
		}
	}
	t.rows = csv.NewReader(bytes.NewReader(data))
	t.rows.Comma, t.rows.TrimLeadingSpace, t.rows.FieldsPerRecord = t.comma, true, -1
	if !t.names() {
		return nil, t.faults
	}
	all := t.labRows()
	if len(t.faults) == 0 && len(all) == 0 {
		t.fault(Place{1, 1}, "no result in it")
	}
	if len(t.faults) > 0 {
		return nil, t.faults
	}
	return all, nil
}

func (t *table) fault(at Place, format string, args ...any) {
	t.faults = append(t.faults, strict.Problem{File: t.file, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
}

// names reads the line that names the columns.
func (t *table) names() bool {
	names, err := t.rows.Read()
	if err != nil {
		t.fault(Place{1, 1}, "no line that names the columns: %v", err)
		return false
	}
	for i, n := range names {
		for column, words := range columns {
			for _, w := range words {
				if strings.EqualFold(strings.TrimSpace(n), w) {
					t.at[column] = i
				}
			}
		}
	}
	for _, need := range []string{"sample", "name", "value", "unit"} {
		if _, ok := t.at[need]; !ok {
			t.fault(Place{1, 1}, "no column %s; the line has %s", strings.Join(columns[need][:2], " or "), strings.Join(names, ", "))
		}
	}
	return len(t.faults) == 0
}

// labRows reads the lines.
func (t *table) labRows() (all []LabRow) {
	seen := map[[2]string]Place{}
	for {
		row, err := t.rows.Read()
		var wrong *csv.ParseError
		switch {
		case err == io.EOF:
			return all
		case errors.As(err, &wrong):
			t.fault(Place{wrong.Line, wrong.Column}, "%v", wrong.Err)
			return all
		case err != nil:
			t.fault(Place{1, 1}, "%v", err)
			return all
		}
		f, ok := t.line(row)
		if !ok {
			continue
		}
		if first, twice := seen[[2]string{f.Sample, f.Name}]; twice {
			t.fault(f.name, "%s of sample %s is in line %d already", f.Name, f.Sample, first.Line)
			continue
		}
		seen[[2]string{f.Sample, f.Name}] = f.name
		all = append(all, f)
	}
}

// line reads one line; false if it is empty or wrong.
func (t *table) line(row []string) (f LabRow, ok bool) {
	cell := func(column string) (string, Place) {
		i, ok := t.at[column]
		if !ok || i >= len(row) {
			line, _ := t.rows.FieldPos(0)
			return "", Place{line, 1}
		}
		line, col := t.rows.FieldPos(i)
		return strings.TrimSpace(row[i]), Place{line, col}
	}
	number := func(column string) (text string, at Place, ok bool) {
		said, at := cell(column)
		if text = said; t.comma != ',' {
			text = strings.Replace(said, ",", ".", 1)
		}
		if _, err := strconv.ParseFloat(text, 64); text != "" && err != nil {
			t.fault(at, "%s %q is no number; a value below a limit is left out, or given as the limit with its uncertainty", column, said)
			return "", at, false
		}
		return text, at, true
	}
	var name string
	f.Sample, f.sample = cell("sample")
	name, f.name = cell("name")
	f.Name = strings.ToLower(strings.Join(strings.Fields(name), "_"))
	f.Method, _ = cell("method")
	unit, _ := cell("unit")
	said, at := cell("value")
	f.value = at
	switch {
	case f.Sample == "" && f.Name == "" && said == "":
		return f, false // an empty line
	case f.Sample == "" || f.Name == "" || said == "":
		t.fault(f.sample, "needs a sample, a parameter and a value")
		return f, false
	case !lots.Analyte(f.Name):
		t.fault(f.name, "%q: no laboratory value is called so%s", name, lots.MeantAnalyte(f.Name))
		return f, false
	}
	value, _, ok := number("value")
	u, atU, okU := number("uncertainty")
	if !ok || !okU {
		return f, false
	}
	f.Value = strings.TrimSpace(value + " " + unit)
	q, err := measure.ParseQuantity(f.Value)
	if err != nil {
		t.fault(at, "%v", err)
		return f, false
	}
	if why := lots.Impossible(f.Name, q); why != "" {
		t.fault(at, "%s", why)
		return f, false
	}
	if u != "" {
		f.Uncertainty = strings.TrimSpace(u + " " + unit)
		if x, _ := strconv.ParseFloat(u, 64); !(x > 0) {
			t.fault(atU, "%s: no analysis is without uncertainty; leave it out if the laboratory states none", f.Uncertainty)
			return f, false
		}
	}
	return f, true
}
