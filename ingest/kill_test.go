//go:build !windows

package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/ingest/spool"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/suite"
)

// The test binary is its own agent and its own centre: processes to kill.
func TestMain(m *testing.M) {
	var err error
	switch os.Getenv("NIELU_INGEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "agent":
		err = agentProcess(os.Getenv("NIELU_INGEST_DIR"), os.Getenv("NIELU_INGEST_URL"))
	case "centre":
		err = centreProcess(os.Getenv("NIELU_INGEST_DIR"), os.Getenv("NIELU_INGEST_URL"))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// killable is the scan of a given time: its content can be checked.
func killable(at int64) measure.Scan {
	return measure.Scan{Block: uint32(at % 2), At: at, Raw: fmt.Appendf(nil, "%08d", at*7919%100_000_000)}
}

func agentProcess(dir, url string) error {
	ctx := context.Background()
	logKey, err1 := evidence.LoadOrCreateKey(filepath.Join(dir, "log.key"), "nielu-log")
	agentKey, err2 := evidence.LoadOrCreateKey(filepath.Join(dir, "agent.key"), "gw-1")
	from, err3 := strconv.ParseInt(os.Getenv("NIELU_INGEST_FROM"), 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	s, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{Site: "park", Agent: "gw-1", Plants: []string{"pyro1"},
		Catalogue: []byte("catalogue"), Sign: agentKey.Sign, Centre: logKey.Verifier(), SealEvery: 20 * time.Millisecond, FreeFloor: -1,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	up := &ingest.Uplink{Site: "park", Agent: "gw-1", Outbox: s, Retry: 20 * time.Millisecond, ResendAfter: 300 * time.Millisecond,
		Dial: dial(url, "gw-1", "gw-1", ""), Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Run(ctx) })
	group.Go(func() error { return up.Run(ctx) })
	if from >= 0 {
		for lane := range int64(2) {
			group.Go(func() error {
				for at := from + lane; ; at += 2 {
					if _, err := s.Append(ctx, killable(at)); err != nil {
						return err
					}
					os.Stdout.WriteString(strconv.FormatInt(at, 10) + "\n")
					time.Sleep(time.Millisecond) // the pace of a poller
				}
			})
		}
	}
	return group.Wait()
}

func centreProcess(dir, url string) error {
	ctx := context.Background()
	key, err1 := evidence.LoadOrCreateKey(filepath.Join(dir, "log.key"), "nielu-log")
	agentKey, err2 := evidence.LoadOrCreateKey(filepath.Join(dir, "agent.key"), "gw-1")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	l, err := writer.Open(ctx, filepath.Join(dir, "log"), writer.Options{Key: key, BatchAge: 2 * time.Millisecond, CheckpointEvery: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	in := &ingest.Intake{Log: l, Key: key, Dir: filepath.Join(dir, "intake"), Retry: 20 * time.Millisecond, Dial: dial(url, "centre", broker.Centre, ""),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if err := in.Enrol(ctx, "gw-1", "park", agentKey.Public()); err != nil {
		return err
	}
	return in.Run(ctx)
}

// process keeps one child running and kills it on demand.
type process struct {
	cmd *exec.Cmd
	out spoken
	err bytes.Buffer
}

// spoken is what a process says while it is listened to.
type spoken struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *spoken) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func startProcess(t *testing.T, what, dir, url string, from int64) *process {
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "NIELU_INGEST_CHILD="+what, "NIELU_INGEST_DIR="+dir, "NIELU_INGEST_URL="+url, fmt.Sprint("NIELU_INGEST_FROM=", from))
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// kill ends the process as a power cut would and returns what it said it had accepted.
func (p *process) kill(t *testing.T) []int64 {
	p.cmd.Process.Kill()
	p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code == 1 {
		t.Fatalf("the process ended by itself: %s", p.err.String())
	}
	lines := strings.Split(p.out.String(), "\n")
	var out []int64
	for _, line := range lines[:len(lines)-1] {
		at, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, at)
	}
	return out
}

// wipedBroker is an embedded broker that forgets everything now and then.
type wipedBroker struct {
	addr string
	stop func()
}

func (b *wipedBroker) start(t *testing.T) {
	address := b.addr
	if address == "" {
		address = "127.0.0.1:0"
	}
	var one *broker.Broker
	waitFor(t, "the port", func() (free bool) {
		var err error
		one, err = broker.New(broker.Options{Address: address})
		return err == nil
	})
	b.addr, b.stop = one.Addr(), running(t, one.Run)
}

// TestKillEverything kills agent and centre at random moments and wipes the
// broker: afterwards the log holds what Append accepted, each scan once.
func TestKillEverything(t *testing.T) {
	suite.Native(t)
	suite.Slow(t)
	dir := t.TempDir()
	for _, name := range []string{"log", "agent"} { // made before two processes could both make one
		must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, name+".key"), map[string]string{"log": "nielu-log", "agent": "gw-1"}[name]))
	}
	b := &wipedBroker{}
	b.start(t)
	url := "mqtt://" + b.addr
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	accepted := map[int64]bool{}
	from := int64(0)
	agent, centre := startProcess(t, "agent", dir, url, from), startProcess(t, "centre", dir, url, 0)
	counts := map[string]int{}
	const rounds = 30
	for range rounds {
		if rng.IntN(4) > 0 { // else a fault may meet a process that just starts
			waitFor(t, "a scan to be accepted", func() bool { return agent.out.String() != "" })
		}
		time.Sleep(time.Duration(50+rng.IntN(350)) * time.Millisecond) // the moment of the fault
		switch rng.IntN(5) {
		case 0, 1:
			counts["agent"]++
			for _, at := range agent.kill(t) {
				accepted[at] = true
			}
			from += 1_000_000
			agent = startProcess(t, "agent", dir, url, from)
		case 2, 3:
			counts["centre"]++
			centre.kill(t)
			centre = startProcess(t, "centre", dir, url, 0)
		default:
			counts["broker"]++
			b.stop()
			b.start(t)
		}
	}
	const enough = 20 // to show something
	waitFor(t, "enough scans to be accepted", func() bool {
		return len(accepted)+strings.Count(agent.out.String(), "\n") >= enough
	})
	for _, at := range agent.kill(t) {
		accepted[at] = true
	}
	centre.kill(t)

	// What is still under way arrives when all are left in peace.
	agent = startProcess(t, "agent", dir, url, -1)
	centre = startProcess(t, "centre", dir, url, 0)
	outbox := func() bool {
		leaves, err := os.ReadDir(filepath.Join(dir, "spool", "outbox"))
		journal, err2 := os.ReadDir(filepath.Join(dir, "spool", "journal"))
		return err == nil && err2 == nil && len(leaves) == 0 && len(journal) == 0
	}
	if !eventually(outbox) {
		agent.kill(t)
		centre.kill(t)
		t.Fatalf("the last receipt did not come\nagent: %s\ncentre: %s", agent.err.String(), centre.err.String())
	}
	agent.kill(t)
	centre.kill(t)

	key := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "log.key"), "nielu-log"))
	l := must[*writer.Log](t)(writer.Open(t.Context(), filepath.Join(dir, "log"), writer.Options{Key: key, CheckpointEvery: 100 * time.Millisecond}))
	defer l.Close()
	got := map[int64]bool{}
	for _, s := range logged(t, l) {
		if got[s.At] {
			t.Fatalf("the scan at %d is in the log twice", s.At)
		}
		got[s.At] = true
		if want := killable(s.At); !bytes.Equal(s.Raw, want.Raw) || s.Block != want.Block {
			t.Fatalf("the scan at %d was invented: %v", s.At, s)
		}
	}
	lost := 0
	for at := range accepted {
		if !got[at] {
			lost++
		}
	}
	if lost > 0 {
		t.Fatalf("%d of %d accepted scans are not in the log", lost, len(accepted))
	}
	if extra := len(got) - len(accepted); extra > 3*(counts["agent"]+1) { // what was on disk when its Append was killed
		t.Errorf("%d scans in the log, %d were accepted", len(got), len(accepted))
	}
	if len(accepted) < enough {
		t.Fatalf("only %d scans were accepted; the test shows nothing", len(accepted))
	}
	checkChain(t, l, "gw-1")
	t.Logf("faults %v, %d scans accepted, %d in the log, none twice, none lost", counts, len(accepted), len(got))
}

