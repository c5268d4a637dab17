package modbus

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
)

// peer starts a program that others wrote and waits for its first line.
func peer(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s ended before it was ready: %v", name, err)
	}
	return strings.TrimSpace(line)
}

const pymodbusServer = `
import socket, sys, threading
from pymodbus.server import StartTcpServer
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusSlaveContext, ModbusServerContext
probe = socket.socket(); probe.bind(("127.0.0.1", 0)); port = probe.getsockname()[1]; probe.close()
def slave(k):
    return ModbusSlaveContext(zero_mode=True,
        hr=ModbusSequentialDataBlock(0, [(a * 31 + k) & 0xffff for a in range(1000)]),
        ir=ModbusSequentialDataBlock(0, [(a * 17 + k) & 0xffff for a in range(1000)]),
        co=ModbusSequentialDataBlock(0, [a % 3 == 0 for a in range(1000)]),
        di=ModbusSequentialDataBlock(0, [a % 5 == 0 for a in range(1000)]))
context = ModbusServerContext(slaves={1: slave(1), 2: slave(2)}, single=False)
threading.Thread(target=lambda: StartTcpServer(context=context, address=("127.0.0.1", port)), daemon=True).start()
import time
for _ in range(200):
    try:
        socket.create_connection(("127.0.0.1", port), 0.1).close(); break
    except OSError: time.sleep(0.02)
print(port, flush=True)
sys.stdin.read()
time.sleep(1000)
`

func TestAgainstPymodbus(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import pymodbus").Run() != nil {
		t.Skip("SKIPPED: no pymodbus under /usr/bin/python3: apt-get install python3-pymodbus")
	}
	port := peer(t, python, "-c", pymodbusServer)
	line, err := ParseLine("tcp://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	bus := New(line, nil)
	defer bus.Close()
	ask := func(r Request) ([]byte, error) {
		r.Timeout = 5 * time.Second
		reply, err := bus.Read(context.Background(), r)
		return reply.Data, err
	}
	for unit := uint8(1); unit <= 2; unit++ {
		for function, step := range map[uint8]int{3: 31, 4: 17} {
			data, err := ask(Request{Unit: unit, Function: function, Address: 40, Quantity: 125})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 125 {
				if got, want := binary.BigEndian.Uint16(data[2*i:]), uint16((40+i)*step+int(unit)); got != want {
					t.Fatalf("unit %d function %d register %d = %d, want %d", unit, function, 40+i, got, want)
				}
			}
		}
	}
	for function, step := range map[uint8]int{1: 3, 2: 5} {
		data, err := ask(Request{Unit: 1, Function: function, Address: 7, Quantity: 101})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 101 {
			if got, want := data[i/8]>>(i%8)&1 == 1, (7+i)%step == 0; got != want {
				t.Fatalf("function %d bit %d = %v, want %v", function, 7+i, got, want)
			}
		}
	}
	if _, err := ask(Request{Unit: 1, Function: 3, Address: 990, Quantity: 20}); FaultOf(err) != 2 {
		t.Errorf("beyond the last register: %v, want exception 2", err)
	}
	if _, err := ask(Request{Unit: 1, Function: 3, Address: 0, Quantity: 1}); err != nil {
		t.Errorf("after an exception: %v", err)
	}
	if n := bus.Stats.Connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// ttys makes two serial ports that are joined.
func ttys(t testing.TB) (ours, theirs string) {
	t.Helper()
	socat, err := exec.LookPath("socat")
	if err != nil {
		t.Skip("SKIPPED: no socat: apt-get install socat")
	}
	dir := t.TempDir()
	ours, theirs = filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	cmd := exec.Command(socat, "pty,raw,echo=0,link="+ours, "pty,raw,echo=0,link="+theirs)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		_, one := os.Stat(ours)
		_, two := os.Stat(theirs)
		if one == nil && two == nil {
			return ours, theirs
		}
		<-tick.C
	}
	t.Fatal("socat made no ports")
	return "", ""
}

