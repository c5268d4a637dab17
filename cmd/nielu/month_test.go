package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/demo"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/suite"
)

// month is a demo whose people work with it.
type month struct {
	dir, console, file, lot string
	from, to                time.Time
	demo                    *child
}

// as runs a command of nielu on the demo's centre.
func (m *month) as(t *testing.T, code int, args ...string) outcome {
	t.Helper()
	command := args[:1]
	if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		command = args[:2]
	}
	return nielu(t, append(append(append([]string{}, command...), "-c", m.file), args[len(command):]...)...).ends(t, code)
}

// stated waits until the newest statement of the lot holds, and returns it.
func (m *month) stated(t *testing.T, what string, holds func(s statement.Statement) bool) statement.Statement {
	t.Helper()
	var newest statement.Statement
	eventually(t, patience, what, func() bool {
		o := nielu(t, "statement", "show", "-c", m.file, "--plant", "pyro1", "--lot", m.lot)
		if o.code != 0 {
			return false
		}
		newest = must[statement.Statement](t)(statement.Parse([]byte(o.out)))
		return holds(newest)
	})
	return newest
}

// enter enters records by hand.
func (m *month) enter(t *testing.T, records string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "entry.yaml")
	write(t, file, []byte("author: "+demo.Author+"\nplant: pyro1\nrecords:\n"+records))
	m.as(t, 0, "custody", "add", file)
}

// standing returns the states of the lot's statements, the oldest first.
func (m *month) standing(t *testing.T) string {
	t.Helper()
	var states []string
	for line := range strings.Lines(m.as(t, 0, "statement", "list", "--plant", "pyro1").out) {
		if f := strings.Fields(line); len(f) > 3 && f[0] == m.lot {
			states = append(states, f[3])
		}
	}
	return strings.Join(states, " ")
}

