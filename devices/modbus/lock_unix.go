//go:build unix

package modbus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// lock keeps a serial port for this process: other programs that lock ports
// see the lock, and all but root's cannot open it.
type lock struct{ file *os.File }

// lockPort takes a port. The error names who has it.
func lockPort(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.EBUSY) {
		return nil, taken(path)
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(taken(path), file.Close())
	}
	return &lock{file}, nil
}

// exclusive says whether others may open the port: this process must be able
// to, once more.
func (l *lock) exclusive(on bool) error { return setExclusive(l.file.Fd(), on) }

// stands tells whether the lock is of the port that has that path now: a
// converter that was pulled out and put in again is another.
func (l *lock) stands(path string) bool {
	ours, err1 := l.file.Stat()
	now, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(ours, now)
}

// release gives the port up.
func (l *lock) release() {
	_ = l.exclusive(false) // a port that is gone is nobody's
	_ = l.file.Close()
}

func taken(path string) error {
	return fmt.Errorf("%w: %s is used by %s; a port has one owner: end that program first", ErrTaken, path, owner(path))
}

// owner names the process that locked a file, or else those that have it open,
// as far as this one may see that.
func owner(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	names := named(lockers(path))
	if len(names) == 0 {
		names = named(openers(path))
	}
	if len(names) == 0 {
		return "a program that cannot be seen from here (try: fuser -v " + path + ")"
	}
	return strings.Join(names, ", ")
}

// lockers returns the processes with a lock on a file.
func lockers(path string) (pids []string) {
	var file syscall.Stat_t
	if syscall.Stat(path, &file) != nil {
		return nil
	}
	all, _ := os.ReadFile("/proc/locks") // "1: FLOCK  ADVISORY  WRITE 1234 00:18:6 0 EOF"
	for line := range strings.Lines(string(all)) {
		if f := strings.Fields(line); len(f) > 5 && f[1] == "FLOCK" && strings.HasSuffix(f[5], ":"+strconv.FormatUint(file.Ino, 10)) {
			pids = append(pids, f[4])
		}
	}
	return pids
}

// openers returns the processes that have a file open.
func openers(path string) (pids []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == path {
			pids = append(pids, strings.Split(link, "/")[2])
		}
	}
	return pids
}

// named returns processes with their names.
func named(pids []string) (names []string) {
	slices.Sort(pids)
	for _, pid := range slices.Compact(pids) {
		name, err := os.ReadFile("/proc/" + pid + "/comm")
		if err == nil {
			names = append(names, fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), pid))
		}
	}
	return names
}
