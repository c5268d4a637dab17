package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/demo"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/suite"
)

// site is one plant with its gateway and its centre, as programs of their own.
type site struct {
	dir, agentDir    string // of nielu.yaml and agent.yaml
	broker, console  string // addresses of the centre
	metrics          string // of the gateway
	modbus           string
	agentKey, logKey *evidence.SigningKey
}

// newSite writes the files of a site around the simulated plant pyro1.
func newSite(t *testing.T, modbus string) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{dir: dir, agentDir: filepath.Join(dir, "gateway"), broker: free(t), console: free(t), metrics: free(t), modbus: modbus}
	write(t, filepath.Join(s.agentDir, "plc-pyro1.yaml"), devicetest.PLCProfile("pyro1"))
	if err := os.MkdirAll(filepath.Join(dir, "data", "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.logKey = must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "data", "keys", "log.key"), "nielu-log-demo-park"))
	s.writeAgent(t, "every: 1 s", "every: 100 ms")
	line := run(t, "nielu-agent", "enroll", "-c", s.agentFile()).ends(t, 0).out
	s.agentKey = must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(s.agentDir, "agent.key"), "gw-pyro1"))
	write(t, s.centreFile(), fmt.Appendf(nil, "site: demo-park\nlisten: %q\nbroker: { listen: %q }\nagents:\n%splants: [pyro1]\n", s.console, s.broker, line))
	return s
}

func (s *site) agentFile() string  { return filepath.Join(s.agentDir, "agent.yaml") }
func (s *site) centreFile() string { return filepath.Join(s.dir, "nielu.yaml") }

// writeAgent writes agent.yaml with some words replaced by others.
func (s *site) writeAgent(t *testing.T, words ...string) {
	t.Helper()
	text := string(devicetest.AgentConfig("pyro1", s.modbus, "mqtt://"+s.broker, s.logKey.Verifier()))
	words = append(words, "seal_every: 1 s", "seal_every: 200 ms")
	write(t, s.agentFile(), []byte(strings.NewReplacer(words...).Replace(text)+fmt.Sprintf("metrics: %q\n", s.metrics)))
}

func (s *site) startCentre(t *testing.T) *child {
	return start(t, itself(), "server", "-c", s.centreFile())
}

func (s *site) startAgent(t *testing.T) *child {
	return start(t, delivered(t, "nielu-agent"), "run", "-c", s.agentFile())
}

// served serves the simulated plant pyro1 until the test ends.
func served(t *testing.T) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- devicetest.New("pyro1", 1, demo.Commissioned).Serve(ctx, "127.0.0.1:0", func(a string) { ready <- a })
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	select {
	case address = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	return address
}

// waiting tells how many leaves the gateway holds that the centre has not signed for.
func (s *site) waiting() int {
	outbox, err := os.ReadDir(filepath.Join(s.agentDir, "spool", "outbox"))
	if err != nil {
		return -1
	}
	return len(outbox)
}

// drain lets the gateway deliver all it holds: it runs with a poll an hour,
// and is stopped when nothing is left.
func (s *site) drain(t *testing.T) {
	t.Helper()
	s.writeAgent(t, "every: 1 s", "every: 1 h", "every: 2 s", "every: 1 h", "every: 500 ms", "every: 1 h")
	agent := s.startAgent(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the gateway, at last:\n%s", agent.talk.String())
		}
	})
	emptied := time.Now()
	eventually(t, patience, "the last receipt comes", func() bool {
		if s.waiting() != 0 {
			emptied = time.Now()
		}
		return !agent.alive() || time.Since(emptied) > 2*time.Second // what is taken is sealed within 200 ms
	})
	if code := agent.stop(t); code != 0 {
		t.Errorf("the gateway ended with exit code %d\n%s", code, agent.talk.String())
	}
}

// held is what the log has of the gateway: by epoch, how many scans, and when
// the first of them was taken.
type held struct {
	epochs map[uint64]*epoch
	scans  uint64
	lost   uint64 // booked as lost
}

type epoch struct{ last, began uint64 }

