package projection_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/suite"
)

// Wherever a file is cut or pages of it are zeros, it opens as it was or is
// found damaged, on opening, by the check or at work; set aside and made again
// from the log, it says the same.
func TestADamagedFileIsMadeAgain(t *testing.T) {
	suite.Heavy(t)
	p, log, dir := parsePlant(t, mill), &fakeLog{}, t.TempDir()
	for h := range 5 {
		log.add(steady("mill/feed/mass_flow", start.Add(time.Duration(h)*time.Hour), 60, time.Minute, float64(100+h)))
	}
	path := filepath.Join(dir, "whole.sqlite")
	store := openStore(t, path)
	catchUp(t, worker(store, log, p))
	want := snapshot(t, store, p)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "damaged.sqlite")
	const page = 16384
	asides := 0
	rapid.Check(t, func(rt *rapid.T) {
		body := append([]byte(nil), whole...)
		at := rapid.IntRange(0, len(whole)-1).Draw(rt, "at")
		if rapid.Bool().Draw(rt, "cut") {
			body = body[:at]
		} else {
			at -= at % page
			clear(body[at:min(len(body), at+page*rapid.IntRange(1, 3).Draw(rt, "pages"))])
		}
		if err := errors.Join(projection.Delete(path), projection.Delete(path+".damaged"), os.WriteFile(path, body, 0o600)); err != nil {
			t.Fatal(err)
		}
		for {
			store, err := projection.Open(t.Context(), path, nil)
			if err != nil {
				rt.Fatal(err)
			}
			if err = store.Check(t.Context()); err == nil {
				w := worker(store, log, p)
				if err = w.CatchUp(t.Context()); err == nil && snapshot(t, store, p) != want {
					rt.Fatal("the store that was made again differs")
				}
			}
			if err := store.Close(); err != nil {
				rt.Fatal(err)
			}
			if err == nil {
				break
			}
			if !errors.Is(err, projection.ErrDamaged) {
				rt.Fatal(err)
			}
			if err := projection.SetAside(path); err != nil {
				rt.Fatal(err)
			}
		}
		if _, err := os.Stat(path + ".damaged"); err == nil {
			asides++
		}
	})
	if asides < 20 {
		t.Errorf("only %d files were set aside", asides)
	}
}
