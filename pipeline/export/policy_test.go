package export

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nielu/nielu/evidence"
)

const someKey = "demo-log+39100caa+ASTPrHUVvh6kLSJT7K4a14gB4o0yHzE3UfSVt9Sszv0n"

func TestParsePolicy(t *testing.T) {
	p, err := ParsePolicy("auditor.policy", []byte("# keys\n\nlog    "+someKey+"\nexport "+someKey+"\nsigner "+someKey))
	if err != nil || len(p.Logs) != 1 || len(p.Exports) != 1 || p.Signers[0] != someKey {
		t.Fatalf("%+v, %v", p, err)
	}
	for text, want := range map[string]string{
		"":                              `auditor.policy:1:1: no log is trusted`,
		"wittness " + someKey:           `auditor.policy:1:1: unknown role "wittness"`,
		"witness " + someKey:            `auditor.policy:1:9: this is not the key of a witness`,
		"log " + someKey + "\nquorum 1": `auditor.policy:2:8: 1 of 0 witnesses can never be reached`,
		"quorum none":                   `auditor.policy:1:8: "none" is not a number of witnesses`,
		"quorum 0":                      `is not a number of witnesses`,
		"quorum 1\nquorum 1":            `auditor.policy:2:1: the quorum is given twice`,
		"witness " + witnessKey("a") + "\nwitness " + witnessKey("b"): `auditor.policy:2:9: this witness is listed under another name`,
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

// witnessKey is a key for cosignatures; the same under every name.
func witnessKey(name string) string {
	return keyText(name, append([]byte{cosignature}, make([]byte, 32)...))
}

func keyText(name string, material []byte) string {
	return name + "+" + checksum(name, material) + "+" + strictBase64.EncodeToString(material)
}

// One wrong character anywhere in a key is found where it stands, and it alone.
func TestAWrongDigitInAPolicyIsOneLine(t *testing.T) {
	for at := range someKey {
		bad := []byte(someKey)
		if bad[at]++; bad[at] == '+'+1 {
			continue
		}
		_, err := ParsePolicy("policy.txt", []byte("# keys\nlog "+string(bad)+"\nexport "+someKey+"\n"))
		if err == nil || !strings.HasPrefix(err.Error(), "policy.txt:2:5: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("character %d changed: %v", at, err)
		}
	}
	maker, verifier := keyText("maker", append([]byte{ed25519Key}, make([]byte, 32)...)), keyText("verifier", append([]byte{ed25519Key}, make([]byte, 32)...))
	if _, err := ParsePolicy("p", []byte("log "+someKey+"\nmaker "+maker+"\nverifier "+verifier+"\n")); err == nil || !strings.HasPrefix(err.Error(), "p:3:10: the maker maker has the same key") {
		t.Errorf("one key under two names: %v", err)
	}
}

func TestQuorum(t *testing.T) {
	other := keyText("c", append([]byte{cosignature}, bytes.Repeat([]byte{1}, 32)...))
	text := "log " + someKey + "\nwitness " + witnessKey("a") + "\nwitness " + other + "\n"
	for quorum, want := range map[string]int{"": 2, "quorum 1\n": 1} {
		p, err := ParsePolicy("p", []byte(quorum+text))
		if err != nil || len(p.Witnesses) != 2 || p.Quorum != want {
			t.Errorf("%q: %+v, %v, want a quorum of %d", quorum, p, err, want)
		}
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
	f.Add(Manifest{Format: Format, Plant: "pyro1", From: at(noon), To: at(noon + second), Gaps: []Gap{}}.Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err == nil && string(m.Encode()) != string(text) {
			t.Fatalf("%q has a second spelling", text)
		}
	})
}

func FuzzReadCheckpoint(f *testing.F) {
	f.Add([]byte("demo-log\n25\nhKj1ZS5PRykr7o+UD6+Xbp0JBb3fdTrU9Z+W/1b6WRU=\n\nsigned\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := evidence.ReadCheckpoint(text); err == nil && (c.Origin == "" || strings.Contains(c.Origin, "\n")) {
			t.Fatalf("origin %q", c.Origin)
		}
	})
}
