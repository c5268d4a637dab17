package nielu_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// links says in full which modules of others go into the programs that travel:
// to an auditor's laptop and to a gateway.
var links = map[string][]string{
	"./cmd/nielu-audit": {
		"github.com/goccy/go-yaml",      // plant and method files
		"github.com/klauspost/compress", // batches and tables
		"github.com/spf13/pflag",
		"golang.org/x/mod", // tiles, proofs and notes
		"golang.org/x/sync",
		"google.golang.org/protobuf", // leaves
	},
	"./cmd/nielu-agent": {
		"github.com/beorn7/perks",      // of Prometheus
		"github.com/cespare/xxhash/v2", // of Prometheus
		"github.com/eclipse/paho.mqtt.golang",
		"github.com/goburrow/modbus",
		"github.com/goburrow/serial",
		"github.com/goccy/go-yaml",
		"github.com/gorilla/websocket", // of Paho
		"github.com/klauspost/compress",
		"github.com/munnerz/goautoneg", // of Prometheus
		"github.com/prometheus/client_golang",
		"github.com/prometheus/client_model",
		"github.com/prometheus/common",
		"github.com/prometheus/procfs",
		"github.com/spf13/pflag",
		"golang.org/x/mod",
		"golang.org/x/net",
		"golang.org/x/sync",
		"golang.org/x/sys",
		"google.golang.org/protobuf",
	},
}

// TestWhatTravelsLinksLittle holds the lists against the build. The sources
// are read first, so that the test runs again when one of them is another.
func TestWhatTravelsLinksLittle(t *testing.T) {
	sources(t)
	for _, file := range []string{"go.mod", "go.sum"} {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for program, want := range links {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", program).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", program, err)
		}
		got := strings.Fields(string(out))
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s links\n%s\nwant\n%s", program, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, never := range []string{"github.com/transparency-dev/tessera", "go.opentelemetry.io/"} {
			if slices.ContainsFunc(got, func(module string) bool { return strings.HasPrefix(module, never) }) {
				t.Errorf("%s links %s: only the log's writer needs it", program, never)
			}
		}
	}
	if n := len(links["./cmd/nielu-audit"]); n > 12 {
		t.Errorf("a verifier of %d modules is not read by anybody", n)
	}
}
