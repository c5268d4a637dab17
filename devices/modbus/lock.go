package modbus

import "errors"

// ErrTaken says that another program has a port.
var ErrTaken = errors.New("another program has the port")

// take makes the line this process's own, if it is a port.
func (b *Bus) take() error {
	if !b.Line.Serial {
		return nil
	}
	if b.hold != nil && !b.hold.stands(b.Line.Address) {
		b.release()
	}
	if b.hold == nil {
		held, err := lockPort(b.Line.Address)
		if err != nil {
			return err
		}
		b.hold = held
	}
	return b.hold.exclusive(false)
}

// keep lets nobody else open the line.
func (b *Bus) keep() error {
	if b.hold == nil {
		return nil
	}
	return b.hold.exclusive(true)
}

func (b *Bus) release() {
	if b.hold != nil {
		b.hold.release()
		b.hold = nil
	}
}
