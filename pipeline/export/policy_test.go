package export

import (
	"strings"
	"testing"
)

const someKey = "demo-log+39100caa+ASTPrHUVvh6kLSJT7K4a14gB4o0yHzE3UfSVt9Sszv0n"

func TestParsePolicy(t *testing.T) {
	p, err := ParsePolicy("auditor.policy", []byte("# keys\n\nlog    "+someKey+"\nexport "+someKey+"\nsigner "+someKey))
	if err != nil || len(p.Logs) != 1 || len(p.Exports) != 1 || p.Signers[0] != someKey {
		t.Fatalf("%+v, %v", p, err)
	}
	for text, want := range map[string]string{
		"":                                     `auditor.policy:1:1: no log is trusted`,
		"witness " + someKey:                   `auditor.policy:1:1: unknown role "witness"`,
		"log nobody":                           `auditor.policy:1:5: "nobody" is not a verifier key`,
		"log " + someKey + " x":                `is not a verifier key`,
		"log " + someKey + "\nLog x":           `auditor.policy:2:1: unknown role "Log"`,
		strings.Repeat("log "+someKey+"\n", 2): `auditor.policy:2:5: this key is listed twice`,
	} {
		if _, err := ParsePolicy("auditor.policy", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := ParsePolicy("p", []byte("a b\nlog c\nd e\n")); strings.Count(err.Error(), "p:") != 3 {
		t.Errorf("not all errors at once: %v", err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("log " + someKey + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := ParsePolicy("p", text); err == nil && len(p.Logs) == 0 {
			t.Fatal("a policy without a log was accepted")
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	f.Add(Manifest{Format: Format, Plant: "pyro1", From: at(noon), To: at(noon + second), Gaps: []Gap{}, Files: []ManifestFile{}}.Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err == nil && string(m.Encode()) != string(text) {
			t.Fatalf("%q has a second spelling", text)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add([]byte("demo-log\n25\nhKj1ZS5PRykr7o+UD6+Xbp0JBb3fdTrU9Z+W/1b6WRU=\n\nsigned\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := ParseCheckpoint(text); err == nil && (c.Origin == "" || strings.Contains(c.Origin, "\n")) {
			t.Fatalf("origin %q", c.Origin)
		}
	})
}