// checkChain walks an agent's leaves by their chain, whatever their order in
// the log, and fails if any is left over.
func checkChain(t *testing.T, leaves ingest.Leaves, name string) {
	t.Helper()
	type link struct {
		leaf evidence.Leaf
		hash evidence.Hash
	}
	by := map[string]link{}
	for i := range leaves.Size() {
		data := must[[]byte](t)(leaves.Entry(t.Context(), i))
		l := must[evidence.Leaf](t)(evidence.DecodeLeaf(data))
		if l.Signer != name {
			continue
		}
		if _, fork := by[string(l.Prev)]; fork {
			t.Fatalf("two leaves of %s follow the same one", name)
		}
		by[string(l.Prev)] = link{l, evidence.LeafHash(data)}
	}
	place, prev := ingest.Place{}, ""
	for n := len(by); n > 0; n-- {
		next, ok := by[prev]
		if !ok {
			t.Fatalf("the chain of %s ends with %d leaves left over", name, n)
		}
		if err := ingest.Follows(place, next.leaf); err != nil {
			t.Fatal(err)
		}
		place = ingest.After(place, next.leaf, next.hash, 0)
		prev = string(place.Hash[:])
	}
}

var (
	_ ingest.Pipe   = (*mqtt.Client)(nil)
	_ ingest.Outbox = (*spool.Spool)(nil)
	_ ingest.Log    = (*writer.Log)(nil)
	_ ingest.Leaves = (*evidence.Reader)(nil)
)
