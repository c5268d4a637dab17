package report_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/process"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/report/reporttest"
	"github.com/nielu/nielu/pipeline/statement"
)

var update = flag.Bool("update", false, "write golden files anew")

// digests, whole or short, follow the files of methods, which others hold.
var digests = regexp.MustCompile(`\b([0-9a-f]{64}|[0-9a-f]{12})\b`)

var drawn = regexp.MustCompile(`(?s)<svg.*?<title>(.*?)</title>\s*<desc>(.*?)</desc>.*?</svg>`)

// TestGolden holds every word of a small report; pictures by what they tell
// somebody who does not see them.
func TestGolden(t *testing.T) {
	page := reporttest.Must(report.HTML(reporttest.World(t)))(t)
	got := drawn.ReplaceAll(page, []byte("[picture: $1. $2]"))
	got = bytes.Replace(got, []byte(report.PageStyle), nil, 1)
	got = digests.ReplaceAll(got, []byte("(digest)"))
	const name = "testdata/report.html"
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := reporttest.Must(os.ReadFile(name))(t)
	if !bytes.Equal(got, want) {
		t.Errorf("the report differs from %s; go test -run Golden -update writes it anew:\n%s", name, firstDifference(string(want), string(got)))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwas %s\nis  %s", i+1, w[i], g[i])
		}
	}
	return "one is longer"
}

// TestSameBytes makes the page often, from inputs made anew: maps lie in
// another order each time.
func TestSameBytes(t *testing.T) { reporttest.SameBytes(t, report.HTML) }

// TestDigest holds that every processor makes the same bytes: a verifier
// compares them.
func TestDigest(t *testing.T) { reporttest.Digest(t, report.HTML) }

// TestInputStays holds that a report leaves its input as it was.
func TestInputStays(t *testing.T) { reporttest.InputStays(t, report.HTML) }

// TestFiguresAreTheStatements looks for each figure of the statement in the
// page, as the statement's own text writes it.
func TestFiguresAreTheStatements(t *testing.T) {
	in := reporttest.World(t)
	words := text(t, reporttest.Must(report.HTML(in))(t))
	s := in.Statements[0]
	if s.Account.Net == nil || !s.Account.Eligible {
		t.Fatalf("the test's lot is not eligible: %v", s.Account.Unmet)
	}
	for line := range strings.Lines(string(s.Text())) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch name {
		case "line":
			f := strings.Fields(value)
			cells := []string{f[0], f[1], f[3]}
			if f[2][0] == '{' {
				cells[1] = strings.Trim(f[2], "{}")
			}
			if !inOrder(words, cells) {
				t.Errorf("the page has no line %s", value)
			}
		case "gross", "net", "standard-uncertainty", "conservative", "indicative", "variant", "unmet", "edition":
			if !strings.Contains(words, value) {
				t.Errorf("the page does not say %s %s", name, value)
			}
		case "plant-file", "method-file":
			if !strings.Contains(words, value) {
				t.Errorf("the page does not name %s %s", name, value)
			}
		case "entered", "evidence":
			if f := strings.Fields(value); !strings.Contains(words, f[3]) {
				t.Errorf("the page does not name %s %s", name, value)
			}
		case "dry-mass", "placed":
			mg := int64(map[string]measure.DryMass{"dry-mass": s.Dry, "placed": s.Placed}[name])
			if want := fmt.Sprintf(" %d.%03d ", mg/1_000_000, mg/1_000%1_000); !strings.Contains(words, want) {
				t.Errorf("the page does not say %s%s", name, want)
			}
		}
	}
	for _, want := range []string{"signed by maker, who answers for it as its maker; nobody has certified it", s.Digest,
		"Placed with proof", "unit BB-2 is not counted as placed", "burst in the yard", "field 3 60.98000, 25.66000", "Records were entered since in leaf 5", "counted over 200 years"} {
		if !strings.Contains(words, want) && !strings.Contains(words, strings.ReplaceAll(want, "Placed with proof", "Placed, with proof")) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(words, "farm 12") {
		t.Error("the lot's custody shows what was entered after the statement")
	}
}

// TestClaimIsNeverMore holds that a rounded claim is at most the exact one.
func TestClaimIsNeverMore(t *testing.T) {
	for _, m := range []measure.CO2e{0, 1, 999_999, 1_000_000, 10_091_374_866, 10_999_999_999, 1_234_567_999_999} {
		var shown float64
		if _, err := fmt.Sscanf(strings.ReplaceAll(report.Tonnes(m), "\u00a0", ""), "%g", &shown); err != nil {
			t.Fatal(err)
		}
		if shown > m.Tonnes() || m.Tonnes()-shown > 0.001 {
			t.Errorf("%s is shown as %s", m, report.Tonnes(m))
		}
	}
}

