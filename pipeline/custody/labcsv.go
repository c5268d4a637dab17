package custody

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
)

// Found is one line of a laboratory's table.
type Found struct {
	Sample, Name string
	Value        string // with its unit
	Uncertainty  string // with its unit; "": none stated
	Method       string
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

// ReadTable reads a laboratory's table: CSV with commas, semicolons or tabs,
// and a decimal comma where the comma parts no columns. The first line names
// the columns sample, parameter, value, unit and, if it has them, uncertainty
// (standard, in the same unit) and method. Faults come all at once, each as
// "file:line: message".
func ReadTable(file string, data []byte) ([]Found, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	head, _, _ := bytes.Cut(data, []byte("\n"))
	comma := ','
	for _, c := range []rune{';', '\t'} {
		if bytes.ContainsRune(head, c) {
			comma = c
		}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.TrimLeadingSpace, r.FieldsPerRecord = comma, true, -1
	names, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s:1: no line that names the columns: %w", file, err)
	}
	at := map[string]int{}
	for i, n := range names {
		for column, words := range columns {
			for _, w := range words {
				if strings.EqualFold(strings.TrimSpace(n), w) {
					at[column] = i
				}
			}
		}
	}
	var faults []error
	for _, need := range []string{"sample", "name", "value", "unit"} {
		if _, ok := at[need]; !ok {
			faults = append(faults, fmt.Errorf("%s:1: no column %s; the line has %s", file, strings.Join(columns[need][:2], " or "), strings.Join(names, ", ")))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	var all []Found
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file, err))
			break
		}
		line, _ := r.FieldPos(0)
		cell := func(column string) string {
			if i, ok := at[column]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		number := func(column string) string {
			text := cell(column)
			if comma != ',' {
				text = strings.Replace(text, ",", ".", 1)
			}
			if text == "" {
				return ""
			}
			if _, err := strconv.ParseFloat(text, 64); err != nil {
				faults = append(faults, fmt.Errorf("%s:%d: %s %q is no number; a value below a limit is left out, or given as the limit with its uncertainty", file, line, column, cell(column)))
				return ""
			}
			return text
		}
		f := Found{Sample: cell("sample"), Name: strings.ToLower(strings.Join(strings.Fields(cell("name")), "_")), Method: cell("method")}
		if f.Sample == "" && f.Name == "" && cell("value") == "" {
			continue // an empty line
		}
		if f.Sample == "" || f.Name == "" || cell("value") == "" {
			faults = append(faults, fmt.Errorf("%s:%d: needs a sample, a parameter and a value", file, line))
			continue
		}
		unit, value := cell("unit"), number("value")
		if value == "" {
			continue
		}
		f.Value = value + " " + unit
		if _, err := measure.ParseQuantity(f.Value); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", file, line, err))
			continue
		}
		if u := number("uncertainty"); u != "" {
			f.Uncertainty = u + " " + unit
		}
		all = append(all, f)
	}
	if len(faults) == 0 && len(all) == 0 {
		faults = append(faults, fmt.Errorf("%s: no result in it", file))
	}
	return all, errors.Join(faults...)
}

// ReportText writes a submission with one laboratory report.
func ReportText(author, plant, id, laboratory, accreditation string, at time.Time, original string, found []Found) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "author: %q\nplant: %s\nrecords:\n  - report: %s\n    laboratory: { name: %q, accreditation: %q }\n    at: %s\n    original: %s\n    results:\n",
		author, plant, id, laboratory, accreditation, at.UTC().Format(time.RFC3339), original)
	var samples []string
	of := map[string][]Found{}
	for _, f := range found {
		if of[f.Sample] == nil {
			samples = append(samples, f.Sample)
		}
		of[f.Sample] = append(of[f.Sample], f)
	}
	for _, s := range samples {
		fmt.Fprintf(&b, "      %s:\n", s)
		for _, f := range of[s] {
			fmt.Fprintf(&b, "        %s: { value: %q", f.Name, f.Value)
			if f.Uncertainty != "" {
				fmt.Fprintf(&b, ", uncertainty: %q", f.Uncertainty)
			}
			if f.Method != "" {
				fmt.Fprintf(&b, ", method: %q", f.Method)
			}
			b.WriteString(" }\n")
		}
	}
	return b.Bytes()
}
