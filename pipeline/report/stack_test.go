package report_test

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/report/reporttest"
)

// What the stack emitted stands among the emissions, as the statement says it.
func TestReportHasTheStack(t *testing.T) {
	in := reporttest.Stacked(t)
	said := text(t, reporttest.Must(report.HTML(in))(t))
	for _, row := range []string{"stack stack_CH4 0.0112 t – 11.200", "stack stack_N2O 0.053 t – 53.000"} { // 0.4 kg · 28, 0.2 kg · 265
		if !strings.Contains(said, row) {
			t.Errorf("%q is not on the page", row)
		}
	}
}
