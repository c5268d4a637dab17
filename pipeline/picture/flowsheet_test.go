package picture_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/picture"
)

var update = flag.Bool("update", false, "write golden files anew")

const small = `plant: p
name: Small <plant> & "co"
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  p/feed/mass_flow: { instrument: WT-1, unit: kg/h, hold: sloped, stale: 30 s }
  p/power/energy:   { unit: kW.h, hold: stepped, counter: true, max_rate: 100 kW, stale: 5 min }
nodes: { kiln: "Kiln", cooler: "Char cooler" }
streams:
  feed: { to: kiln, phase: solid, mass: { tag: p/feed/mass_flow }, carbon: { lab: feed_carbon } }
  hot:  { from: kiln, to: cooler, phase: solid }
  char: { from: cooler, phase: solid, mass: { lab: char_mass } }
  gas:  { from: kiln, phase: gas, volume: { value: "12 m3{N}/h", uncertainty: 10 %, source: "design" } }
  dust: { from: cooler, to: kiln, phase: solid }
energy: { electricity: { to: kiln, power: { tag: p/power/energy } } }
product: feed
`

func smallPlant(t testing.TB) *flowsheet.Plant {
	return plantOf(t, strings.Replace(small, "product: feed\n", "", 1))
}

// The bytes of a picture are the same today and on another CPU.
func TestFlowsheetGolden(t *testing.T) {
	values := picture.Values{Unit: "kg/h", About: "one hour", Streams: map[string]picture.Value{
		"feed": {Lines: []string{"101.3 ± 0.8 kg/h"}, Status: picture.Reconciled, Width: 101.3}, "gas": {Lines: []string{"70 kg/h"}, Status: picture.ByDifference, Width: 70},
		"char": {Lines: []string{"31 ± 1 kg/h"}, Status: picture.Suspect, Width: 31}, "hot": {Lines: []string{"31 kg/h"}, Status: picture.Estimated, Width: 31},
	}, Residuals: []picture.Residual{{Node: "kiln", Lines: []string{"mass, 0.3 ± 1.2 kg/h"}, Width: 0.3}}}
	for name, svg := range map[string][]byte{
		"bare.svg": picture.Flowsheet(smallPlant(t), picture.Values{}), "values.svg": picture.Flowsheet(smallPlant(t), values), "plot.svg": picture.Plot(closures()), "against.svg": picture.PlotAgainst(errorOf()),
	} {
		file := "testdata/" + name
		if *update {
			if err := os.WriteFile(file, svg, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(svg, want) {
			t.Errorf("%s is not what it was; look at it, then: go test ./pipeline/picture -update", file)
		}
	}
}

func TestFlowsheetOfEveryPlantIsClear(t *testing.T) {
	for name, p := range map[string]*flowsheet.Plant{
		"pyro1": builtIn(t, "pyro1"), "htl1": builtIn(t, "htl1"), "lf1": builtIn(t, "lf1"), "units": plantOf(t, units), "small": smallPlant(t), "none": {Name: "Nothing yet", ID: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			values := unitValues()
			if name != "units" {
				values = allValues(p, 100)
			}
			for _, v := range []picture.Values{{}, values} {
				svg := picture.Flowsheet(p, v)
				if again := picture.Flowsheet(p, v); !bytes.Equal(svg, again) {
					t.Error("not the same twice")
				}
				d := read(t, svg)
				d.clear(t)
				if !strings.Contains(d.title, p.Name) {
					t.Errorf("title %q", d.title)
				}
				for _, s := range p.Streams {
					if !strings.Contains(d.about, strings.ReplaceAll(s.ID, "_", " ")) {
						t.Errorf("the description does not tell of %s", s.ID)
					}
				}
			}
		})
	}
}

// allValues gives every flow of a plant a value, each of another status.
func allValues(p *flowsheet.Plant, most float64) picture.Values {
	v := picture.Values{About: "one hour", Unit: "kg/h", Streams: map[string]picture.Value{}, Energy: map[string]picture.Value{}, Stocks: map[string]picture.Value{}}
	all := []picture.Status{picture.Reconciled, picture.Suspect, picture.Measured, picture.Estimated, picture.ByDifference, picture.NoValue}
	for i, s := range p.Streams {
		w := most / float64(i+1)
		v.Streams[s.ID] = picture.Value{Lines: []string{fmt.Sprintf("%.1f ± %.1f kg/h", w, w/50), "measured 98.2 ± 3"}, Status: all[i%len(all)], Width: w}
	}
	for i, e := range p.Energy {
		v.Energy[e.ID] = picture.Value{Lines: []string{"12.0 ± 0.3 kW"}, Status: all[i%len(all)]}
	}
	for i, n := range p.Nodes {
		v.Residuals = append(v.Residuals, picture.Residual{Node: n.ID, Lines: []string{"mass, 1.2 ± 2.0 kg/h"}, Width: most / 9 * float64(1-2*(i%2))})
	}
	return v
}

// What measures a stream is said: its tags, what checks them, the laboratory,
// a stated number, or that nobody does.
func TestBareFlowsheetSaysWhatMeasures(t *testing.T) {
	svg := string(picture.Flowsheet(plantOf(t, units), picture.Values{}))
	for _, want := range []string{
		">feed/mass_flow · WT-101<", ">checked by feed/mass_check<", ">MT-101: moisture<", ">laboratory: carbon<", ">3 m³(N)/h ± 10 % stated<", ">not measured<",
		">same material as wet chips<", ">PT-301: pressure<", ">AT-301: CH4, CO2<", ">12 kW ± 25 % stated<", ">level: char/level<",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("says nowhere %s", want)
		}
	}
}

