package modbus

import "syscall"

// setExclusive sets or clears TIOCEXCL of a terminal.
func setExclusive(fd uintptr, on bool) error {
	request := uintptr(syscall.TIOCNXCL)
	if on {
		request = syscall.TIOCEXCL
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, 0); errno != 0 {
		return errno
	}
	return nil
}
