package centre_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/suite"
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

// A projection whose file is cut or overwritten is set aside and made again,
// with the centre up all the while; the intake never notices.
func TestADamagedProjectionIsMadeAgain(t *testing.T) {
	suite.Slow(t)
	c, file := opened(t, "")
	if err := errors.Join(c.Worker.CatchUp(t.Context()), c.Close()); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(filepath.Dir(file), "data", "projection.db")
	whole, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{
		"cut inside a page":   whole[:len(whole)/2+100],
		"cut inside the head": whole[:50],
		"a page of zeros":     append(append(bytes.Clone(whole[:16384]), make([]byte, 16384)...), whole[2*16384:]...),
	} {
		t.Run(name, func(t *testing.T) {
			// What SQLite left beside the file would mend it.
			if err := errors.Join(projection.Delete(store), projection.Delete(store+".damaged"), os.WriteFile(store, body, 0o600)); err != nil {
				t.Fatal(err)
			}
			config, err := centre.ReadConfig(file)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c, err := centre.Open(ctx, config, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- c.Run(ctx) }()
			for kept := false; !kept || c.Intake.Stats.Connects.Load() == 0; {
				select {
				case err := <-done:
					t.Fatalf("the centre ended: %v", err)
				case <-time.After(10 * time.Millisecond):
				}
				_, err := os.Stat(store + ".damaged")
				kept = err == nil
			}
			if n := c.Intake.Stats.Connects.Load(); n != 1 {
				t.Errorf("the intake came to the broker %d times", n)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if kept, err := os.ReadFile(store + ".damaged"); err != nil || len(kept) < len(body) {
				t.Errorf("%d bytes are kept of %d, %v", len(kept), len(body), err)
			}
		})
	}
	config, err := centre.ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err = centre.Open(t.Context(), config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Worker.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