// A month of the pyrolysis pilot: deliveries come, the kiln runs, a sensor of
// the char fails for eleven hours, two laboratories report, a weighing ticket is
// corrected, the bags are sold and spread on a field. The lot's statement is
// signed by its maker, exported, verified offline and certified by a verifier;
// the certificate stands in the next export. After it nothing is stated anew
// until it is withdrawn, and no second one can be had.
func TestAMonthToACertificate(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	began := time.Now()
	monday := began.UTC().Truncate(24 * time.Hour)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	analyses := 5 // a lot is a week, and the demo's past has five whole ones
	if began.Sub(monday) < 2*time.Hour {
		monday, analyses = monday.AddDate(0, 0, -7), 4 // the week that is only just over is not stated yet
	}
	m := &month{dir: t.TempDir(), console: free(t), from: monday.AddDate(0, 0, -7), to: monday}
	m.file, m.lot = filepath.Join(m.dir, "nielu.yaml"), devicetest.Lot("pyro1", m.from)
	ago := func(at time.Time) string { return fmt.Sprintf("%.0fs", began.Sub(at).Seconds()) }
	failed := m.from.Add(50 * time.Hour)
	m.demo = start(t, delivered(t, "nielu"), "demo", "--dir", m.dir, "--listen", m.console,
		"--fault", "pyro1/char/moisture=sentinel@"+ago(failed)+"-"+ago(failed.Add(11*time.Hour)))
	eventually(t, patience, "the console answers", func() bool { _, ok := get(m.console, "/readyz"); return ok })

	// Analyses of the weeks before it count once those are stated too.
	first := m.stated(t, "the last whole week is stated", func(s statement.Statement) bool {
		return s.Covered > 90*week/100 && strings.Contains(s.Account.Variant, fmt.Sprint(analyses, " analyses a year"))
	})
	if lost := week - first.Covered; lost < 10*time.Hour || lost > 13*time.Hour {
		t.Errorf("the failed sensor took %s from the lot, want about 11 h", lost)
	}
	if !first.Account.Eligible || !strings.Contains(string(first.Text()), "unmet coverage: ") || first.Placed != first.Dry {
		t.Errorf("the hours without a sensor are not counted, and that is said; more was placed than counted:\n%s", first.Text())
	}

	eventually(t, patience, "the demo tells what to type", func() bool { return strings.Contains(m.demo.talk.String(), "export it and audit it") })

	// The second laboratory's table, with a decimal comma.
	var table strings.Builder
	table.WriteString("Sample;Parameter;Result;Unit;Uncertainty;Method\n")
	for r := range 3 {
		fmt.Fprintf(&table, "%s-char-%d;carbon total;80,0;%%;0,9;EN ISO 16948\n", m.lot, r+1)
	}
	csv := filepath.Join(m.dir, "second.csv")
	write(t, csv, []byte(table.String()))
	m.as(t, 0, "lab", "add", csv, "--plant", "pyro1", "--report", "L-2", "--laboratory", "Second laboratory", "--accreditation", "none", "--at", m.to.Format(time.RFC3339))
	second := m.stated(t, "two laboratories are averaged", func(s statement.Statement) bool { return s.Revision > first.Revision })
	before, _ := first.Account.Line("C_org")
	after, _ := second.Account.Line("C_org")
	if !(after.Value < before.Value-1) || !(second.Account.Net.CO2e() < first.Account.Net.CO2e()) || !(*second.Account.StandardUncertainty > *first.Account.StandardUncertainty) {
		t.Errorf("C_org %v then %v, net %s then %s, u %s then %s: a laboratory that finds less carbon lowers the net and raises its uncertainty", before.Value, after.Value,
			first.Account.Net, second.Account.Net, first.Account.StandardUncertainty, second.Account.StandardUncertainty)
	}

	// A ticket was misread: a bag held less than half.
	m.enter(t, fmt.Sprintf("  - { unit: %s-1, lot: %s, at: %s, wet_mass: 200 kg, moisture: 20 %%, scale: WT-402, corrects: ticket misread }\n", m.lot, m.lot, m.from.Add(20*time.Hour).Format(time.RFC3339)))
	third := m.stated(t, "the correction counts", func(s statement.Statement) bool { return s.Revision > second.Revision })
	if !(third.Placed < second.Placed) || third.Dry != second.Dry || !(third.Account.Net.CO2e() < second.Account.Net.CO2e()) {
		t.Errorf("placed %s then %s, counted %s then %s", second.Placed, third.Placed, second.Dry, third.Dry)
	}
	book := m.as(t, 0, "custody", "show", "--plant", "pyro1").out
	for _, told := range []string{"corrects: ticket misread", "no, since leaf", "sale sale-" + m.lot, "use use-" + m.lot, "report L-2"} {
		if !strings.Contains(book, told) {
			t.Errorf("the book does not tell %q\n%s", told, book)
		}
	}

	ofLot := []string{"--plant", "pyro1", "--lot", m.lot}
	maker, verifier, policy := filepath.Join(m.dir, "maker.key"), filepath.Join(m.dir, "verifier.key"), filepath.Join(m.dir, "data", "policy.txt")
	note := filepath.Join(m.dir, "certificate.note")
	bundle := m.export(t, "sealed.zip")
	certify := func(bundle string, code int) outcome {
		return run(t, "nielu-audit", "certify", bundle, "--policy", policy, "--lot", m.lot, "--key", verifier, "-o", note).ends(t, code)
	}
	if o := certify(bundle, 1); !strings.Contains(o.talk, "must be signed by its maker first") {
		t.Errorf("an unsigned statement: %s", o.talk)
	}
	m.as(t, 0, append([]string{"statement", "sign", "--key", maker}, ofLot...)...)
	if o := m.as(t, 1, append([]string{"statement", "sign", "--key", verifier}, ofLot...)...); !strings.Contains(o.talk, "no key of the centre's file that may sign") {
		t.Errorf("the verifier signed as a maker: %s", o.talk)
	}
	bundle = m.export(t, "signed.zip")
	certify(bundle, 0)
	m.as(t, 0, "statement", "certify", note)
	if o := m.as(t, 1, "statement", "certify", note); !strings.Contains(o.talk, "a certified statement") {
		t.Errorf("a second certificate: %s", o.talk)
	}
	bundle = m.export(t, "certified.zip")
	report := run(t, "nielu-audit", "verify", bundle, "--policy", policy).ends(t, 0).out
	for _, told := range []string{"VERIFIED\n", m.lot + " (leaf ", "), CERTIFIED: reproduced from raw words, byte for byte", "certify by demo-verifier", "), SUPERSEDED: reproduced", "checked with the key in the policy"} {
		if !strings.Contains(report, told) {
			t.Errorf("the report does not tell %q\n%s", told, report)
		}
	}
	var shown []struct {
		Lot, State string
		Acts       []struct{ Event, By string }
	}
	ask(t, m.console, "/api/v1/statements?plant=pyro1", &shown)
	certified := 0
	for _, s := range shown {
		if s.Lot == m.lot && s.State == "certified" && s.Acts[len(s.Acts)-1].By == "demo-verifier" {
			certified++
		}
	}
	if certified != 1 {
		t.Errorf("the page shows %d certified statements of the lot, want 1: %+v", certified, shown)
	}
	stranger := filepath.Join(m.dir, "stranger.txt")
	text := string(must[[]byte](t)(os.ReadFile(policy)))
	write(t, stranger, []byte(text[:strings.Index(text, "verifier ")]))
	if o := run(t, "nielu-audit", "verify", bundle, "--policy", stranger).ends(t, 0); !strings.Contains(o.out, "not checked: the policy names no such key") {
		t.Errorf("a verifier whom the auditor does not know passes unremarked\n%s", o.out)
	}
	// The laboratory's own table is in the bundle, and cannot be changed there.
	data := must[[]byte](t)(os.ReadFile(bundle))
	at := strings.Index(string(data), "char-2;carbon total;80,0")
	if at < 0 {
		t.Fatal("the second laboratory's file is not in the bundle")
	}
	data[at+len("char-2;carbon total;")] = '9'
	forged := filepath.Join(m.dir, "forged.zip")
	write(t, forged, data)
	run(t, "nielu-audit", "verify", forged, "--policy", policy).ends(t, 1)

	// A bundle is printed on demand, from what is verified.
	var printed []string
	for _, end := range []string{"html", "pdf", "xlsx"} {
		printed = append(printed, filepath.Join(m.dir, "bundle."+end))
	}
	print := []string{"report", "--policy", policy, "-o", printed[0], "-o", printed[1], "-o", printed[2]}
	nielu(t, append(print, forged)...).ends(t, 1)
	if _, err := os.Stat(printed[0]); err == nil {
		t.Error("a forged bundle gave a report")
	}
	if o := nielu(t, append(print, "--lot", "nosuch", bundle)...).ends(t, 2); !strings.Contains(o.talk, "its lots are "+m.lot) {
		t.Errorf("a lot that the bundle has not: %s", o.talk)
	}
	if _, err := os.Stat(printed[0]); err == nil {
		t.Error("a lot that the bundle has not gave a report")
	}
	nielu(t, append(print, bundle)...).ends(t, 0)
	if !bytes.Equal(must[[]byte](t)(os.ReadFile(printed[0])), inBundle(t, bundle, "views/report.html")) {
		t.Error("the page made from a bundle is not the one in it")
	}
	for i, begins := range map[int]string{1: "%PDF-", 2: "PK"} {
		if text := must[[]byte](t)(os.ReadFile(printed[i])); !strings.HasPrefix(string(text), begins) || len(text) < 10_000 {
			t.Errorf("%s has %d bytes and begins with %.10q", printed[i], len(text), text)
		}
	}

	// What people and registries are given says the same.
	page := filepath.Join(m.dir, "report.html")
	m.as(t, 0, append([]string{"report", "-o", page}, ofLot...)...)
	for _, told := range []string{m.lot, "demo-verifier", "Removals", "Avoided emissions", "Substitution"} {
		if !strings.Contains(string(must[[]byte](t)(os.ReadFile(page))), told) {
			t.Errorf("the report does not tell %q", told)
		}
	}
	form := m.as(t, 0, append([]string{"registry", "--for", "puro"}, ofLot...)...).out
	if strings.Contains(form, "NOT CERTIFIED") || !strings.Contains(form, m.lot) {
		t.Errorf("the registry's form of a certified lot:\n%s", form)
	}
	label := filepath.Join(m.dir, "label.svg")
	m.as(t, 0, "lot", "label", m.lot+"-2", "--plant", "pyro1", "-o", label)
	if svg := string(must[[]byte](t)(os.ReadFile(label))); !strings.HasPrefix(svg, "<svg ") || !strings.Contains(svg, m.lot+"-2") {
		t.Errorf("the label: %.200s", svg)
	}
	hours := m.as(t, 0, "fill", "--plant", "pyro1", "--tag", "pyro1/gas/volume_flow", "--from", m.from.Format(time.RFC3339), "--to", m.to.Format(time.RFC3339),
		"--rule", "us-part-98", "--direction", "emission").out
	if !strings.Contains(hours, "(168 of 168 hours)") {
		t.Errorf("the hours of the gas flow:\n%s", hours)
	}

	// What comes after the certificate changes nothing by itself.
	m.enter(t, fmt.Sprintf("  - { activity: late, lot: %s, group: E_use, about: a forgotten bill, amount: 100 kg, source: simulated bill }\n", m.lot))
	eventually(t, patience, "the bill is computed", func() bool {
		n, ok := counter(m.console, "nielu_projection_dirty_hours")
		return !ok || n == 0
	})
	if got := m.standing(t); !strings.HasSuffix(got, "superseded superseded certified") {
		t.Errorf("statements stand as %s", got)
	}
	m.as(t, 0, append([]string{"statement", "withdraw", "--key", maker, "--reason", "a bill was forgotten"}, ofLot...)...)
	if got := m.standing(t); !strings.Contains(got, "superseded superseded withdrawn") {
		t.Errorf("statements stand as %s", got)
	}
	m.enter(t, fmt.Sprintf("  - { activity: none, lot: %s, group: E_use, about: nothing else, amount: 0 kg, reason: nothing else was used }\n", m.lot))
	last := m.stated(t, "it is stated anew", func(s statement.Statement) bool { return s.Revision > third.Revision })
	if !(last.Account.Net.CO2e() < third.Account.Net.CO2e()) {
		t.Errorf("net %s after the bill, %s before", last.Account.Net, third.Account.Net)
	}
	if code := m.demo.stop(t); code != 0 {
		t.Errorf("the demo ended with exit code %d\n%s", code, m.demo.talk.String())
	}
	t.Logf("%s: net %s, then %s with two laboratories, %s corrected and certified, %s after the bill", m.lot, first.Account.Net, second.Account.Net, third.Account.Net, last.Account.Net)
}

func (m *month) export(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(m.dir, name)
	m.as(t, 0, "export", "--plant", "pyro1", "-o", file, "--from", m.from.Format(time.RFC3339), "--to", m.to.Format(time.RFC3339))
	return file
}

// inBundle returns a file of a bundle.
func inBundle(t *testing.T, bundle, name string) []byte {
	t.Helper()
	archive := must[*zip.ReadCloser](t)(zip.OpenReader(bundle))
	defer archive.Close()
	return must[[]byte](t)(fs.ReadFile(archive, name))
}
