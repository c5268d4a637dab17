package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCalc(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	feed := write("feed.json", `{"m_kg":100,"u_m":0.5,"moisture":0.12,"u_moisture":0.005}`)
	good := `{"id":"a","formula":"part98-substitute","inputs":{"before":48.2,"after":49.0},"expected":{"substitute":48.6}}`
	wrong := strings.NewReplacer(`"a"`, `"b"`, "48.6", "48.7").Replace(good)
	unknown := strings.NewReplacer(`"a"`, `"c"`, "part98", "part89").Replace(good)
	cases := func(list ...string) string {
		return write("cases.json", `{"format":"nielu-domain-vectors/1","cases":[`+strings.Join(list, ",")+`]}`)
	}
	for _, c := range []struct {
		args      []string
		code      int
		out, talk string
	}{
		{[]string{"--list"}, 0, "tool06-minute ", ""},
		{nil, 0, "tool06-minute ", ""},
		{[]string{"dry-feed"}, 0, "  u_moisture               1\n", ""},
		{[]string{"dry-feed", feed}, 0, "dry_kg = m (1 - M) = 100 kg · (1 - 0.12) = 88 kg\n", ""},
		{[]string{"dry-feed", feed, "--json"}, 0, `"got":{"dry_kg":88,`, ""},
		{[]string{"dryfeed", feed}, 2, "", `there is no formula "dryfeed"; did you mean "dry-feed"?`},
		{[]string{"dry-feed", write("typo.json", `{"m_kg":100,"u_m":0.5,"moistur":0.12,"u_moisture":0.005}`)}, 2, "", `unknown key "moistur"; did you mean "moisture"?`},
		{[]string{"dry-feed", filepath.Join(dir, "none.json")}, 3, "", "none.json"},
		{[]string{"--cases", write("format.json", `{"format":"other","cases":[]}`)}, 2, "", "only"},
		{[]string{"dry-feed", "--cases", feed}, 2, "", "give nothing else"},
		{[]string{"--cases", cases(good)}, 0, `{"id":"a","formula":"part98-substitute","got":{"substitute":48.6},"ok":true}` + "\n", "1 of 1 cases"},
	} {
		o := nielu(t, append([]string{"calc"}, c.args...)...).ends(t, c.code)
		if !strings.Contains(o.out, c.out) || !strings.Contains(o.talk, c.talk) {
			t.Errorf("calc %v\nstdout: %s\nstderr: %s\nwant %q and %q", c.args, o.out, o.talk, c.out, c.talk)
		}
	}
	o := nielu(t, "calc", "--cases", cases(good, wrong)).ends(t, 1)
	if !strings.Contains(o.talk, "b: substitute is the number 48.6, expected the number 48.7") {
		t.Errorf("what differs is not said: %s", o.talk)
	}
	o = nielu(t, "calc", "--cases", cases(unknown, wrong, good)).ends(t, 2)
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	if len(lines) != 3 || !strings.Contains(o.talk, `c: there is no formula "part89-substitute"; did you mean "part98-substitute"?`) {
		t.Fatalf("stdout: %s\nstderr: %s", o.out, o.talk)
	}
	for i, want := range []bool{false, false, true} {
		var line struct{ OK bool }
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil || line.OK != want {
			t.Errorf("%s: %v", lines[i], err)
		}
	}
}