const libmodbusServer = `
#include <stdio.h>
#include <stdlib.h>
#include <modbus.h>
int main(int argc, char **argv) {
	modbus_t *ctx = modbus_new_rtu(argv[1], 19200, 'E', 8, 1);
	modbus_mapping_t *map = modbus_mapping_new(500, 500, 500, 500);
	uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
	for (int i = 0; i < 500; i++) {
		map->tab_registers[i] = 31 * i + 7;
		map->tab_input_registers[i] = 17 * i + 7;
		map->tab_bits[i] = i % 3 == 0;
	}
	modbus_set_slave(ctx, 5);
	if (modbus_connect(ctx) == -1) return 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = modbus_receive(ctx, query);
		if (n > 0) modbus_reply(ctx, query, n, map);
		else if (n == -1) modbus_flush(ctx);
	}
}
`

func TestAgainstLibmodbusOverSerial(t *testing.T) {
	ours, theirs := ttys(t)
	dir := t.TempDir()
	source, program := filepath.Join(dir, "server.c"), filepath.Join(dir, "server")
	if err := os.WriteFile(source, []byte(libmodbusServer), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-I/usr/include/modbus", "-o", program, source, "-lmodbus").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: cannot build a libmodbus server (apt-get install gcc libmodbus-dev): %v\n%s", err, out)
	}
	peer(t, program, theirs)
	line, err := ParseLine("rtu://" + ours + "?baud=19200&parity=E&stop=1")
	if err != nil {
		t.Fatal(err)
	}
	bus := New(line, nil)
	defer bus.Close()
	ask := func(unit, function uint8, address, quantity uint16, timeout time.Duration) ([]byte, error) {
		reply, err := bus.Read(context.Background(), Request{Unit: unit, Function: function, Address: address, Quantity: quantity, Timeout: timeout})
		return reply.Data, err
	}
	for _, quantity := range []uint16{1, 2, 50, 125} {
		for function, step := range map[uint8]int{3: 31, 4: 17} {
			data, err := ask(5, function, 20, quantity, 2*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			for i := range int(quantity) {
				if got, want := binary.BigEndian.Uint16(data[2*i:]), uint16((20+i)*step+7); got != want {
					t.Fatalf("function %d register %d = %d, want %d", function, 20+i, got, want)
				}
			}
		}
	}
	if data, err := ask(5, 1, 0, 4, 2*time.Second); err != nil || data[0] != 0b1001 {
		t.Errorf("coils = %b, %v, want 1001", data, err)
	}
	if _, err := ask(5, 3, 499, 2, 2*time.Second); FaultOf(err) != 2 {
		t.Errorf("beyond the last register: %v, want exception 2", err)
	}
	if _, err := ask(6, 3, 0, 1, 50*time.Millisecond); FaultOf(err) != measure.FaultTimeout {
		t.Errorf("a unit that is not there: %v, want a timeout", err)
	}
	// libmodbus takes whatever follows a request to another unit for that unit's
	// reply, so it misses one request now.
	if _, err := ask(5, 3, 1, 1, 200*time.Millisecond); FaultOf(err) != measure.FaultTimeout {
		t.Logf("libmodbus did not miss the request after one to another unit: %v", err)
	}
	if data, err := ask(5, 3, 1, 1, 2*time.Second); err != nil || binary.BigEndian.Uint16(data) != 38 {
		t.Errorf("after a timeout of another unit: %x, %v", data, err)
	}
}

// crc is the checksum of a serial frame, written down once more so that the
// simulated instrument does not share the code under test.
func crc(frame []byte) []byte {
	sum := uint16(0xFFFF)
	for _, b := range frame {
		sum ^= uint16(b)
		for range 8 {
			if sum&1 == 1 {
				sum = sum>>1 ^ 0xA001
			} else {
				sum >>= 1
			}
		}
	}
	return binary.LittleEndian.AppendUint16(frame, sum)
}

// instrument answers as unit 9 on a serial port, once as it is told and then
// honestly. A late reply waits until it is let go.
type instrument struct {
	port  *os.File
	next  chan string
	letGo chan struct{}
}

func newInstrument(t *testing.T, path string) *instrument {
	port, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := &instrument{port, make(chan string, 1), make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		request := make([]byte, 8)
		for {
			if _, err := io.ReadFull(port, request); err != nil {
				return
			}
			how := "good"
			select {
			case how = <-in.next:
			default:
			}
			in.answer(request, how)
		}
	}()
	t.Cleanup(func() { port.Close(); <-done })
	return in
}

