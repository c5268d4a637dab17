package scenario

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/lots"
)

// Readings that change a window nobody computed anew are found.
func TestWhatCameLateAndWasOverlookedIsFound(t *testing.T) {
	open := func(_, name string) (string, []byte, error) {
		data, err := configs.Examples.ReadFile("examples/scenarios/" + name)
		return name, data, err
	}
	text := "plant kiln.yaml\nlab kiln-lab.yaml\nday 2026-11-02\nread WT-101 00:00..04:00 100 kg/h\nclose 01:00..02:00\nexpect test none\nread FT-501 00:00..04:00 56 kg/h\nclose 01:00..02:00\n"
	s, err := Parse("s.txt", []byte(text), open)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Run(t.Context())
	if err != nil || len(o.Failures) > 0 {
		t.Fatal(err, o.Failures)
	}
	r := &runner{ctx: t.Context(), plant: s.Plant, out: &Outcome{Scenario: s}, lab: &lots.Lab{}, store: newStore(s.Plant, s.horizon())}
	for _, step := range s.steps[:3] { // up to the first close
		if err := step.run(r); err != nil {
			t.Fatal(err)
		}
	}
	r.tape.add("k1/liquid/mass_flow", kgPerHour, []measure.Sample{{At: s.steps[1].(*read).span.From.UnixNano() + 5400e9, Value: 1, Quality: measure.GoodQuality}})
	r.late = true
	again := *s.steps[2].(*closing)
	if err := again.run(r); err != nil {
		t.Fatal(err)
	}
	if len(r.out.Failures) != 1 || !strings.Contains(r.out.Failures[0].Error(), "s.txt:5: what came late gives other figures than in time: ") {
		t.Errorf("%v", r.out.Failures)
	}
}
