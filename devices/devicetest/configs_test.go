package devicetest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the generated example files anew")

// The files in configs/examples/demo are what the simulator writes. Run the
// test with -update to write them anew.
func TestExamplesAreCurrent(t *testing.T) {
	for _, plant := range Plants() {
		golden(t, filepath.Join("../../configs/examples/demo", "plc-"+plant+".yaml"), PLCProfile(plant))
		golden(t, filepath.Join("../../configs/examples/demo", "agent-"+plant+".yaml"),
			AgentConfig(plant, "127.0.0.1:5020", "mqtt://127.0.0.1:1883", "nielu-log+1a2b3c4d+AbCdEf"))
		golden(t, filepath.Join("../../configs/examples/demo", "lab-"+plant+".yaml"),
			New(plant, 1, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)).Lab(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)))
	}
}

func golden(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what the simulator serves; run go test ./devices/devicetest -update", file)
	}
}
