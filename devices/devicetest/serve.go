package devicetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/simonvetter/modbus"
)

// Serve serves the plant's instruments over Modbus TCP at addr, as they are
// at each request's moment, until ctx ends. ready is told the address in use:
// with port 0 a free one is taken. Writes are refused with exception 1.
func (s *Sim) Serve(ctx context.Context, addr string, ready func(addr string)) error {
	return serve(ctx, addr, ready, func(_ string, unit, function byte, address, count uint16) ([]uint16, error) {
		return s.Registers(unit, function, address, count, time.Now())
	})
}

// readFunc answers one read request of a client, which is named by its
// connection's address.
type readFunc func(client string, unit, function byte, address, count uint16) ([]uint16, error)

func serve(ctx context.Context, addr string, ready func(string), read readFunc) error {
	server, addr, err := listen(addr, read)
	if err != nil {
		return err
	}
	if ready != nil {
		ready(addr)
	}
	<-ctx.Done()
	return server.Stop()
}

// listen starts a server. The library binds by itself and does not tell the
// port, so that a free one is looked for first, and again if it was taken in
// between.
func listen(addr string, read readFunc) (*modbus.ModbusServer, string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, "", fmt.Errorf("serve Modbus at %q: %w; give host:port", addr, err)
	}
	for attempt := 0; ; attempt++ {
		at := addr
		if port == "0" {
			if at, err = freePort(host); err != nil {
				return nil, "", fmt.Errorf("serve Modbus at %q: %w", addr, err)
			}
		}
		server, err := modbus.NewServer(&modbus.ServerConfiguration{
			URL: "tcp://" + at, MaxClients: 64, Timeout: 5 * time.Minute,
			Logger: log.New(io.Discard, "", 0),
		}, handler{read})
		if err != nil {
			return nil, "", fmt.Errorf("serve Modbus at %q: %w", at, err)
		}
		if err = server.Start(); err == nil {
			return server, at, nil
		}
		if port != "0" || attempt == 20 {
			return nil, "", fmt.Errorf("serve Modbus at %q: %w", at, err)
		}
	}
}

func freePort(host string) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// handler answers register reads and refuses everything else.
type handler struct{ read readFunc }

func (h handler) HandleCoils(*modbus.CoilsRequest) ([]bool, error) {
	return nil, modbus.ErrIllegalFunction
}

func (h handler) HandleDiscreteInputs(*modbus.DiscreteInputsRequest) ([]bool, error) {
	return nil, modbus.ErrIllegalFunction
}

func (h handler) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	if r.IsWrite {
		return nil, modbus.ErrIllegalFunction
	}
	words, err := h.read(r.ClientAddr, r.UnitId, 3, r.Addr, r.Quantity)
	return words, exception(err)
}

func (h handler) HandleInputRegisters(r *modbus.InputRegistersRequest) ([]uint16, error) {
	words, err := h.read(r.ClientAddr, r.UnitId, 4, r.Addr, r.Quantity)
	return words, exception(err)
}

func exception(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrFunction):
		return modbus.ErrIllegalFunction
	case errors.Is(err, ErrAddress):
		return modbus.ErrIllegalDataAddress
	case errors.Is(err, ErrSilent):
		return modbus.ErrGWTargetFailedToRespond
	}
	return modbus.ErrServerDeviceFailure
}