// Without any colour no two statuses look the same.
func TestStatusesAreToldApartWithoutColour(t *testing.T) {
	p := smallPlant(t)
	seen := map[string]picture.Status{}
	for _, status := range []picture.Status{picture.NoValue, picture.Measured, picture.Reconciled, picture.Estimated, picture.ByDifference, picture.Suspect} {
		svg := string(picture.Flowsheet(p, picture.Values{Unit: "kg/h", Streams: map[string]picture.Value{"feed": {Lines: []string{"1 kg/h"}, Status: status, Width: 1}}}))
		group := regexp.MustCompile(`(?s)<g class="flow solid ([a-z-]+)"><title>feed.*?</g>`).FindStringSubmatch(svg)
		label := regexp.MustCompile(`(?s)<g class="label solid [a-z-]+"><title>feed.*?</g>`).FindString(svg)
		if group == nil || label == "" {
			t.Fatalf("%q: the feed is not drawn", status)
		}
		rule := regexp.MustCompile(`\.` + group[1] + ` \.core\{([^}]*)\}`).FindStringSubmatch(picture.Shape)
		look := fmt.Sprint(rule, strings.Count(group[0], `class="slit"`), strings.Count(group[0], `class="band"`), strings.Count(label, "glyph-suspect"))
		if other, taken := seen[look]; taken {
			t.Errorf("%q looks like %q: %s", status, other, look)
		}
		seen[look] = status
	}
	if rule := regexp.MustCompile(`\.by-difference \.core\{stroke-dasharray:\S+ \S+ \S+ \S+\}`); !rule.MatchString(picture.Shape) {
		t.Error("by difference is not dash-dot")
	}
}

// A stream that values say nothing of has none, and no width.
func TestFlowsheetInventsNothing(t *testing.T) {
	p := smallPlant(t)
	svg := string(picture.Flowsheet(p, picture.Values{Unit: "kg/h", Streams: map[string]picture.Value{"feed": {Lines: []string{"5 kg/h"}, Status: picture.Measured, Width: 5}, "gas": {Width: 99}}}))
	if n := strings.Count(svg, ">no value<"); n != 4 {
		t.Errorf("%d streams are said to have no value, not 4", n)
	}
	if !strings.Contains(svg, "width: 2 kg/h") {
		t.Error("a stream without value bears on the scale")
	}
	for _, w := range []float64{math.NaN(), math.Inf(1), -7, 0, 1e-300, 1e300} {
		v := picture.Values{Streams: map[string]picture.Value{"feed": {Status: picture.Measured, Width: w}, "char": {Status: picture.Measured, Width: 1}},
			Residuals: []picture.Residual{{Node: "kiln", Width: w}, {Node: "nowhere", Width: 1}}}
		d := read(t, picture.Flowsheet(p, v))
		d.clear(t)
	}
}

