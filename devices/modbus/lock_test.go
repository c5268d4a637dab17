package modbus

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
)

// TestMain lets this program be the other one that has a port.
func TestMain(m *testing.M) {
	if port := os.Getenv("NIELU_PORT_OWNER"); port != "" {
		bus := New(Line{Serial: true, Address: port, Baud: 19200, Parity: "E", Stop: 1, Data: 8}, nil)
		_, err := bus.Read(context.Background(), Request{Unit: 9, Function: 3, Quantity: 1, Timeout: time.Minute})
		if err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Stdout.WriteString("ready\n")
		os.Stdin.Read(make([]byte, 1)) // until it is closed
		bus.Close()
		return
	}
	os.Exit(m.Run())
}

// A port has one owner: a second process is told who that is, and gets the
// port when the first is gone, whether it closed it or was killed.
func TestAPortHasOneOwner(t *testing.T) {
	ours, theirs := ttys(t)
	newInstrument(t, theirs)
	for _, end := range []string{"closed", "killed"} {
		owner := exec.Command(os.Args[0])
		owner.Env = append(os.Environ(), "NIELU_PORT_OWNER="+ours)
		owner.Stderr = os.Stderr
		stdin, err := owner.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := owner.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := owner.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := stdout.Read(make([]byte, 10)); err != nil {
			t.Fatalf("the first owner got no reply: %v", err)
		}
		bus := New(Line{Serial: true, Address: ours, Baud: 19200, Parity: "E", Stop: 1, Data: 8}, nil)
		r := Request{Unit: 9, Function: 3, Quantity: 1, Timeout: time.Minute}
		_, err = bus.Read(t.Context(), r)
		if err == nil || FaultOf(err) != measure.FaultConnection || !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), "process "+strconv.Itoa(owner.Process.Pid)) {
			t.Errorf("a second owner: %v, want the process %d named", err, owner.Process.Pid)
		}
		if end == "closed" {
			stdin.Close()
		} else {
			owner.Process.Kill()
		}
		owner.Wait()
		time.Sleep(time.Until(bus.RetryAt()))
		if reply, err := bus.Read(t.Context(), r); err != nil || !right(r, reply.Data) {
			t.Errorf("after the first owner was %s: %v", end, err)
		}
		bus.Close()
	}
}
