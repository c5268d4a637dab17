package writer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
)

// A power cut may leave a file empty, or a part of it: one copy of the
// checkpoint is enough, and without any the error says what to do.
func TestACheckpointThatIsCutShort(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	o := testOptions(testKey(t, "nielu-log"))
	appended := 0
	add := func(n int) {
		t.Helper()
		l := ok[*Log](t)(Open(t.Context(), dir, o))
		for range n {
			if at := ok[uint64](t)(l.Append(t.Context(), testLeaf(t, appended))); at != uint64(appended) {
				t.Fatalf("leaf %d became %d", appended, at)
			}
			appended++
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	add(3)
	checkpoint, seen, state := filepath.Join(dir, "checkpoint"), dir+".seen", filepath.Join(dir, ".state", "treeState")
	for _, path := range []string{checkpoint, seen} {
		whole := ok[[]byte](t)(os.ReadFile(path))
		for _, left := range [][]byte{nil, make([]byte, len(whole)), whole[:len(whole)/2], whole[:len(whole)-1], whole[:20]} {
			if err := os.WriteFile(path, left, 0o644); err != nil {
				t.Fatal(err)
			}
			add(1)
			if kept := ok[[]byte](t)(os.ReadFile(path + setAsideSuffix)); string(kept) != string(left) {
				t.Errorf("%q is kept of %q", kept, left)
			}
			if _, err := evidence.ParseCheckpoint(ok[[]byte](t)(os.ReadFile(path)), o.Key.Verifier()); err != nil {
				t.Errorf("%s is not written again: %v", path, err)
			}
		}
	}
	for _, c := range []struct {
		empty []string
		want  error
		words string
	}{
		{[]string{checkpoint, seen}, ErrCutShort, "restore the newest backup"},
		{[]string{state}, ErrCutShort, "treeState"},
		{[]string{state}, ErrRolledBack, "restore the newest copy"},
	} {
		before := map[string][]byte{}
		for _, path := range c.empty {
			before[path] = ok[[]byte](t)(os.ReadFile(path))
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(t.Context(), dir, o); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), c.empty[0]) {
			t.Errorf("with %v empty: %v", c.empty, err)
		}
		for path, whole := range before {
			if err := os.WriteFile(path, whole, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(1)
	other := o
	other.Key = testKey(t, "nielu-log")
	if _, err := Open(t.Context(), dir, other); err == nil || !strings.Contains(err.Error(), "right key") {
		t.Errorf("another key: %v", err)
	}
}

// A full disk is named, leaves no file behind that stays, and is over when
// there is room.
func TestAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1500k"); err != nil {
		t.Skipf("SKIPPED: no tmpfs can be mounted here (%v): a full disk was not tried", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(dir, "filler")
	l := ok[*Log](t)(Open(t.Context(), filepath.Join(dir, "log"), testOptions(testKey(t, "nielu-log"))))
	n := 0
	for range 5 {
		ok[uint64](t)(l.Append(t.Context(), testLeaf(t, n)))
		n++
	}
	_ = os.WriteFile(filler, make([]byte, 4<<20), 0o600) // as much as there is room for
	failed := 0
	for i := range 20 {
		leaf := ok[[]byte](t)(evidence.EncodeLeaf(evidence.Leaf{Kind: evidence.Lab, Site: "park", Signer: "gw-1", From: 1, To: 2, Name: fmt.Sprint("full-", i), Body: make([]byte, 20_000)}))
		if _, err := l.Append(t.Context(), leaf); err != nil {
			if failed++; !strings.Contains(err.Error(), "is full; make room") {
				t.Errorf("a full disk is called %v", err)
			}
		}
	}
	if failed == 0 {
		t.Fatal("the disk did not fill")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := l.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	ok[uint64](t)(l.Append(t.Context(), testLeaf(t, n)))
	size := l.Size()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	left := func() (names []string) {
		if err := filepath.WalkDir(filepath.Join(dir, "log"), func(path string, d fs.DirEntry, err error) error {
			if name := d.Name(); !d.IsDir() && len(strings.TrimLeft(name, "chekpointrSa")) > 3 && !strings.HasSuffix(name, ".lock") && name != "leaves" && name != "lock" && name != "version" {
				names = append(names, path)
			}
			return errors.Join(err, os.Chtimes(path, old, old))
		}); err != nil {
			t.Fatal(err)
		}
		return names
	}
	before := left()
	if len(before) == 0 {
		t.Log("nothing was left behind: the cleaning was not tried")
	}
	l = ok[*Log](t)(Open(t.Context(), filepath.Join(dir, "log"), testOptions(l.options.Key)))
	if after := left(); len(after) > 0 || l.Size() != size {
		t.Errorf("of %d files left behind %v stay; %d leaves of %d", len(before), after, l.Size(), size)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
