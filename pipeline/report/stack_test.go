package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// What the stack emitted stands among the emissions, as the statement says it.
func TestReportHasTheStack(t *testing.T) {
	plantText := strings.Replace(plantFile, "product: char", `  flue: { from: kiln, phase: gas, volume: { value: "600 m3{N}/h", source: test } }
product: char
stack: { stream: flue, group: E_production, most: { flow: "900 m3{N}/h", ch4: "200 [ppm]", n2o: "30 [ppm]" }, source: test, fuel: biogenic }`, 1)
	in := worldOf(t, plantText, records)
	said := text(t, must(HTML(in))(t))
	for _, row := range []string{"stack stack_CH4 0.0112 t – 11.200", "stack stack_N2O 0.053 t – 53.000"} { // 0.4 kg · 28, 0.2 kg · 265
		if !strings.Contains(said, row) {
			t.Errorf("%q is not on the page", row)
		}
	}
	book := must(excelize.OpenReader(bytes.NewReader(must(Workbook(in))(t))))(t)
	defer book.Close()
	found := 0
	for _, row := range must(book.GetRows("emissions"))(t) {
		if strings.HasPrefix(strings.Join(row, " "), "p-1 stack stack_") {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d lines of the stack in the tables", found)
	}
}
