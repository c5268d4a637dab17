package flowsheet_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
)

// Everything that is wrong with a flowsheet, at once and each in its place.
func TestFaultsOfAFlowsheet(t *testing.T) {
	const text = `plant: f
name: Faults
site: park
process: other
balance_every: 1 h
tags:
  f/a: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { standard: 1 %, limits: 2 % } }
  f/b: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { limits: 2 % } }
  f/c: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { standard: 1 %, read_as: normal } }
  f/d: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { standard: 1 kW, random: 1 m3 } }
  f/e: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: -1 % }
  f/f: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { limits: 2 %, read_as: triangular } }
  f/g: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { source: nobody } }
  f/v: { unit: "m3{N}/h", hold: sloped, stale: 2 min }
  f/w: { unit: m3/h, hold: sloped, stale: 2 min }
  f/t: { unit: Cel, hold: sloped, stale: 2 min }
nodes:
  n: { about: "N", balances: [mass, carbn, mass] }
  m: { abuot: "M" }
streams:
  ghost:   { to: n, phase: solid, mass: { tag: f/a }, like: gost }
  self:    { to: n, phase: solid, mass: { tag: f/a }, like: self }
  chain:   { to: n, phase: solid, mass: { tag: f/a }, like: other }
  other:   { to: n, phase: solid, mass: { tag: f/a }, like: root }
  root:    { to: n, phase: solid, mass: { tag: f/a } }
  melted:  { to: n, phase: liquid, mass: { tag: f/a }, like: root }
  both:    { to: n, phase: solid, mass: { tag: f/a }, like: root, ash: { lab: ash } }
  twice:   { to: n, phase: solid, mass: [ { tag: f/a }, { tag: f/a } ] }
  none:    { to: n, phase: solid, mass: [] }
  wrong:   { to: n, phase: solid, mass: [ { tag: f/a }, { tag: f/v } ] }
  free:    { to: n, phase: solid, mass: { tag: f/a }, basis: daf, carbon: { lab: c } }
  gas:     { to: n, phase: gas, volume: { tag: f/v }, state: { temperature: { tag: f/t }, water: { lab: w }, humidity: { lab: h } } }
  dry:     { to: n, phase: gas, volume: { tag: f/w } }
  mixed:   { to: n, phase: gas, volume: { tag: f/v }, like: gas, composition: { N2: { rest: true } } }
  actual:  { to: n, phase: gas, volume: { tag: f/w }, like: gas, state: { pressure: { value: 1 bar, source: s }, temperature: { tag: f/t } } }
stocks:
  tank:    { node: n, of: root, level: { value: 1 m, source: s } }
  twofold: { node: n, of: root, mass: { value: 1 kg, source: s }, area: { value: 1 m2, source: s } }
running: { tag: f/gone, above: 1 kg/h }
steady:
  - { tag: f/never, within: 1 % }
  - { tag: f/a, within: 1 kW }
`
	_, err := flowsheet.Parse("f.yaml", []byte(text))
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(text, "\n")
	for _, c := range [][2]string{ // what the line starts with, what is said of it
		{"f/a:", "needs standard or limits, one of the two"},
		{"f/b:", "read_as is missing"},
		{"f/c:", "read_as: only limits are read one way or another"},
		{"f/d:", "standard: 1 kW: give it in kg/h or in % of the value"},
		{"f/d:", "random: 1 m3: give it in kg/h or in % of the value"},
		{"f/e:", "-1 % is below 0"},
		{"f/f:", `"triangular" is not one of normal, rectangular`},
		{"f/g:", "needs standard or limits, one of the two"},
		{"n:", `"carbn" is not one of mass, carbon`},
		{"n:", "mass is given twice"},
		{"m:", `unknown key "abuot"`},
		{"ghost:", `"gost" is no stream of this plant; did you mean "ghost"?`},
		{"self:", "stream self cannot be like itself"},
		{"chain:", "stream other takes its shares from another itself"},
		{"melted:", "stream root is a solid, not a liquid"},
		{"both:", "ash: is taken from stream root"},
		{"twice:", "tag f/a is given twice"},
		{"none:", "mass: needs at least one value"},
		{"wrong:", "is in m3{N}/h; needed is kg/h"},
		{"free:", "shares of dry and ash-free mass need the ash"},
		{"gas:", "pressure is missing"},
		{"gas:", "give water or humidity, not both"},
		{"gas:", "is in m3{N}/h; needed is m3/h"},
		{"dry:", "is in m3/h; needed is m3{N}/h"},
		{"mixed:", "composition: is taken from stream gas"},
		{"tank:", "needs mass, or level, area and density"},
		{"twofold:", "needs mass, or level, area and density"},
		{"running:", "tag f/gone is not among the tags"},
		{"- { tag: f/never", "tag f/never is not among the tags"},
		{"- { tag: f/a", "1 kW: give it in kg/h or in % of the value"},
	} {
		found := false
		for said := range strings.SplitSeq(err.Error(), "\n") {
			m := regexp.MustCompile(`^f\.yaml:(\d+):\d+: `).FindStringSubmatch(said)
			if m == nil {
				t.Fatalf("no place: %s", said)
			}
			at := 0
			for _, digit := range m[1] {
				at = 10*at + int(digit-'0')
			}
			found = found || strings.Contains(said, c[1]) && strings.HasPrefix(strings.TrimSpace(lines[at-1]), c[0])
		}
		if !found {
			t.Errorf("not said of %s %s", c[0], c[1])
		}
	}
	seen := map[string]bool{}
	for said := range strings.SplitSeq(err.Error(), "\n") {
		if seen[said] {
			t.Errorf("said twice: %s", said)
		}
		seen[said] = true
		if strings.Contains(said, ": actual: ") {
			t.Errorf("a gas like another has its own volume and state: %s", said)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

// How an uncertainty is read: GUM 4.3, u = e/2 of limits of 95 %, e/√3 of
// limits that every error within is as likely as another.
func TestHowUncertaintiesAreRead(t *testing.T) {
	for text, want := range map[string]flowsheet.Uncertainty{
		"1 %":                    {Relative: true, Value: 0.01},
		"2 kg/h":                 {Value: 2},
		"0.1 t/h":                {Value: 100},
		"{ standard: 30 g/min }": {Value: 1.8},
		"{ limits: 3 %, read_as: normal, source: s }":                     {Relative: true, Value: 0.015, Limits: 0.03, ReadAs: "normal", Source: "s"},
		"{ limits: 3 kg/h, read_as: rectangular }":                        {Value: 1.7320508075688772, Limits: 3, ReadAs: "rectangular"},
		"{ standard: 1 %, random: 2 kg/h }":                               {Relative: true, Value: 0.01, Random: &flowsheet.Spread{Value: 2}},
		"{ limits: 2 kg/h, read_as: normal, random: 0.5 %, source: x-9 }": {Value: 1, Limits: 2, ReadAs: "normal", Source: "x-9", Random: &flowsheet.Spread{Relative: true, Value: 0.005}},
	} {
		p := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.ClosedKiln, "1.5 kg/h", text, 1))
		plan, _ := p.Tag("k/feed")
		got := *plan.Uncertainty
		random := func(u flowsheet.Uncertainty) flowsheet.Spread {
			if u.Random == nil {
				return flowsheet.Spread{}
			}
			return *u.Random
		}
		a, b := random(got), random(want)
		if !pipelinetest.Near1e9(got.Value, want.Value) || !pipelinetest.Near1e9(got.Limits, want.Limits) || !pipelinetest.Near1e9(a.Value, b.Value) || a.Relative != b.Relative || got.Relative != want.Relative || got.ReadAs != want.ReadAs || got.Source != want.Source {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	// Of a share in points.
	p := pipelinetest.PlantOf(t, pipelinetest.SmallPlant)
	plan, _ := p.Tag("p/char/moisture")
	if u := plan.Uncertainty; u.Relative || u.Value != 0.3 || u.Of(50) != 0.3 || u.RandomOf(50, 60) != 0 {
		t.Errorf("%+v", u)
	}
	for _, c := range []struct{ minutes, want float64 }{{60, 2 / 7.745966692414834}, {1, 2}, {0.25, 2}, {0, 0}} {
		u := &flowsheet.Uncertainty{Random: &flowsheet.Spread{Relative: true, Value: 0.02}}
		if got := u.RandomOf(-100, c.minutes); !pipelinetest.Near1e9(got, c.want) {
			t.Errorf("random of %v minutes: %v, want %v", c.minutes, got, c.want)
		}
	}
	if (*flowsheet.Uncertainty)(nil).Of(1) != 0 || (*flowsheet.Uncertainty)(nil).RandomOf(1, 1) != 0 {
		t.Error("of nothing")
	}
}