func (in *instrument) answer(request []byte, how string) {
	unit, function := request[0], request[1]
	address, quantity := binary.BigEndian.Uint16(request[2:]), binary.BigEndian.Uint16(request[4:])
	reply := []byte{unit, function, byte(2 * quantity)}
	for i := range quantity {
		reply = binary.BigEndian.AppendUint16(reply, held(unit, function, address+i))
	}
	reply = crc(reply)
	switch how {
	case "late":
		<-in.letGo
	case "pieces":
		for _, b := range reply[:len(reply)-1] {
			in.port.Write([]byte{b})
			time.Sleep(time.Millisecond)
		}
		reply = reply[len(reply)-1:]
	case "damaged":
		reply[3] ^= 0x10
	case "cut short":
		reply = reply[:4]
	case "silent":
		reply = nil
	case "wrong unit":
		reply = crc([]byte{unit + 1, function, 2, 9, 9})
	case "too long":
		reply = crc(append([]byte{unit, function, 40}, make([]byte, 40)...))
	case "noise before":
		reply = append([]byte{0xFF, 0x00, 0xFF}, reply...)
	case "exception in pieces":
		reply = crc([]byte{unit, function | 0x80, 4})
		in.port.Write(reply[:3])
		time.Sleep(5 * time.Millisecond)
		reply = reply[3:]
	}
	in.port.Write(reply)
}

// TestSerialNeverTakesALateReply has an instrument answer after the timeout,
// in pieces, with noise, damaged, cut short or not at all, and with exceptions
// that arrive in two pieces. Timeouts are short only where one is wanted.
func TestSerialNeverTakesALateReply(t *testing.T) {
	ours, theirs := ttys(t)
	in := newInstrument(t, theirs)
	bus := New(Line{Serial: true, Address: ours, Baud: 115200, Parity: "N", Stop: 2, Data: 8}, nil)
	defer bus.Close()
	want := map[string]measure.Fault{
		"late": measure.FaultTimeout, "damaged": measure.FaultFraming, "cut short": measure.FaultFraming, "silent": measure.FaultTimeout,
		"wrong unit": measure.FaultFraming, "too long": measure.FaultFraming, "noise before": measure.FaultFraming, "exception in pieces": 4,
	}
	timeouts := map[string]time.Duration{"late": 60 * time.Millisecond, "silent": 60 * time.Millisecond, "cut short": 300 * time.Millisecond, "wrong unit": 300 * time.Millisecond}
	address := uint16(0)
	ask := func(how string) measure.Fault {
		in.next <- how
		address += 10
		r := Request{Unit: 9, Function: 3, Address: address, Quantity: 1, Timeout: 30 * time.Second}
		if short := timeouts[how]; short > 0 {
			r.Timeout = short
		}
		reply, err := bus.Read(context.Background(), r)
		if err != nil {
			return FaultOf(err)
		}
		if !right(r, reply.Data) {
			t.Errorf("%s: a value the instrument does not hold there: %x", how, reply.Data)
		}
		return measure.NoFault
	}
	for _, how := range []string{"late", "pieces", "damaged", "cut short", "silent", "wrong unit", "too long", "noise before", "exception in pieces"} {
		if fault := ask("good"); fault != measure.NoFault {
			t.Fatalf("before %s: fault %#x", how, fault)
		}
		fault := ask(how)
		for tries := 0; fault == measure.FaultTimeout && want[how] == measure.FaultFraming && tries < 5; tries++ {
			fault = ask(how) // a busy machine had no time for it
		}
		if fault != want[how] {
			t.Errorf("%s: fault %#x, want %#x", how, fault, want[how])
		}
		if how == "late" {
			in.letGo <- struct{}{}
		} else {
			clear(bus.transport.(*rtu).quiet) // nothing more will come: do not wait for it
		}
	}
	if fault := ask("good"); fault != measure.NoFault {
		t.Errorf("in the end: fault %#x", fault)
	}
	if bus.Stats.Stale.Load() == 0 {
		t.Error("the late reply was not drained")
	}
}
