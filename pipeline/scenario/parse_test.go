package scenario_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/scenario"
)

const start = "plant kiln.yaml\nlab kiln-lab.yaml\nday 2026-11-02\nread WT-101 00:00..03:00 100 kg/h\n"

// What is wrong is said in its place, with what was probably meant.
func TestFaultsOfAScenario(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "s.txt:1:1: there is no plant"},
		{start, "s.txt:5:1: nothing is closed"},
		{start + "close 01:00..02:00", "s.txt:5:1: nothing is expected"},
		{start + "red WT-101 00:00..01:00 1 kg/h", `s.txt:5:1: "red" is no verb; did you mean "read"?`},
		{start + " read WT-101 00:00..01:00 1 kg/h", "s.txt:5:2: only YAML below plant and lab is indented"},
		{start + "read WT-110 00:00..01:00 1 kg/h", `s.txt:5:6: "WT-110" is no tag of plant k1; did you mean "WT-101"?`},
		{start + "read feed/mas_flow 00:00..01:00 1 kg/h", `s.txt:5:6: "feed/mas_flow" is no tag of plant k1; did you mean "feed/mass_flow"?`},
		{start + "read WT-101 00:00..01:00 1 Cel", "s.txt:5:28: tag k1/feed/mass_flow is in kg/h: cannot convert Cel to kg/h"},
		{start + "read WT-101 00:00..01:00 1 tph", "s.txt:5:26: quantity \"1 tph\": unit \"tph\": may be metric or short tons an hour"},
		{start + "read WT-101 00:00..01:00 1,5 kg/h", "s.txt:5:26: quantity \"1,5\": \"1,5\" has a comma"},
		{start + "read WT-101 00:00..01:00 1kg/h", "put one space between number and unit"},
		{start + "read WT-101 00:00..01:00 1", "s.txt:5:27: needs a number and its unit here"},
		{start + "read WT-101 01:00..00:00 1 kg/h", "s.txt:5:13: the span ends before it starts"},
		{start + "read WT-101 25:00..26:00 1 kg/h", `s.txt:5:13: "25:00" is no time`},
		{start + "read WT-101 00:00..d0.26:00 1 kg/h", `s.txt:5:20: "d0.26:00" is no time`},
		{start + "read WT-101 00:00..00:03 1 2 kg/h", "s.txt:5:26: 2 values are given, and every 1m0s there are 3 readings"},
		{start + "read WT-101 00:00..01:00 1 kg/h rising 5 kg", "s.txt:5:40: 5 kg is no rate of what is in kg/h"},
		{start + "read WT-101 00:00..01:00 1 kg/h bad:no-replay", "s.txt:5:33: quality \"bad:no-replay\": must be"},
		{start + "read WT-101 00:00..01:00 1 kg/h nois 3 kg/h", `s.txt:5:33: "nois": here may stand`},
		{start + "read WT-101 00:00..01:00 1 kg/h every 10s", "put one space between number and unit"},
		{start + "read WT-101 00:00..d300.00:00 1 kg/h every 1 s", "there are more than 5000000 readings"},
		{start + "day 2026-11-03", "s.txt:5:5: the day is given twice"},
		{"plant kiln.yaml\nread WT-101 00:00..01:00 1 kg/h", "s.txt:2:13: there is no day yet"},
		{"read WT-101 00:00..01:00 1 kg/h", "s.txt:1:6: there is no plant yet"},
		{start + "plant kiln.yaml", "s.txt:5:1: a scenario has one plant"},
		{start + "lab other.yaml", "s.txt:5:5: "},
		{start + "lab", "s.txt:5:1: name a file, or write it below, indented"},
		{start + "lab\n  laboratory: { name: x }\n  lots: []", "s.txt:6:15: "},
		{start + "close 00:30..01:30", "s.txt:5:7: [2026-11-02T00:30:00Z, 2026-11-02T01:30:00Z) is not made of whole balance windows of 1h0m0s"},
		{start + "close lot k1-2026-w46", "s.txt:5:11: no laboratory file above speaks of lot k1-2026-w46 of k1"},
		{start + "expect test passed", "s.txt:5:1: nothing is closed yet"},
		{start + "close 01:00..02:00\nexpect closur mass 1 %", `s.txt:6:8: "closur" is nothing to expect; did you mean "closure"?`},
		{start + "close 01:00..02:00\nexpect closure mas 1 %", `s.txt:6:16: "mas" is no balance; did you mean "mass"?`},
		{start + "close 01:00..02:00\nexpect closure mass 1 % ± 1 kg", "s.txt:6:27: what it may be off: cannot convert kg to %"},
		{start + "close 01:00..02:00\nexpect closure mass 1 kg ± 1 kg", "s.txt:6:21: it comes in %: cannot convert % to kg"},
		{start + "close 01:00..02:00\nexpect closure mass 1 %", "s.txt:6:24: needs ± and what it may be off here"},
		{start + "close 01:00..02:00\nexpect stream fed mass 1 kg ± 1 kg", `s.txt:6:15: "fed" is no stream; did you mean "feed"?`},
		{start + "close 01:00..02:00\nexpect total WT-101 1 kg/h ± 1 kg/h", "s.txt:6:14: tag k1/feed/mass_flow is no counter"},
		{start + "close 01:00..02:00\nexpect suspect WT-101 reads 4 % ± 1 % hihg since start", `s.txt:6:39: "hihg" is no direction; did you mean "high"?`},
		{start + "close 01:00..02:00\nexpect left-out char_carbn \"x\"", `s.txt:6:17: "char_carbn" is neither a tag nor a laboratory value of the plant file; did you mean "char_carbon"?`},
		{start + "close 01:00..02:00\nexpect says \"x", "s.txt:6:13: the quotation mark is not closed"},
		{start + "close 01:00..02:00\nexpect test passed twice", `s.txt:6:20: "twice" is too much here`},
		{start + "close 01:00..02:00\nexpect test none\nread WT-101 01:00..01:30 2 kg/h", "s.txt:7:1: the readings of line 4 were delivered before a close"},
		{start + "close 01:00..02:00\nexpect test none\nlose all 01:00..01:30", "s.txt:7:1: the readings above were delivered before a close"},
		{"plant\n  plant: x\n  nme: y\nday 2026-11-02\nclose 01:00..02:00", `s.txt:3:3: unknown key "nme"`},
	} {
		_, err := scenario.Parse("s.txt", []byte(c.text), open)
		var problems strict.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
	// All at once.
	_, err := scenario.Parse("s.txt", []byte(start+"red\nread WT-1000 00:00..01:00 1 kg/h\nclose 01:00\nexpct\n"), open)
	if problems, _ := strict.ProblemsOf(err); len(problems) != 4 {
		t.Errorf("of four faults: %v", err)
	}
}

