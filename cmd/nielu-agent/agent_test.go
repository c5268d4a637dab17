package main

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"os"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/ingest/evidence"
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
	code := program.Run(t.Context(), "nielu-agent", about, &commands{}, args, program.Streams{Out: &out, Err: &talk})
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
