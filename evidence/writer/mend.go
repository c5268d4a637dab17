package writer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/transparency-dev/tessera/api/layout"
)

// ErrCutShort is returned by Open for a log of which a power cut left nothing
// that tells how many leaves it had.
var ErrCutShort = errors.New("empty or cut short, as by a power cut")

const setAsideSuffix = ".damaged"

// mend sets aside a checkpoint that is empty or cut short, if its other copy
// is whole: the tree is compared with that one, and the next checkpoint is
// published over the missing one.
func (l *Log) mend(checkpoint, seen string) error {
	var broken []string
	whole := 0
	for _, path := range []string{checkpoint, seen} {
		data, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !bytes.Contains(data, []byte("\n\n\u2014 ")) || !bytes.HasSuffix(data, []byte("\n")): // no signed note
			broken = append(broken, path)
		default:
			whole++
		}
	}
	if len(broken) > 0 && whole == 0 {
		return fmt.Errorf("%s: %w, and no other copy tells how many leaves the log had: restore the newest backup of the folder; "+
			"or, if no witness, export or backup has a checkpoint of more leaves than are there, remove the file and start again", strings.Join(broken, " and "), ErrCutShort)
	}
	for _, path := range broken {
		if err := os.Rename(path, path+setAsideSuffix); err != nil {
			return err
		}
		l.options.Log.Error("a checkpoint of the log was cut short, as by a power cut: it is set aside, its other copy is whole and nothing is lost", "file", path, "kept", path+setAsideSuffix)
	}
	return nil
}

// checkState finds a tree state that is missing or empty beside a checkpoint.
// The checkpoint cannot stand in for it: leaves after it may have receipts.
func checkState(dir string) error {
	state := filepath.Join(dir, ".state", "treeState")
	data, err := os.ReadFile(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(bytes.Trim(data, "\x00")) > 0 {
		return nil
	}
	switch _, published := os.Stat(filepath.Join(dir, layout.CheckpointPath)); {
	case err == nil:
		return fmt.Errorf("%s: %w: %w", state, ErrCutShort, ErrRolledBack)
	case published == nil:
		return fmt.Errorf("the tree state %s is missing: %w", state, ErrRolledBack)
	}
	return nil
}

// dropTemps removes the files that Tessera leaves behind when the disk is
// full: a name of the log with more digits behind it. A log of so many leaves
// writes beside its last bundle and tiles, where they are looked for.
func (l *Log) dropTemps(leaves uint64, age time.Duration) error {
	drop := func(dir string, temp func(name string) bool) error {
		files, err := os.ReadDir(dir)
		if err != nil {
			return nil // there is none yet
		}
		for _, file := range files {
			if file.IsDir() || !temp(file.Name()) {
				continue
			}
			info, err := file.Info()
			if err == nil && time.Since(info.ModTime()) >= age {
				err = os.Remove(filepath.Join(dir, file.Name()))
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	number := func(text string) bool {
		_, err := strconv.ParseUint(text, 10, 64)
		return err == nil
	}
	behind := func(name string) func(string) bool {
		return func(file string) bool {
			digits, ok := strings.CutPrefix(file, name)
			return ok && number(digits)
		}
	}
	tile := func(file string) bool { return len(file) > 3 && number(file) }
	part := func(file string) bool {
		width, err := strconv.ParseUint(file, 10, 64)
		return err == nil && width > layout.EntryBundleWidth
	}
	errs := []error{drop(l.dir, behind(layout.CheckpointPath)), drop(filepath.Join(l.dir, ".state"), behind("treeState"))}
	last := leaves / layout.EntryBundleWidth
	paths := []string{layout.EntriesPath(last, 0)}
	for level := uint64(0); last > 0 || level == 0; level, last = level+1, last/layout.TileWidth {
		paths = append(paths, layout.TilePath(level, last, 0))
	}
	for _, path := range append(paths, layout.TilePath(uint64(len(paths)-1), 0, 0)) {
		path = filepath.Join(l.dir, path)
		errs = append(errs, drop(filepath.Dir(path), tile), drop(path+".p", part))
	}
	return errors.Join(errs...)
}
