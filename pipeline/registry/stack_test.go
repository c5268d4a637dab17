package registry

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/carbon"
)

// What instruments read of a stack stands beside what people entered.
func TestFormsHaveTheStack(t *testing.T) {
	plantText := strings.Replace(plantFile, "product: char", `  flue: { from: kiln, phase: gas, volume: { value: "600 m3{N}/h", source: test } }
product: char
stack: { stream: flue, group: [E_production, Operations], most: { flow: "900 m3{N}/h", ch4: "200 [ppm]", n2o: "30 [ppm]" }, source: test }`, 1)
	stack := &carbon.Stack{Groups: []string{"E_production", "Operations"}, Methane: 400_000, NitrousOxide: 200_000, Source: "test"}
	form := must(CSink(statedSource(t, "csi-3.3", plantText, stack)))(t)
	if f := field(t, form, "p-1", "methane_emissions"); f.Value != 0.0019 || f.From != "1 entries of group CH4 and statement, line stack_CH4" {
		t.Errorf("%+v", f)
	}
	form = must(Isometric(statedSource(t, "isometric-1.3", plantText, stack)))(t)
	for name, want := range map[string]float64{"emission: stack_CH4": 0.01192, "emission: stack_N2O": 0.0546} { // 0.4 kg · 29.8, 0.2 kg · 273
		if f := field(t, form, "p-1", name); f.Value != want || f.Unit != "t" {
			t.Errorf("%s: %+v, want %v", name, f, want)
		}
	}
}
