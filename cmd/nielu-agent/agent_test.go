package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/program"
)

// outcome is how the program ended and what it said.
type outcome struct {
	code      int
	out, talk string
}

// agent runs a command of this program to its end.
func agent(t testing.TB, args ...string) outcome {
	t.Helper()
	var out, talk strings.Builder
	code := run(t.Context(), args, program.Streams{Out: &out, Err: &talk})
	return outcome{code, out.String(), talk.String()}
}

// gatewayFiles writes the files of a gateway beside pyro1, each changed by the
// function if it is not nil, and returns the path of agent.yaml.
func gatewayFiles(t *testing.T, modbus string, change func(name, text string) string) string {
	t.Helper()
	dir := t.TempDir()
	_, centre, err := evidence.GenerateKey("nielu-log-demo-park")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"agent.yaml":     string(devicetest.AgentConfig("pyro1", modbus, "mqtt://127.0.0.1:1", centre)),
		"plc-pyro1.yaml": string(devicetest.PLCProfile("pyro1")),
	} {
		if change != nil {
			text = change(name, text)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "agent.yaml")
}

// placed is how a fault of a file begins.
var placed = regexp.MustCompile(`^[^:\n]+:\d+:\d+: \S`)

// An installer slips in agent.yaml or in a profile: check says where and what
// to write, and nothing runs.
func TestCheckPointsAtASlip(t *testing.T) {
	for _, slip := range []struct{ file, old, new, says string }{
		{"", "", "", ""},
		{"agent.yaml", "seal_every: 1 s", "seal_evry: 1 s", `did you mean "seal_every"`},
		{"agent.yaml", "timeout: 500 ms", "timeout: 500", "timeout"},
		{"agent.yaml", "capacity: 500 kg", "capacity: 500", "capacity"},
		{"agent.yaml", "capacity: 500 kg", "capacity: 500 kW", "kW"},
		{"agent.yaml", "every: 2 s", "every: 2 kg", "every"},
		{"agent.yaml", "profile: laumas-tlb4", "profile: laumas-tlb5", "laumas-tlb"},
		{"agent.yaml", "limit: 2 GB", "limit: 2", "limit"},
		{"plc-pyro1.yaml", `unit: "kg/h"`, `unit: "TPH"`, "TPH"},
		{"plc-pyro1.yaml", `scale: "0.1 Cel"`, `scale: 0.1`, "scale"},
		{"plc-pyro1.yaml", "holes: 8", "hole: 8", `did you mean "holes"`},
		{"plc-pyro1.yaml", "type: float32", "type: float23", "float23"},
	} {
		file := gatewayFiles(t, "127.0.0.1:1", func(name, text string) string {
			if name != slip.file {
				return text
			}
			if !strings.Contains(text, slip.old) {
				t.Fatalf("%s has no %q", name, slip.old)
			}
			return strings.Replace(text, slip.old, slip.new, 1)
		})
		o := agent(t, "check", "-c", file)
		if slip.file == "" {
			if o.code != 0 {
				t.Fatalf("exit code %d\n%s%s", o.code, o.out, o.talk)
			}
			continue
		}
		first, _, _ := strings.Cut(o.out, "\n")
		if o.code != 2 || !placed.MatchString(first) || !strings.Contains(first, slip.file) || !strings.Contains(o.out, slip.says) {
			t.Errorf("%s, %q for %q: exit code %d\n%s%s", slip.file, slip.new, slip.old, o.code, o.out, o.talk)
		}
		t.Log(strings.ReplaceAll(first, filepath.Dir(file), ""))
		for _, command := range []string{"run", "read", "plan", "enroll"} {
			if o := agent(t, command, "-c", file); o.code != 2 || o.out != "" || !strings.Contains(o.talk, slip.says) {
				t.Errorf("%s with %q: exit code %d\n%s%s", command, slip.new, o.code, o.out, o.talk)
			}
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), "spool")); err == nil {
			t.Errorf("%q: a spool was begun with a file that is wrong", slip.new)
		}
	}
}

// readings reads each instrument once, as an installer does.
func readings(t *testing.T, file string) (o outcome, lines map[string]line) {
	t.Helper()
	o = agent(t, "read", "--json", "--for", "3s", "-c", file)
	lines = map[string]line{}
	for text := range strings.Lines(o.out) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		lines[string(l.Tag)] = l
	}
	return o, lines
}

// modbusOnly leaves the MQTT sensors out of agent.yaml.
func modbusOnly(name, text string) string {
	text, _, _ = strings.Cut(text, "mqtt:\n")
	return text
}

