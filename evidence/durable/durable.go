// Package durable writes files that survive a power cut: whoever sees the new
// file sees all of it, and once Write has returned nobody sees the old one.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// Write replaces a file: write beside it, sync, rename, sync of the folder.
// After a power cut a file PATH.new may be left over; it means nothing.
func Write(path string, data []byte, mode os.FileMode) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
