package emissions

import (
	"strings"
	"testing"
)

// What a factor is of, and how sure it is, is what its source says.
func TestWhatKilnsAndPotentialsAreOf(t *testing.T) {
	v := inventory(t, week+"process:\n  - { name: y, group: E_production, amount: 1 t, factor: kilns/flame-curtain, from: { record: z } }\n")
	if l := v.Lines[0]; !strings.Contains(l.Source, "Cornelissen et al. 2016") || !strings.Contains(l.Source, "22 %") {
		t.Errorf("a flame-curtain kiln is by %q", l.Source)
	}
	v = inventory(t, strings.Replace(week, "ar5", "ar6-20", 1)+"process:\n  - { name: y, group: E_production, amount: 1 kg, factor: own/n2o, from: { record: z } }\nfactors:\n  - { id: n2o, about: x, kind: process-gas, region: FI, n2o: 1 kg/kg, label: primary, source: a test }\n")
	if l := v.Lines[0]; l.CO2e != 273e6 || string(l.Label) != "reproduced" {
		t.Errorf("a kilogram of N2O is %v, %s", l.CO2e, l.Label)
	}
}