// An installer reads the instruments: all of them; one at a wrong register
// address; one that is not there.
func TestReadTellsWhatIsWrong(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- devicetest.New("pyro1", 1, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)).Serve(ctx, "127.0.0.1:0", func(a string) { ready <- a })
	}()
	defer func() {
		cancel()
		<-ended
	}()
	modbus := <-ready
	file := gatewayFiles(t, modbus, modbusOnly)

	o, lines := readings(t, file)
	if o.code != 0 || len(lines) != 21 {
		t.Errorf("exit code %d, %d readings, want 21\n%s%s", o.code, len(lines), o.out, o.talk)
	}
	weight := lines["pyro1/char/hopper_weight"]
	if weight.Value == nil || weight.Unit != "kg" || weight.Quality != "good" || weight.Raw == "" || weight.Address == "" || time.Since(weight.Time) > time.Minute {
		t.Errorf("the hopper's weight is %+v", weight)
	}

	// The installer took the feed for an input register.
	file = gatewayFiles(t, modbus, func(name, text string) string {
		return strings.Replace(modbusOnly(name, text), "feed_mass_flow: { function: 3,", "feed_mass_flow: { function: 4,", 1)
	})
	o, lines = readings(t, file)
	feed := lines["pyro1/feed/mass_flow"]
	if o.code != 1 || feed.Value != nil || feed.Quality != "bad" || feed.Reason != "exception" {
		t.Errorf("a wrong address: exit code %d, %+v\n%s", o.code, feed, o.talk)
	}
	if n := strings.Count(o.talk, "exception"); n != 1 || !strings.Contains(o.talk, "function") {
		t.Errorf("the exception is told %d times, want once\n%s", n, o.talk)
	}
	t.Log(o.talk)
	if other := lines["pyro1/feed/moisture"]; other.Value == nil || other.Quality != "good" {
		t.Errorf("another register of the same controller is %+v", other)
	}

	// Nobody listens at the address.
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	o, lines = readings(t, gatewayFiles(t, nobody.Addr().String(), modbusOnly))
	feed = lines["pyro1/feed/mass_flow"]
	if o.code != 1 || len(lines) != 21 || feed.Quality != "bad" || feed.Reason != "no-connection" || !strings.Contains(o.talk, "21 of 21 readings are bad") {
		t.Errorf("nobody there: exit code %d, %d readings, %+v\n%s", o.code, len(lines), feed, o.talk)
	}
	if table := agent(t, "read", "--for", "3s", "-c", file); table.code != 1 || !strings.Contains(table.out, "bad:exception") {
		t.Errorf("as a table: exit code %d\n%s", table.code, table.out)
	}
}

// running runs a gateway until the function returned is called, which gives
// what it said.
func running(t *testing.T, file string) (stop func() outcome) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var talk lockedText
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"run", "-c", file}, program.Streams{Out: &talk, Err: &talk})
	}()
	for range 600 { // until it runs
		if strings.Contains(talk.String(), "msg=running") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return func() outcome {
		cancel()
		return outcome{code: <-ended, talk: talk.String()}
	}
}

// lockedText is a text that several write.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Two who ask at once get each other's replies: read beside a running gateway
// is refused, and told who runs.
func TestReadBesideRunIsRefused(t *testing.T) {
	file := gatewayFiles(t, "127.0.0.1:1", modbusOnly)
	stop := running(t, file)
	o := agent(t, "read", "--for", "1s", "-c", file)
	if want := fmt.Sprintf("process %d", os.Getpid()); o.code != program.Unreachable || o.out != "" || !strings.Contains(o.talk, want) {
		t.Errorf("exit code %d, want 3 and %q\n%s%s", o.code, want, o.out, o.talk)
	}
	if again := agent(t, "run", "-c", file); again.code != program.Unreachable || !strings.Contains(again.talk, "process ") {
		t.Errorf("a second run: exit code %d\n%s", again.code, again.talk)
	}
	stop()
	if o := agent(t, "read", "--for", "1s", "-c", file); o.code != program.Wrong {
		t.Errorf("read after the gateway ended: exit code %d\n%s", o.code, o.talk)
	}
}

// A port of metrics in use stops no gateway.
func TestMetricsPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := gatewayFiles(t, "127.0.0.1:1", func(name, text string) string {
		if name == "agent.yaml" {
			text = strings.Replace(modbusOnly(name, text), "spool:", "metrics: "+taken.Addr().String()+"\nspool:", 1)
		}
		return text
	})
	if o := agent(t, "check", "-c", file); o.code != 0 || !strings.Contains(o.out, "note: metrics") {
		t.Errorf("check: exit code %d\n%s%s", o.code, o.out, o.talk)
	}
	stop := running(t, file)
	time.Sleep(200 * time.Millisecond)
	if o := stop(); o.code != 0 || !strings.Contains(o.talk, "no metrics") {
		t.Errorf("exit code %d\n%s", o.code, o.talk)
	}
}

