package flowsheet_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
)

func TestStackOfAPlantFile(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.SmallPlantWithStack)
	want := flowsheet.StackPlan{Stream: "flue", Groups: []string{"E_production", "Operations"}, Source: "emission test 3", Biogenic: true}
	got := *p.Stack
	got.Most = flowsheet.StackMost{}
	if a, b := jsonOf(t, got), jsonOf(t, want); a != b {
		t.Errorf("%s, want %s", a, b)
	}
	if got := jsonOf(t, p.Stack.Most); got != `{"flow":"900 m3{N}/h","ch4":"200 [ppm]","n2o":"0.003 %"}` {
		t.Error(got)
	}
	if tags := claim.StackTags(p); !slices.Equal(tags, []measure.Tag{"k/stack/flow", "k/stack/ch4"}) {
		t.Error(tags)
	}
	s, err := claim.StackOf(p, pipelinetest.Window(0, time.Hour), nil, nil)
	if err != nil || s.Most != 900 || len(s.Gases) != 2 || s.Gases[0].Gas != emissions.CH4Biogenic || !pipelinetest.Near1e9(1e6*s.Gases[0].Most, 200) || s.Gases[1].Gas != emissions.N2O || !pipelinetest.Near1e9(1e6*s.Gases[1].Most, 30) || len(s.Minutes) != 60 {
		t.Errorf("%+v %v", s, err)
	}
	p = pipelinetest.PlantOf(t, strings.NewReplacer("stream: flue", "stream: actual", "fuel: biogenic", "fuel: fossil", "[E_production, Operations]", "PE_EP").Replace(pipelinetest.SmallPlantWithStack))
	if tags := claim.StackTags(p); p.Stack.Biogenic || len(p.Stack.Groups) != 1 || !slices.Equal(tags, []measure.Tag{"k/stack/ch4", "k/stack/state"}) {
		t.Errorf("%+v %v", p.Stack, tags)
	}
	if from := claim.CountedFrom(p); !from["k/stack/state"] || !from["k/stack/ch4"] || !from["k/char/flow"] {
		t.Error(from)
	}
	if p := pipelinetest.PlantOf(t, pipelinetest.KilnWithStack); p.Stack != nil || claim.StackTags(p) != nil {
		t.Error("a plant without a stack has one")
	}
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFaultsOfAStack(t *testing.T) {
	for _, c := range []struct{ old, new, says string }{
		{"stream: flue,", "", "stream is missing"},
		{"stream: flue", "stream: fleu", `"fleu" is no stream of this plant; did you mean "flue"?`},
		{"stream: flue", "stream: char", "stream char is a solid, not a gas"},
		{"stream: flue", "stream: blind", "nothing measures the flow of stream blind: give its volume"},
		{"stream: flue", "stream: count", "tag k/stack/total is a counter"},
		{"group: [E_production, Operations],", "", "group is missing"},
		{"[E_production, Operations]", "[]", "needs at least one symbol of a method"},
		{"[E_production, Operations]", "[E_production, E_production]", "E_production is given twice"},
		{"[E_production, Operations]", "E_producton", `did you mean "E_production"?`},
		{"[E_production, Operations]", "CH4", `"CH4" is not one of`},
		{"source: emission test 3,", "", "source is missing"},
		{`ch4: "200 [ppm]", `, "", "ch4 is missing"},
		{`n2o: 0.003 %`, `n2o: 0 %`, "n2o: must be above 0: it stands in for what is not read, and unknown is not none"},
		{`n2o: 0.003 %`, `n2o: 30`, `n2o: 30 is more than all of the gas: write a share as in "200 [ppm]"`},
		{`n2o: 0.003 %`, `n2o: 30 kg`, "n2o: "},
		{`n2o: 0.003 %`, `n2o: "3 [ppm]"`, "n2o: 3 [ppm] is below 4 [ppm], which the stream has"},
		{`ch4: "200 [ppm]"`, `ch4: "190 [ppm]"`, "ch4: 190 [ppm] is below the end of the range of tag k/stack/ch4, 200 mg/kg"},
		{`flow: "900 m3{N}/h"`, `flow: "15 m3{N}/min"`, ""},
		{`flow: "900 m3{N}/h"`, `flow: "890 m3{N}/h"`, "flow: 890 m3{N}/h is below the end of the range of tag k/stack/flow, 900 m3{N}/h"},
		{`flow: "900 m3{N}/h"`, `flow: 900 m3/h`, "flow: "},
		{`flow: "900 m3{N}/h"`, `flow: 900`, "has no unit"},
		{"fuel: biogenic", "fuel: wood", `"wood" is not one of biogenic, fossil`},
		{"fuel: biogenic", "fule: biogenic", `unknown key "fule"`},
		{"\nproduct: char", "", "only the statements of a product take it: name product"},
	} {
		text := strings.Replace(pipelinetest.SmallPlantWithStack, c.old, c.new, 1)
		if text == pipelinetest.SmallPlantWithStack {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, err := flowsheet.Parse("k.yaml", []byte(text))
		line := strings.Count(text[:strings.Index(text, "\nstack:")+1], "\n") + 1
		switch at := "k.yaml:" + string(rune('0'+line/10)) + string(rune('0'+line%10)) + ":"; {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.new, err)
		case c.says != "" && (err == nil || !strings.HasPrefix(err.Error(), at) || !strings.Contains(err.Error(), c.says) || strings.Count(err.Error(), "\n") > 0):
			t.Errorf("%s: %v, want one fault of line %d with %q", c.new, err, line, c.says)
		}
	}
	all := strings.NewReplacer("stream: flue", "stream: gone", "E_production", "E_none", "0.003 %", "0 %", "fuel: biogenic", "fuel: wood").Replace(pipelinetest.SmallPlantWithStack)
	if _, err := flowsheet.Parse("k.yaml", []byte(all)); err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("not all four faults at once: %v", err)
	}
}

// A constant reading at the end of its span may come out of its mean a last
// digit above: it is the most, and no fault of the plant file.
func TestAStackAtTheEndOfItsSpan(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.SmallPlantWithStack)
	w := pipelinetest.Window(0, time.Hour)
	src := pipelinetest.ConstantReadings(p, map[measure.Tag]float64{"k/stack/flow": 900, "k/stack/ch4": 200}, time.Hour, 7*time.Second)
	r, err := pipeline.Compute(t.Context(), p, nil, src, w)
	if err != nil {
		t.Fatal(err)
	}
	s, err := claim.StackOf(p, w, r.Rollups, nil)
	if err != nil {
		t.Fatal(err)
	}
	var sum emissions.StackSum
	if err := sum.Add(s); err != nil || sum.Read != 60 || sum.StandsIn != 0 {
		t.Errorf("%+v %v", sum, err)
	}
	just, above := 200e-6*(1+1e-15), 200e-6*(1+1e-6)
	s.Minutes[0].Shares[0] = &just
	if err := new(emissions.StackSum).Add(s); err != nil {
		t.Error(err)
	}
	s.Minutes[0].Shares[0] = &above
	if err := new(emissions.StackSum).Add(s); err == nil {
		t.Error("a share above the most was taken")
	}
}