// walk follows the gateway's chain through the log from its first leaf to its
// last, and fails the test where it has a hole, a fork or a leaf left over.
func (s *site) walk(t *testing.T) held {
	t.Helper()
	log := must[*evidence.Reader](t)(evidence.OpenReader(filepath.Join(s.dir, "data", "log")))
	type link struct {
		leaf evidence.Leaf
		hash evidence.Hash
	}
	after := map[string]link{}
	for i := range log.Size() {
		data := must[[]byte](t)(log.Entry(t.Context(), i))
		leaf := must[evidence.Leaf](t)(evidence.DecodeLeaf(data))
		if leaf.Signer != s.agentKey.Name() || leaf.Epoch == 0 {
			continue
		}
		if err := evidence.VerifyLeaf(leaf, s.agentKey.Public()); err != nil {
			t.Errorf("leaf %d: %v", i, err)
		}
		if _, fork := after[string(leaf.Prev)]; fork {
			t.Errorf("leaf %d follows a leaf that another one follows", i)
		}
		after[string(leaf.Prev)] = link{leaf, evidence.LeafHash(data)}
	}
	h := held{epochs: map[uint64]*epoch{}}
	place, prev := ingest.Place{}, ""
	for range after {
		next, ok := after[prev]
		if !ok {
			t.Fatalf("the chain breaks after epoch %d, scan %d", place.Epoch, place.Last)
		}
		if err := ingest.Follows(place, next.leaf); err != nil {
			t.Fatal(err)
		}
		switch next.leaf.Kind {
		case evidence.Batch:
			b := must[ingest.Batch](t)(ingest.DecodeBatch(next.leaf))
			e := h.epochs[next.leaf.Epoch]
			if e == nil {
				e = &epoch{began: uint64(b.Scans[0].At)}
				h.epochs[next.leaf.Epoch] = e
			}
			e.last = next.leaf.Last
			h.scans += uint64(len(b.Scans))
			for i, scan := range b.Scans {
				if scan.Seq != next.leaf.First+uint64(i) {
					t.Errorf("epoch %d: scan %d stands where %d belongs", next.leaf.Epoch, scan.Seq, next.leaf.First+uint64(i))
				}
			}
		case evidence.Loss:
			h.lost += must[evidence.LossRecord](t)(evidence.DecodeLoss(next.leaf)).Count
		}
		place = ingest.After(place, next.leaf, next.hash, 0)
		prev = string(place.Hash[:])
	}
	return h
}

// A gateway and a centre are killed again and again, as by power cuts. At the
// end the log holds each scan that the gateway's disk had accepted, once, and
// the projections are what a rebuild gives.
func TestKillThePrograms(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	s := newSite(t, served(t))
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	type life struct {
		began, ended time.Time
		accepted     uint64 // scans that the gateway said it had on disk
	}
	lives := []life{{began: time.Now()}}
	centre, agent := s.startCentre(t), s.startAgent(t)
	watch := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) { // until the moment of the fault
			if n, ok := counter(s.metrics, "nielu_spool_appended_total"); ok {
				lives[len(lives)-1].accepted = uint64(n)
			}
		}
	}
	eventually(t, patience, "the first receipt comes", func() bool {
		n, ok := counter(s.metrics, "nielu_uplink_receipts_total")
		return ok && n > 0
	})
	kills := map[string]int{}
	for range 18 {
		watch(time.Duration(200+rng.IntN(1200)) * time.Millisecond)
		if rng.IntN(2) == 0 {
			kills["gateway"]++
			agent.kill()
			lives[len(lives)-1].ended = time.Now()
			lives = append(lives, life{began: time.Now()})
			agent = s.startAgent(t)
		} else {
			kills["centre"]++
			centre.kill()
			centre = s.startCentre(t)
		}
	}
	watch(time.Second)
	agent.kill()
	lives[len(lives)-1].ended = time.Now()
	if !centre.alive() {
		t.Fatalf("the centre ended by itself\n%s", centre.talk.String())
	}
	s.drain(t)
	settled(t, s.console)
	var plants []plantAnswer
	ask(t, s.console, "/api/v1/plants", &plants)
	if code := centre.stop(t); code != 0 {
		t.Errorf("the centre ended with exit code %d\n%s", code, centre.talk.String())
	}

	h := s.walk(t)
	accepted := uint64(0)
	for _, l := range lives {
		accepted += l.accepted
		if l.accepted == 0 {
			continue
		}
		found := false
		for number, e := range h.epochs {
			if began := time.Unix(0, int64(e.began)); began.After(l.began) && began.Before(l.ended) {
				found = true
				if e.last < l.accepted {
					t.Errorf("epoch %d: the log has %d scans, the gateway had accepted %d", number, e.last, l.accepted)
				}
			}
		}
		if !found {
			t.Errorf("%d scans accepted from %s to %s are not in the log", l.accepted, l.began, l.ended)
		}
	}
	t.Logf("killed %v; %d scans were seen accepted, the log holds %d in %d epochs, each once", kills, accepted, h.scans, len(h.epochs))
	if h.scans < accepted || accepted < 500 || h.lost > 0 {
		t.Errorf("%d scans in the log, %d booked as lost, %d accepted; at least 500 should have been", h.scans, h.lost, accepted)
	}
	config := string(must[[]byte](t)(os.ReadFile(s.centreFile())))
	write(t, s.centreFile(), []byte(strings.Replace(config, s.broker, "127.0.0.1:0", 1)))
	rebuildsAlike(t, s.dir, plants)
}
