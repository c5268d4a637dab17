package export_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/suite"
)

// A plant that lets its gas out: what an auditor makes of flow and analyser, and
// of ten minutes that the gateway kept silent about, is what the centre stated,
// and what leaves the stack out of it is found.
func TestAStackIsRecomputed(t *testing.T) {
	suite.Concurrent(t)
	verified := func(state func(text string) string) *export.Report {
		w := newWorld(t)
		w.plantFile = append(w.plantText(), `stack: { stream: gas, group: E_production, most: { flow: "100 m3{N}/h", ch4: 100 %, n2o: "30 [ppm]" }, source: design, fuel: biogenic }
`...)
		w.files()
		w.enterCatalogue()
		w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}, 5*time.Minute, 30*time.Second, func(i int) bool { return i == 6 || i == 7 })
		text := string(w.statement().Text())
		if !strings.Contains(text, "\nline stack_CH4 ") || !strings.Contains(text, "were all read in 0 of 60 minutes") {
			t.Fatalf("no stack in\n%s", text)
		}
		w.state([]byte(state(text)), w.centreKey)
		return w.verify(w.build())
	}
	report := verified(func(text string) string { return text })
	if report.Result != export.Incomplete || len(report.Faults) > 0 || !strings.HasPrefix(report.Statements[0].Result, "reproduced") {
		t.Errorf("%s %v %v", report.Result, report.Faults, report.Statements)
	}
	report = verified(func(text string) string {
		return regexp.MustCompile(`\nline stack_CH4 \S+`).ReplaceAllString(text, "\nline stack_CH4 0.001")
	})
	if report.Result != export.Failed || strings.HasPrefix(report.Statements[0].Result, "reproduced") {
		t.Errorf("%s %v", report.Result, report.Statements)
	}
}