// The widths of lines are in proportion to the flows, and bounded.
func TestWidthFollowsMass(t *testing.T) {
	v := picture.Values{Unit: "kg/h", Streams: map[string]picture.Value{
		"feed": {Status: picture.Measured, Width: 400}, "gas": {Status: picture.Measured, Width: 100}, "char": {Status: picture.Measured, Width: 0.001},
	}}
	svg := string(picture.Flowsheet(smallPlant(t), v))
	for _, c := range []struct{ name, want string }{{"feed", `class="band" stroke-width="36"`}, {"gas", `class="band" stroke-width="9"`}, {"char", `class="halo" stroke-width="8"`}} {
		group := regexp.MustCompile(`(?s)<g class="flow [^"]*"><title>` + c.name + `,.*?</g>`).FindString(svg)
		if !strings.Contains(group, c.want) {
			t.Errorf("%s: no %s in %s", c.name, c.want, group)
		}
	}
}

// Plants of up to eight nodes and fifteen streams with any links, names and
// values: no two texts touch, no flow runs through a text.
func TestAnyPlantIsClear(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abcdefghijklmnopqrstuvwxyzWM ÄÖ±<&\"'_-0123456789 漢")), 0, 60, -1)
	rapid.Check(t, func(t *rapid.T) {
		p := &flowsheet.Plant{ID: "p", Name: text.Draw(t, "name")}
		ends := []string{flowsheet.Environment}
		for i := range rapid.IntRange(1, 8).Draw(t, "nodes") {
			id := fmt.Sprintf("node%d", i)
			ends = append(ends, id)
			p.Nodes = append(p.Nodes, flowsheet.Node{ID: id, About: text.Draw(t, "about")})
		}
		end := rapid.SampledFrom(ends)
		for i := range rapid.IntRange(0, 15).Draw(t, "streams") {
			s := flowsheet.Stream{ID: fmt.Sprintf("%s%d", rapid.StringMatching(`[a-z_]{1,30}`).Draw(t, "id"), i), From: end.Draw(t, "from"), To: end.Draw(t, "to"),
				Phase: rapid.SampledFrom([]flowsheet.Phase{flowsheet.Solid, flowsheet.Liquid, flowsheet.Gas}).Draw(t, "phase")}
			if s.From != s.To {
				p.Streams = append(p.Streams, s)
			}
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "energy") {
			e := flowsheet.EnergyFlow{ID: fmt.Sprintf("energy%d", i), From: end.Draw(t, "from"), To: end.Draw(t, "to")}
			if e.From != e.To {
				p.Energy = append(p.Energy, e)
			}
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "stocks") {
			p.Stocks = append(p.Stocks, flowsheet.Stock{ID: fmt.Sprintf("stock%d", i), Node: p.Nodes[0].ID, Of: "a"})
		}
		v := picture.Values{}
		if rapid.Bool().Draw(t, "values") {
			v = allValues(p, rapid.Float64Range(0, 1000).Draw(t, "most"))
			v.About = text.Draw(t, "about")
		}
		read(t, picture.Flowsheet(p, v)).clear(t)
	})
}

// Whatever stands in a plant file is text in the picture.
func FuzzFlowsheetEscapes(f *testing.F) {
	f.Add(`<script>alert(1)</script>`, `a & b "c" 'd'`, "\x00\x1b\xff]]>\n--")
	f.Add("</title></svg>", "&lt;", "")
	f.Fuzz(func(t *testing.T, name, about, value string) {
		p := smallPlant(t)
		p.Name, p.Nodes[0].About, p.Streams[0].About, p.Tags[0].Instrument, p.Streams[0].ID = name, about, value, about, name
		v := picture.Values{About: value, Unit: about, Streams: map[string]picture.Value{name: {Lines: []string{value, about}, Status: picture.Suspect, Width: 3}}}
		for _, v := range []picture.Values{{}, v} {
			d := read(t, picture.Flowsheet(p, v))
			d.clear(t)
			if want := strings.Join(strings.Fields(name), " "); utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > 0xFFF0 || r == utf8.RuneError }) &&
				!strings.HasPrefix(d.title, want) {
				t.Errorf("title %q, not %q", d.title, want)
			}
		}
		c := closures()
		c.Title, c.About, c.Unit, c.Series[0].Name, c.Levels[0].Text, c.Marks[0].Text = name, about, value, value, about, name
		read(t, picture.Plot(c))
	})
}