// The parser never panics, and what it takes it can play.
func FuzzParse(f *testing.F) {
	f.Add(files(f)["two-scales.txt"])
	f.Add(files(f)["analyser-109.txt"])
	for _, text := range []string{
		start + "read FT-501 00:00 every 10 min 1 2 3 kg/h\nlose all 00:10..00:20\ndelay WT-101 01:00..01:10\nclose 01:00..02:00\ndeliver\nexpect closure mass unknown",
		start + "read WT-301 00:00..02:00 1 kg/h to 2 kg/h noise 1 kg/h every 10 s uncertain:spike\nread AT-301 00:00 NaN %\nclose lot k1-2026-w45\nexpect z WT-101 0 ± 1",
		"plant kiln.yaml\nday 2026-11-02\nread WT-101 24:00..d2.00:00:01 0 kg/h falling 1 kg/h/min\nclose 00:00..01:00\nexpect says \"", "\"", "#", "plant\n  a: [",
	} {
		f.Add(text)
	}
	place := regexp.MustCompile(`^[^:\n]+:[0-9]+:[0-9]+: `)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scenario.Parse("s.txt", []byte(text), open)
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !place.MatchString(line) && !strings.HasPrefix(line, " ") {
					t.Fatalf("a fault without a place: %q", line)
				}
			}
			return
		}
		if s.Size() > 4000 { // the examples are played by TestScenarios
			return
		}
		o, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Write(discard{}); err != nil {
			t.Fatal(err)
		}
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// The format stands in the package comment and in the documentation: every
// verb and every subject is in both.
func TestTheFormatIsDocumented(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range scenario.Words() {
		for name, body := range map[string]string{"doc.go": string(text), "docs/scenarios.md": string(page)} {
			if !regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).MatchString(body) {
				t.Errorf("%s does not speak of %s", name, word)
			}
		}
	}
}
