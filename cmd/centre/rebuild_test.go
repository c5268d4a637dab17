package centre_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nielu/nielu/cmd/centre"
)

// opened returns a centre of one plant in an empty folder, and its file's path.
func opened(t *testing.T, more string) (*centre.Centre, string) {
	t.Helper()
	file := write(t, t.TempDir(), "nielu.yaml", "site: park\nlisten: 127.0.0.1:0\nbroker: { listen: 127.0.0.1:0 }\nplants: [pyro1]\n"+
		"agents:\n  - { key: \""+agentKey(t)+"\", site: park }\n"+more)
	config, err := centre.ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := centre.Open(t.Context(), config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c, file
}

// Beside a running centre nothing is deleted and nothing is sent again.
func TestRebuildBesideARunningCentre(t *testing.T) {
	c, file := opened(t, "influx: { url: 'http://127.0.0.1:1', bucket: b }\n")
	if err := c.Worker.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(filepath.Dir(file), "data")
	before, err := os.ReadFile(filepath.Join(folder, "projection.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"sqlite", "influx"} {
		if _, err := centre.Rebuild(t.Context(), c.Config, what, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "another process holds it") {
			t.Errorf("rebuild %s beside a centre: %v", what, err)
		}
		if after, err := os.ReadFile(filepath.Join(folder, "projection.db")); err != nil || !bytes.Equal(before, after) {
			t.Fatalf("rebuild %s changed the centre's projection, %v", what, err)
		}
	}
	cursor, err := c.Store.Cursor(t.Context())
	if err != nil || cursor == 0 {
		t.Errorf("the centre's cursor is %d, %v", cursor, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// The log is free, and the file is made from nothing.
	if err := os.WriteFile(filepath.Join(folder, "projection.db"), []byte("nothing that SQLite knows"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := centre.Rebuild(t.Context(), c.Config, "sqlite", slog.New(slog.DiscardHandler)); err != nil || n == 0 {
		t.Errorf("rebuilt %d leaves, %v", n, err)
	}
}

// A centre without an InfluxDB says so at once, before it opens anything.
func TestRebuildInfluxWithoutOne(t *testing.T) {
	file := write(t, t.TempDir(), "nielu.yaml", "site: park\nplants: [pyro1]\nagents:\n  - { key: \""+agentKey(t)+"\", site: park }\n")
	config, err := centre.ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := centre.Rebuild(t.Context(), config, "influx", slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "names no influx") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder of data was made: %v", err)
	}
}
