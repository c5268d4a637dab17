//go:build unix && !linux

package modbus

// setExclusive does nothing on this system: the lock alone must do.
func setExclusive(uintptr, bool) error { return nil }
