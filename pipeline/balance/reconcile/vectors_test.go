package reconcile

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// vectors finds the shared problems: NIELU_VECTORS, or shared/reference/vectors
// of a folder above.
func vectors(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NIELU_VECTORS")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; at != filepath.Dir(at); at = filepath.Dir(at) {
			if try := filepath.Join(at, "shared", "reference", "vectors"); isDir(try) {
				dir = try
				break
			}
		}
	}
	if dir == "" || !isDir(dir) {
		t.Skip("SKIPPED, NOTHING PROVED: the shared problems are not here; set NIELU_VECTORS to the folder that holds reconciliation/")
	}
	return dir
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

type vector struct {
	Tolerance struct{ Abs, Rel float64 }
	Problem   json.RawMessage
	Expected  any
}

func eachVector(t *testing.T, folder string, least int, run func(t *testing.T, text []byte, v vector)) {
	files, err := filepath.Glob(filepath.Join(vectors(t), folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < least {
		t.Fatalf("%d problems in %s, %d expected", len(files), folder, least)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var v vector
			if err := json.Unmarshal(text, &v); err != nil {
				t.Fatal(err)
			}
			run(t, text, v)
		})
	}
}

// TestSharedProblems compares every key of every shared problem.
func TestSharedProblems(t *testing.T) {
	compared := 0
	eachVector(t, "reconciliation", 25, func(t *testing.T, text []byte, v vector) {
		answer, err := Answer(text)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		compared += compare(t, "", got, v.Expected, v.Tolerance.Abs, v.Tolerance.Rel)
	})
	t.Logf("%d numbers and words compared", compared)
}

func TestSharedRefusals(t *testing.T) {
	eachVector(t, "reconciliation-errors", 7, func(t *testing.T, text []byte, v vector) {
		answer, err := Answer(text)
		if err == nil {
			t.Fatalf("solved: %s", answer)
		}
		var got, want struct {
			Format, ID string
			Error      struct{ Code string }
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		expected, _ := json.Marshal(v.Expected)
		if err := json.Unmarshal(expected, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got %+v, want %+v (%v)", got, want, err)
		}
	})
}

// compare walks two JSON trees and returns how many leaves were the same.
func compare(t *testing.T, path string, got, want any, abs, rel float64) int {
	t.Helper()
	n := 0
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return 0
		}
		for key := range want {
			if key == "warnings" {
				continue
			}
			if _, there := g[key]; !there {
				t.Errorf("%s: no key %s", path, key)
			}
			n += compare(t, path+"."+key, g[key], want[key], abs, rel)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return 0
		}
		for i := range want {
			n += compare(t, fmt.Sprintf("%s[%d]", path, i), g[i], want[i], abs, rel)
		}
	case float64:
		if g, ok := got.(float64); !ok || math.Abs(g-want) > abs+rel*math.Abs(want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return 0
		}
		return 1
	default:
		if got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return 0
		}
		return 1
	}
	return n
}
