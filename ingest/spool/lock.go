package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder makes this process the one owner of a folder until the file it
// returns is closed.
func lockFolder(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s holds it: a spool has one owner", holder(lock)), lock.Close())
	}
	if err := lock.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(lock, "process %d", os.Getpid()) // for people; the lock is what counts
	}
	return lock, nil
}

// Holder returns who has the spool in dir open, or nothing.
func Holder(dir string) string {
	lock, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return ""
	}
	defer lock.Close()
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		return ""
	}
	return holder(lock)
}

// holder reads who wrote itself into a lock.
func holder(lock *os.File) string {
	text := make([]byte, 64)
	n, _ := lock.ReadAt(text, 0)
	if n == 0 {
		return "another process"
	}
	return string(text[:n])
}