// TestNotEligible holds that without a net nothing is claimed.
func TestNotEligible(t *testing.T) {
	in := reporttest.World(t)
	s := &in.Statements[0]
	s.Account.Eligible, s.Account.Net, s.Account.Conservative = false, nil, nil
	s.Account.Unmet = append(s.Account.Unmet, "use.proof: not given; name the record")
	words := text(t, reporttest.Must(report.HTML(in))(t))
	for _, want := range []string{"nothing", "no removal is claimed by Puro.earth", "indicative and no claim", "proof: of the record use:"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(words, "t CO2e net") {
		t.Error("a lot that is not eligible has a net on its page")
	}
	if strings.Contains(string(reporttest.Must(report.HTML(in))(t)), `class="claim claimed"`) {
		t.Error("a lot that is not eligible is drawn as a claim")
	}
}

// TestStates holds the words of each state.
func TestStates(t *testing.T) {
	in := reporttest.World(t)
	base := in.Statements[0]
	act := func(e statement.EventKind, by, reason string) statement.Status {
		r := statement.Replay(base.Events)
		if err := r.Apply(statement.Event{Leaf: 12, Kind: e, Digest: base.Digest, By: by, Reason: reason}); err != nil {
			t.Fatal(err)
		}
		return *r.Statements[0]
	}
	for want, s := range map[string]statement.Status{
		"State: signed by maker and certified by verifier.":               act(statement.Certify, "verifier", ""),
		"State: withdrawn by maker: the scale was wrong.":                 act(statement.Withdraw, "maker", "the scale was wrong"),
		"This statement is withdrawn and claims nothing any more":         act(statement.Withdraw, "maker", "the scale was wrong"),
		"sealed by centre-park (leaf 10); signed by maker (leaf 11); cer": act(statement.Certify, "verifier", ""),
	} {
		in.Statements[0] = s
		if page := reporttest.Must(report.HTML(in))(t); !strings.Contains(text(t, page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	in.Statements[0] = act(statement.Withdraw, "maker", "wrong")
	if page := reporttest.Must(report.HTML(in))(t); strings.Contains(string(page), `class="claim claimed"`) {
		t.Error("a withdrawn statement is drawn as a claim")
	}
}

// TestLedgersStayApart holds that what is avoided or substituted stands in no
// figure and no section of removals.
func TestLedgersStayApart(t *testing.T) {
	in := reporttest.World(t)
	avoided, substituted := 7.7777, 8.8888
	in.Balance = &pipeline.PeriodReport{Plant: "p", Of: "interval", Interval: in.Interval, Raw: pipeline.Closure{Closure: closure.Closure{Quality: measure.GoodQuality}}, Indicators: []process.Indicator{
		{Name: "ER_avoided", About: "methane destroyed", Unit: "t{CO2e}", Source: "a source", Claim: measure.AvoidedLedger.Amount(&avoided)},
		{Name: "S_fuel", About: "fuel not burnt", Unit: "t{CO2e}", Source: "a source", Claim: measure.SubstitutionLedger.Amount(&substituted)},
	}}
	net := in.Statements[0].Account.Net.CO2e().Tonnes()
	page := string(reporttest.Must(report.HTML(in))(t))
	for id, figure := range map[string]string{"avoided": "7.7777", "substitution": "8.8888"} {
		if n := strings.Count(page, figure); n != 1 || !strings.Contains(part0(page, id), figure) {
			t.Errorf("%s stands %d times, and must stand once, in section %s", figure, n, id)
		}
	}
	for _, sum := range []float64{net + avoided, net + substituted, net + avoided + substituted, avoided + substituted} {
		if strings.Contains(page, fmt.Sprintf("%.3f", sum)) {
			t.Errorf("the page shows %.3f, a sum of two ledgers", sum)
		}
	}
}

// part0 returns a section of a page.
func part0(page, id string) string {
	_, rest, _ := strings.Cut(page, `<section id="`+id+`"`)
	section, _, _ := strings.Cut(rest, "</section>")
	return section
}

// TestHostileNames puts markup, formulas and odd letters where people write.
func TestHostileNames(t *testing.T) {
	in, _ := reporttest.HostileNames(t)
	page := string(reporttest.Must(report.HTML(in))(t))
	if strings.Contains(page, "<script") || strings.Contains(page, "alert(1)<") {
		t.Error("a name is markup on the page")
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the name is not on the page")
	}
}

// TestEmpty holds that a plant of which nothing is known has a report that
// says so in words.
func TestEmpty(t *testing.T) {
	in := reporttest.Empty(t)
	words := text(t, reporttest.Must(report.HTML(in))(t))
	for _, want := range []string{"No lot of this plant touches the interval: nothing is claimed.", "Not computed for this report", "No window of the interval has a closure", "No readings were computed for this report.",
		"No calibration of an instrument of this plant is on record", "None is entered for the interval."} {
		if !strings.Contains(words, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	in.Lot = "p-9"
	if words := text(t, reporttest.Must(report.HTML(in))(t)); !strings.Contains(words, "Nobody entered a lot p-9 of this plant") {
		t.Error("the page does not say that there is no such lot")
	}
}

// TestPageStandsAlone holds that a page asks for nothing and runs nothing.
func TestPageStandsAlone(t *testing.T) {
	page := string(reporttest.Must(report.HTML(reporttest.World(t)))(t))
	for _, no := range []string{"<script", "<link", "<img", "src=", "url(", "@import", "javascript:", "http://", "https://", "onclick", "onload"} {
		for _, at := range strings.Split(page, no)[1:] {
			if no == "http://" && strings.HasPrefix(at, "www.w3.org/2000/svg") {
				continue
			}
			t.Errorf("the page holds %q%.60q", no, at)
		}
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[id[1]] {
			t.Errorf("id %s is given twice", id[1])
		}
		ids[id[1]] = true
	}
	for _, to := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !ids[to[1]] {
			t.Errorf("a link leads to #%s, which is not there", to[1])
		}
	}
}

// text returns the words of a page, and fails where it is not well formed.
func text(t *testing.T, page []byte) string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return strings.ReplaceAll(strings.Join(strings.Fields(b.String()), " "), "\u00a0", "")
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		if words, ok := token.(xml.CharData); ok {
			b.Write(words)
			b.WriteByte(' ')
		}
	}
}

// inOrder tells whether words follow each other somewhere, a few apart.
func inOrder(text string, words []string) bool {
	at := 0
	for rest := text; ; rest = text[at:] {
		i := strings.Index(rest, words[0]+" ")
		if i < 0 {
			return false
		}
		at += i + 1
		near := text[at : at+min(len(text)-at, 160)]
		if j := strings.Index(near, words[1]); j >= 0 && strings.Contains(near[j:], words[2]) {
			return true
		}
	}
}
