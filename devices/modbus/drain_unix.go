//go:build unix

package modbus

import "syscall"

// drain takes what waits in the socket, without waiting for more.
func (t *tcp) drain(fd uintptr) bool {
	for {
		n, err := syscall.Read(int(fd), t.frame[:])
		if n <= 0 {
			t.hungUp = n == 0 || err != syscall.EAGAIN && err != syscall.EINTR
			return true
		}
		t.waiting += n
	}
}