// check finds what run would refuse, or would fail at later.
func TestCheckFindsWhatRunWouldRefuse(t *testing.T) {
	write := func(dir, name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keys := t.TempDir()
	pair := func(name string, from, to time.Time) string {
		cert, key := certificate(t, from, to)
		return "{ cert: " + write(keys, name+".pem", cert) + ", key: " + write(keys, name+"-key.pem", key) + " }"
	}
	now := time.Now()
	for _, name := range []string{"a", "b"} {
		pair(name, now.Add(-time.Hour), now.Add(1000*time.Hour))
	}
	signer, _, err := evidence.GenerateKey("gw-other")
	if err != nil {
		t.Fatal(err)
	}
	profile := func(points string) func(string, string) string {
		return func(name, text string) string {
			if name == "plc-pyro1.yaml" {
				return text + points
			}
			return text
		}
	}
	replace := func(old, new string) func(string, string) string {
		return func(name, text string) string {
			if name == "agent.yaml" {
				if !strings.Contains(text, old) {
					t.Fatalf("no %q in %s", old, text)
				}
				text = strings.Replace(text, old, new, 1)
			}
			return text
		}
	}
	for name, c := range map[string]struct {
		change func(name, text string) string
		code   int
		says   string
	}{
		"fine":                   {nil, 0, ""},
		"a wrong centre":         {replace("centre: ", "centre: x #"), 2, "log.pub"},
		"no centre":              {replace("centre: ", "#"), 2, "centre is missing"},
		"no key":                 {replace("key: ", "#"), 2, "key is missing"},
		"another's key":          {replace("key: \"agent.key\"", "key: "+write(keys, "other.key", signer+"\n")), 2, "gw-other"},
		"an empty key":           {replace("key: \"agent.key\"", "key: "+write(keys, "empty.key", "")), 2, "empty.key"},
		"no CA":                  {replace("spool:", "tls: { ca: absent.pem }\nspool:"), 2, "absent.pem"},
		"a CA without PEM":       {replace("spool:", "tls: { ca: "+write(keys, "words.pem", "words")+" }\nspool:"), 2, "no PEM"},
		"an expired pair":        {replace("spool:", "tls: "+pair("old", now.Add(-48*time.Hour), now.Add(-24*time.Hour))+"\nspool:"), 2, "expired on"},
		"a pair of tomorrow":     {replace("spool:", "tls: "+pair("new", now.Add(24*time.Hour), now.Add(48*time.Hour))+"\nspool:"), 2, "valid only from"},
		"a pair of two":          {replace("spool:", "tls: { cert: "+keys+"/a.pem, key: "+keys+"/b-key.pem }\nspool:"), 2, "private key does not match"},
		"ends soon":              {replace("spool:", "tls: "+pair("soon", now.Add(-time.Hour), now.Add(240*time.Hour))+"\nspool:"), 0, "note: cert: "},
		"no password":            {replace("spool:", "user: x\npassword_file: absent.txt\nspool:"), 2, "absent.txt"},
		"an empty password":      {replace("spool:", "user: x\npassword_file: "+write(keys, "empty.txt", "\n")+"\nspool:"), 2, "is empty"},
		"a wrong port":           {replace("spool:", "metrics: 127.0.0.1:99999\nspool:"), 2, "metrics"},
		"a spool that is a file": {replace("dir: \"spool\"", "dir: "+write(keys, "file", "x")), 2, "not a folder"},
		"a manual's number":      {profile("  slip: { function: 3, address: 40011, type: uint16, unit: '1' }\n"), 0, "on the wire it is 10"},
		"points that overlap":    {profile("  one: { function: 3, address: 500, type: float32, unit: '1' }\n  two: { function: 3, address: 501, type: float32, unit: '1' }\n"), 0, "shares a part of its registers"},
	} {
		t.Run(name, func(t *testing.T) {
			file := gatewayFiles(t, "127.0.0.1:1", c.change)
			o := agent(t, "check", "-c", file)
			if o.code != c.code || !strings.Contains(o.out, c.says) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", o.code, c.code, c.says, o.out, o.talk)
			}
			for line := range strings.Lines(o.out) {
				if !placed.MatchString(line) {
					t.Errorf("without a place: %s", line)
				}
			}
		})
	}
	for command, code := range map[string]int{"--help": program.Fine, "read --help": program.Fine, "--version": program.Fine,
		"nonsense": program.Usage, "nonsense --help": program.Usage, "--help nonsense": program.Usage, "--version nonsense": program.Usage, "": program.Usage} {
		if o := agent(t, strings.Fields(command)...); o.code != code {
			t.Errorf("%q: exit code %d, not %d", command, o.code, code)
		}
	}
	if o := agent(t, "check", "-c", filepath.Join(keys, "absent.yaml")); o.code != program.Usage {
		t.Errorf("no file: exit code %d", o.code)
	}
	for _, command := range []string{"run", "read", "plan", "enroll"} {
		if o := agent(t, command, "-c", filepath.Join(keys, "absent.yaml")); o.code != program.Usage {
			t.Errorf("%s without a file: exit code %d", command, o.code)
		}
	}
}

// certificate makes a pair that vouches for itself.
func certificate(t *testing.T, from, to time.Time) (cert, key string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gw-pyro1"}, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}
