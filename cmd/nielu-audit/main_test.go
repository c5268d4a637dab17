package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/evidencetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/program"
	"github.com/nielu/nielu/verifier"
)

// bundle exports an hour of a plant that has a plant file and no gateway yet:
// a bundle with a gap as long as itself, and nothing wrong. policy is the
// file of an auditor who knows the keys.
func bundle(t *testing.T) (file, policy string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	logKey, err := evidence.LoadOrCreateKey(filepath.Join(dir, "log.key"), "demo-log")
	must(err)
	key, err := evidence.LoadOrCreateKey(filepath.Join(dir, "export.key"), "demo-export")
	must(err)
	log := &evidencetest.Log{Key: logKey}
	centre, err := evidence.LoadOrCreateKey(filepath.Join(dir, "centre.key"), "centre")
	must(err)
	enrolment, err := evidence.EncodeEnrolment("demo-log", evidence.Enrolment{Site: "demo-park", Agent: "centre", Public: centre.Public(), From: 1, Role: evidence.Centre})
	must(err)
	_, err = log.Decide(t.Context(), &enrolment, logKey.Sign)
	must(err)
	plant, err := configs.Plants.ReadFile("plants/pyro1.yaml")
	must(err)
	config := evidence.Leaf{Kind: evidence.Config, Site: "demo-park", Signer: "centre", Plants: []string{"pyro1"}, Name: "plants/pyro1.yaml", Body: plant}
	_, err = log.Decide(t.Context(), &config, centre.Sign)
	must(err)
	w, err := measure.ParseInterval("2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z")
	must(err)
	var data bytes.Buffer
	must(export.Build(t.Context(), export.Maker{Log: log, Replay: verifier.Readings, LogKey: logKey.Verifier(),
		Key: key.Verifier(), Sign: key.SignNote, Name: "test"}, export.Query{Plant: "pyro1", Interval: w}, &data))
	file, policy = filepath.Join(dir, "bundle.zip"), filepath.Join(dir, "auditor.policy")
	must(os.WriteFile(file, data.Bytes(), 0o600))
	must(os.WriteFile(policy, []byte("log "+logKey.Verifier()+"\nexport "+key.Verifier()+"\n"), 0o600))
	return file, policy
}

func audit(args ...string) (code int, stdout, stderr string) {
	var out, err strings.Builder
	code = run(context.Background(), args, program.Streams{Out: &out, Err: &err})
	return code, out.String(), err.String()
}

func TestVerify(t *testing.T) {
	file, policy := bundle(t)
	code, out, talk := audit("verify", file, "--policy", policy)
	if code != 4 || !strings.HasPrefix(out, "INCOMPLETE\n") || !strings.Contains(out, "no reading of 23 of the plant's 23 tags") || talk != "" {
		t.Errorf("exit %d\n%s%s", code, out, talk)
	}
	if code, out, _ := audit("verify", file); code != 4 || !strings.HasPrefix(out, "INCOMPLETE; NO POLICY\n") || !strings.Contains(out, "No key came from you") {
		t.Errorf("without a policy: exit %d\n%s", code, out)
	}
	code, out, _ = audit("verify", "--json", file, "--policy", policy)
	var report struct {
		Result string
		Faults []export.Fault
		Gaps   []export.Gap
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 4 || report.Result != "incomplete" || report.Faults == nil || len(report.Gaps) == 0 {
		t.Errorf("exit %d, %v, %+v", code, err, report)
	}
}

func TestVerifyFindsAndRefuses(t *testing.T) {
	file, policy := bundle(t)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	beside := func(name string, data []byte) string {
		path := filepath.Join(filepath.Dir(file), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stranger, _, err := evidence.GenerateKey("demo-log")
	if err != nil {
		t.Fatal(err)
	}
	strangerKey, err := evidence.ParseKey(stranger)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(data, []byte("EVIDENCE"), []byte("EVIDENCF"), 1)
	tests := []struct {
		name      string
		args      []string
		code      int
		out, talk string // what stdout and stderr hold
	}{
		{"one letter changed", []string{"verify", beside("changed.zip", changed), "--policy", policy}, 1, "FAILED\n", ""},
		{"cut short", []string{"verify", beside("cut.zip", data[:len(data)/3]), "--policy", policy}, 3, "UNUSABLE\n", ""},
		{"another log", []string{"verify", file, "--policy", beside("other.policy", []byte("log "+strangerKey.Verifier()+"\n"))}, 1, "not signed by the log key (from the policy)", ""},
		{"no such bundle", []string{"verify", file + ".no"}, 3, "", "read bundle"},
		{"no such policy", []string{"verify", file, "--policy", file + ".no"}, 2, "", "read policy"},
		{"a policy with a slip", []string{"verify", file, "--policy", beside("slip.policy", []byte("lgo x\n"))}, 2, "", `slip.policy:1:1: unknown role "lgo"`},
		{"no bundle named", []string{"verify"}, 2, "", "nielu-audit --help"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, talk := audit(test.args...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(talk, test.talk) || test.talk != "" && test.name != "no bundle named" && out != "" {
				t.Errorf("exit %d, want %d\nstdout: %s\nstderr: %s", code, test.code, out, talk)
			}
		})
	}
	for name, args := range map[string][]string{
		`share "5": must be above 0 %`:                     {"verify", file, "--share", "5"},
		"a seed draws a share: add --share":                {"verify", file, "--seed", "rain"},
		"is not empty: name another folder":                {"extract", file, filepath.Dir(file)},
		"1 of 0 witnesses can never be reached: add lines": {"verify", file, "--policy", beside("quorum.policy", []byte("log "+strangerKey.Verifier()+"\nquorum 1\n"))},
	} {
		if code, out, talk := audit(args...); code != 2 || out != "" || !strings.Contains(talk, name) {
			t.Errorf("%v: exit %d, %s%s, want %q", args, code, out, talk, name)
		}
	}
	if code, out, _ := audit("--version"); code != 0 || !strings.HasPrefix(out, "nielu-audit ") {
		t.Errorf("version: exit %d, %q", code, out)
	}
}

func TestShare(t *testing.T) {
	file, policy := bundle(t)
	code, out, _ := audit("verify", file, "--policy", policy, "--share", "5%", "--seed", "rain")
	if first, _, _ := strings.Cut(out, "\n"); code != 4 || first != "INCOMPLETE IN A SHARE OF 5 % (1 OF 1 DAYS)" || !strings.Contains(out, "drawn with the seed rain") {
		t.Errorf("exit %d\n%s", code, out)
	}
	_, out, _ = audit("verify", file, "--policy", policy, "--share", "5%", "--json")
	var report struct {
		Verdict string
		Share   struct {
			Part float64
			Seed string
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Share.Part != 0.05 || len(report.Share.Seed) != 16 || !strings.Contains(report.Verdict, "SHARE") {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestExtract(t *testing.T) {
	file, _ := bundle(t)
	folder := filepath.Join(t.TempDir(), "tables")
	code, out, _ := audit("extract", file, folder)
	if code != 0 || !strings.Contains(out, "rollups.csv") {
		t.Fatalf("exit %d, %s", code, out)
	}
	text, err := os.ReadFile(filepath.Join(folder, "rollups.csv"))
	if rows := bytes.Count(text, []byte("\n")); err != nil || rows != 1+23*60 || !bytes.HasPrefix(text, []byte("tag,unit,from,count")) {
		t.Errorf("%d rows, %v", rows, err)
	}
	if code, _, talk := audit("extract", file+".no", folder+"2"); code != 3 || !strings.Contains(talk, "read bundle") {
		t.Errorf("exit %d, %s", code, talk)
	}
}
