package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/program"
)

// The tests of this folder act as people do: they run the programs, look at
// what they print and serve, and kill them. The test binary is nielu itself
// when it is asked to be; the three programs are built once for the stories
// that need them as they are delivered.

func TestMain(m *testing.M) {
	if os.Getenv("NIELU_TEST_AS_PROGRAM") != "" {
		main()
		return
	}
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

var built struct {
	sync.Once
	dir string
	err error
}

// delivered returns the path of one of the programs, built as it is delivered.
func delivered(t testing.TB, name string) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "nielu-programs-"); built.err != nil {
			return
		}
		command := exec.Command("go", "build", "-o", built.dir+"/", "../nielu", "../nielu-agent", "../nielu-audit")
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := command.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, name)
}

// outcome is how a program ended and what it said.
type outcome struct {
	code      int
	out, talk string
}

// nielu runs a command of this program to its end, in this process.
func nielu(t testing.TB, args ...string) outcome {
	t.Helper()
	return nieluIn(t.Context(), args...)
}

func nieluIn(ctx context.Context, args ...string) outcome {
	var out, talk lockedBuffer
	code := execute(ctx, &commands{}, args, program.Streams{Out: &out, Err: &talk})
	return outcome{code, out.String(), talk.String()}
}

// run runs a built program to its end.
func run(t testing.TB, name string, args ...string) outcome {
	t.Helper()
	return finish(t, delivered(t, name), args...)
}

// finish runs the program at a path to its end.
func finish(t testing.TB, path string, args ...string) outcome {
	t.Helper()
	command := exec.CommandContext(t.Context(), path, args...)
	command.Env = append(os.Environ(), "NIELU_TEST_AS_PROGRAM=1")
	var out, talk bytes.Buffer
	command.Stdout, command.Stderr = &out, &talk
	if err := command.Run(); command.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{command.ProcessState.ExitCode(), out.String(), talk.String()}
}

// ends fails the test unless a program ended with a code.
func (o outcome) ends(t testing.TB, code int) outcome {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", o.code, code, o.out, o.talk)
	}
	return o
}

// lockedBuffer is a buffer that a program writes while the test reads.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// child is a program that runs until it is stopped or killed.
type child struct {
	cmd   *exec.Cmd
	talk  lockedBuffer
	ended chan struct{}
}

// itself is the path of this program: the test binary, with the race detector
// if the test has it.
func itself() string { return os.Args[0] }

// start starts the program at a path. The test's end kills it.
func start(t testing.TB, path string, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), "NIELU_TEST_AS_PROGRAM=1")
	c.cmd.Stdout, c.cmd.Stderr = &c.talk, &c.talk
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.ended)
	}()
	t.Cleanup(c.kill)
	return c
}

// kill ends the program as a power cut would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// stop asks the program to end and returns its exit code.
func (c *child) stop(t testing.TB) int {
	t.Helper()
	_ = c.cmd.Process.Signal(os.Interrupt)
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Fatalf("the program did not end when asked\n%s", c.talk.String())
	}
	return c.cmd.ProcessState.ExitCode()
}

// alive tells whether the program still runs.
func (c *child) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// patience is how long a test waits for what takes seconds, on a machine that
// does other things too. How long it took is logged.
const patience = 10 * time.Minute

// eventually waits until a condition holds and fails the test after a limit.
func eventually(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
		time.Sleep(50 * time.Millisecond) // a pause between two looks
	}
}

// free returns an address on this machine that nobody listens on.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get asks a running console; an answer other than 200 is not ok.
func get(address, path string) (body []byte, ok bool) {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get("http://" + address + path)
	if err != nil {
		return nil, false
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return body, err == nil && response.StatusCode == http.StatusOK
}

// ask asks a running console and reads its answer into v.
func ask(t testing.TB, address, path string, v any) {
	t.Helper()
	body, ok := get(address, path)
	if !ok {
		t.Fatalf("GET %s: %s", path, body)
	}
	if err := json.Unmarshal(body, v); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// counter returns a sample of a Prometheus page, as `name{label="x"}`.
func counter(address, sample string) (value float64, ok bool) {
	body, ok := get(address, "/metrics")
	if !ok {
		return 0, false
	}
	for line := range strings.Lines(string(body)) {
		if name, number, found := strings.Cut(strings.TrimSpace(line), " "); found && name == sample {
			_, err := fmt.Sscan(number, &value)
			return value, err == nil
		}
	}
	return 0, false
}

func write(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
