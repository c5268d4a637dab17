package custody

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SubmissionText is a submission that was written from something else, such as a
// table, and where each of its lines stands there.
type SubmissionText struct {
	Text  []byte
	lines []Place // by line, from 1; the zero Place: nowhere
}

// Place returns where a line of the text stands in what it was written from.
func (w *SubmissionText) Place(line int) (Place, bool) {
	if line < 1 || line > len(w.lines) || w.lines[line-1] == (Place{}) {
		return Place{}, false
	}
	return w.lines[line-1], true
}

// add writes a line of YAML; what it holds of a person's words is quoted.
func (w *SubmissionText) add(at Place, yaml string) {
	w.Text = append(append(w.Text, yaml...), '\n')
	w.lines = append(w.lines, at)
}

// head writes what stands before the records.
func (w *SubmissionText) head(author, plant string) {
	w.add(Place{}, "author: "+quoted(author))
	w.add(Place{}, "plant: "+quoted(plant))
	w.add(Place{}, "records:")
}

// quoted writes a text as a YAML scalar that is that text, whatever is in it.
func quoted(text string) string {
	scalar, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string is always written
	}
	return string(scalar)
}

// mapping writes keys and their texts as a YAML mapping in one line, without
// those keys that have no text.
func mapping(pairs [][2]string) string {
	var all []string
	for _, p := range pairs {
		if p[1] != "" {
			all = append(all, p[0]+": "+quoted(p[1]))
		}
	}
	return "{ " + strings.Join(all, ", ") + " }"
}

// RecordText writes a submission of one record, of the keys that have a text.
func RecordText(author, plant string, record [][2]string) []byte {
	w := &SubmissionText{}
	w.head(author, plant)
	w.add(Place{}, "  - "+mapping(record))
	return w.Text
}

// ReportText writes a submission with one laboratory report.
func ReportText(author, plant, id, laboratory, accreditation string, at time.Time, original string, found []LabRow) *SubmissionText {
	w, none := &SubmissionText{}, Place{}
	w.head(author, plant)
	w.add(none, "  - report: "+quoted(id))
	w.add(none, fmt.Sprintf("    laboratory: { name: %s, accreditation: %s }", quoted(laboratory), quoted(accreditation)))
	w.add(none, "    at: "+at.UTC().Format(time.RFC3339))
	w.add(none, "    original: "+original)
	w.add(none, "    results:")
	var samples []string
	of := map[string][]LabRow{}
	for _, f := range found {
		if !slices.Contains(samples, f.Sample) {
			samples = append(samples, f.Sample)
		}
		of[f.Sample] = append(of[f.Sample], f)
	}
	for _, s := range samples {
		w.add(of[s][0].sample, "      "+quoted(s)+":")
		for _, f := range of[s] {
			w.add(f.value, "        "+f.Name+": "+mapping([][2]string{{"value", f.Value}, {"uncertainty", f.Uncertainty}, {"method", f.Method}}))
		}
	}
	return w
}
