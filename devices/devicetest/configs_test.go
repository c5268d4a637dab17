package devicetest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the generated example files anew")

// The controllers' profiles in configs/examples/demo are what PLCProfile
// writes. Run the test with -update to write them anew.
func TestControllerProfilesAreCurrent(t *testing.T) {
	for _, plant := range Plants() {
		golden(t, filepath.Join("../../configs/examples/demo", "plc-"+plant+".yaml"), PLCProfile(plant))
		golden(t, filepath.Join("../../configs/examples/demo", "agent-"+plant+".yaml"),
			AgentConfig(plant, "127.0.0.1:5020", "mqtt://127.0.0.1:1883", "nielu-log+1a2b3c4d+AbCdEf"))
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
