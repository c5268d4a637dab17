package modbus

// drain leaves what waits to the reading of the reply, which steps over frames
// that answer nothing it asked.
func (t *tcp) drain(uintptr) bool { return true }
