package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/suite"
)

// of returns a counter of the gateway, 0 while it cannot be asked.
func (s *site) of(sample string) uint64 {
	n, _ := counter(s.metrics, sample)
	return uint64(n)
}

// lines returns how many lines of a program's talk hold some words.
func lines(talk, words string) (n int) {
	for line := range strings.Lines(talk) {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

// deaf returns an address that refuses every connection for as long as the
// test runs: the port is taken, and nobody listens.
func deaf(t *testing.T) string {
	t.Helper()
	socket := must[int](t)(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
	t.Cleanup(func() { syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name := must[syscall.Sockaddr](t)(syscall.Getsockname(socket))
	return fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// The broker is not there when the gateway starts, nor is one instrument: the
// gateway keeps what the others say and brings all of it later, with the time
// at which it was taken. Then its journal is damaged while it is switched off:
// it starts, brings the rest, and books the hole.
func TestGatewayWithoutBrokerThenWithADamagedJournal(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	s := newSite(t, served(t))
	nobody := deaf(t)
	text := string(must[[]byte](t)(os.ReadFile(s.agentFile())))
	mqtt := strings.Index(text, "mqtt:\n")
	write(t, s.agentFile(), []byte(text[:mqtt]+"  - bus: tcp://"+nobody+"\n    timeout: 200 ms\n    instruments:\n"+
		"      - instrument: WT-999\n        unit: 1\n        profile: laumas-tlb4\n        every: 100 ms\n        parameters: { capacity: 500 kg }\n"+
		"        tags: { pyro1/char/second_hopper: net_weight }\n"+text[mqtt:]))
	began := time.Now()
	agent := s.startAgent(t)
	eventually(t, patience, "the gateway keeps scans and waits", func() bool {
		return s.of("nielu_spool_appended_total") > 60 && s.of("nielu_spool_waiting_batches") > 3
	})
	alone := time.Now()
	centre := s.startCentre(t)
	eventually(t, patience, "all of it is delivered", func() bool {
		return s.of("nielu_spool_trimmed_total") > 3 && s.of("nielu_spool_waiting_batches") <= 1
	})
	talk := agent.talk.String()
	if n := lines(talk, nobody); n != 1 {
		t.Errorf("%d lines tell of the instrument that is not there, want one\n%s", n, talk)
	}
	if !strings.Contains(talk, s.broker) {
		t.Errorf("the broker that is not there is not named\n%s", talk)
	}

	// The centre is down when the gateway loses its power, and a part of its disk.
	if code := centre.stop(t); code != 0 {
		t.Errorf("the centre ended with exit code %d", code)
	}
	agent.kill()
	slow := strings.Replace(string(must[[]byte](t)(os.ReadFile(s.agentFile()))), "seal_every: 200 ms", "seal_every: 1 h", 1)
	write(t, s.agentFile(), []byte(slow))
	agent = s.startAgent(t)
	eventually(t, patience, "the journal holds scans", func() bool { return s.of("nielu_spool_appended_total") > 80 })
	accepted := s.of("nielu_spool_appended_total")
	agent.kill()
	segments := must[[]string](t)(filepath.Glob(filepath.Join(s.agentDir, "spool", "journal", "*.seg")))
	last := slices.Max(segments)
	data := must[[]byte](t)(os.ReadFile(last))
	for i := len(data) / 2; i < len(data)/2+200; i++ {
		data[i] ^= 0x5a
	}
	write(t, last, data[:len(data)-7]) // and the last record is torn
	centre = s.startCentre(t)
	s.drain(t)
	if code := centre.stop(t); code != 0 {
		t.Errorf("the centre ended with exit code %d", code)
	}
	h := s.walk(t)
	var newest uint64
	var before int64
	for number, e := range h.epochs {
		if at := int64(e.began); before == 0 || at < before {
			before = at
		}
		newest = max(newest, number)
	}
	if first := time.Unix(0, before); first.Before(began) || first.After(alone) {
		t.Errorf("the first scan in the log is of %s, taken were the first from %s on", first, began)
	}
	if h.lost == 0 {
		t.Error("no loss is booked")
	}
	e := h.epochs[newest-1] // the drain's own is the newest
	if e == nil || e.last+2 < accepted {
		t.Errorf("of %d scans that were accepted the chain knows %+v", accepted, e)
	}
	quarantine := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(s.agentDir, "spool", "quarantine")))
	if len(quarantine) == 0 {
		t.Error("the damage was not set aside")
	}
	t.Logf("of at least %d scans in the damaged journal %d are booked as lost, %d files set aside", accepted, h.lost, len(quarantine))
}

// A gateway that nobody enrolled delivers: it is refused, counted and set
// aside, and the other one is not held up. Once enrolled it is taken, with all
// it has kept.
func TestUnknownGateway(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	s := newSite(t, served(t))
	stranger := *s
	stranger.agentDir, stranger.metrics = filepath.Join(s.dir, "stranger"), free(t)
	write(t, filepath.Join(stranger.agentDir, "plc-pyro1.yaml"), must[[]byte](t)(os.ReadFile(filepath.Join(s.agentDir, "plc-pyro1.yaml"))))
	stranger.writeAgent(t, "every: 1 s", "every: 100 ms", "agent: gw-pyro1", "agent: gw-stranger")
	line := run(t, "nielu-agent", "enroll", "-c", stranger.agentFile()).ends(t, 0).out
	stranger.agentKey = must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(stranger.agentDir, "agent.key"), "gw-stranger"))
	centre, known, unknown := s.startCentre(t), s.startAgent(t), stranger.startAgent(t)
	const refused = `nielu_intake_refused_total{reason="unknown-agent"}`
	eventually(t, patience, "the stranger is refused", func() bool { n, _ := counter(s.console, refused); return n > 0 })
	trimmed := s.of("nielu_spool_trimmed_total")
	eventually(t, patience, "the other one goes on", func() bool { return s.of("nielu_spool_trimmed_total") > trimmed+5 })
	if files, err := os.ReadDir(filepath.Join(s.dir, "data", "intake", "refused")); err != nil || len(files) == 0 {
		t.Errorf("nothing is set aside: %v", err)
	}
	if stranger.of("nielu_spool_trimmed_total") != 0 || !unknown.alive() {
		t.Error("the stranger's gateway has forgotten something, or ended")
	}
	if talk := centre.talk.String(); !strings.Contains(talk, "gw-stranger") || strings.Count(talk, "is not enrolled") > 2 {
		t.Errorf("the centre says\n%s", talk)
	}

	config := string(must[[]byte](t)(os.ReadFile(s.centreFile())))
	write(t, s.centreFile(), []byte(strings.Replace(config, "plants:", line+"plants:", 1)))
	if code := centre.stop(t); code != 0 {
		t.Errorf("the centre ended with exit code %d", code)
	}
	centre = s.startCentre(t)
	eventually(t, patience, "the stranger is taken once it is enrolled", func() bool { return stranger.of("nielu_spool_trimmed_total") > 3 })
	known.stop(t)
	unknown.stop(t)
	centre.stop(t)
	if h := stranger.walk(t); h.scans == 0 || h.lost > 0 || len(h.epochs) != 1 {
		t.Errorf("the log holds of the stranger %+v", h)
	}
}

// small mounts a small file system at a folder until the test ends.
func small(t *testing.T, dir string, megabytes int) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("SKIPPED, NOTHING WAS TESTED: a small file system can be mounted by root on Linux only")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", megabytes)); err != nil {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: mount of a small file system: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// fill writes a file until not a byte is left, and returns how to take it away.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	f := must[*os.File](t)(os.Create(filepath.Join(dir, "filler")))
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		block := make([]byte, size)
		for {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// The gateway's disk fills up, to the last byte: it says so, refuses what is
// new, forgets nothing, and when there is room again goes on and books how
// many scans it had to refuse.
func TestGatewayOnAFullDisk(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	s := newSite(t, served(t))
	folder := filepath.Join(s.agentDir, "spool")
	small(t, folder, 80)
	centre, agent := s.startCentre(t), s.startAgent(t)
	eventually(t, patience, "receipts come", func() bool { return s.of("nielu_spool_trimmed_total") > 2 })
	empty := fill(t, folder)
	eventually(t, patience, "scans are refused", func() bool { return s.of("nielu_spool_refused_total") > 20 })
	empty()
	appended := s.of("nielu_spool_appended_total")
	eventually(t, patience, "scans are taken again", func() bool { return s.of("nielu_spool_appended_total") > appended+20 })
	appended, refused := s.of("nielu_spool_appended_total"), s.of("nielu_spool_refused_total")
	if code := agent.stop(t); code != 0 {
		t.Errorf("the gateway ended with exit code %d\n%s", code, agent.talk.String())
	}
	talk := agent.talk.String()
	// Each is said once. Nothing of sealing or of a bus is, if none was at it just then.
	if lines(talk, "refuses scans") != 1 || lines(talk, "the spool has room again; the loss is booked") != 1 || lines(talk, "sealing fails") > 1 || lines(talk, "readings are not being stored") > 1 {
		t.Errorf("the gateway says\n%s", talk)
	}
	s.drain(t)
	centre.stop(t)
	h := s.walk(t)
	if h.lost != refused || h.scans < appended {
		t.Errorf("the log holds %d scans and books %d as lost; %d were accepted and %d refused", h.scans, h.lost, appended, refused)
	}
	t.Logf("%d scans in the log, %d refused on the full disk and booked", h.scans, h.lost)
}

// The centre's disk fills up: it says so and gives no receipts, so that the
// gateways keep everything; when there is room again, and the centre was
// started again if it had to end, all arrives.
func TestCentreOnAFullDisk(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	s := newSite(t, served(t))
	data := filepath.Join(s.dir, "data")
	key := must[[]byte](t)(os.ReadFile(filepath.Join(data, "keys", "log.key")))
	small(t, data, 24)
	write(t, filepath.Join(data, "keys", "log.key"), key)
	centre, agent := s.startCentre(t), s.startAgent(t)
	eventually(t, patience, "receipts come", func() bool { return s.of("nielu_spool_trimmed_total") > 2 })
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the centre, at last:\n%s\nthe gateway:\n%s", centre.talk.String(), agent.talk.String())
		}
	})
	empty := fill(t, data)
	eventually(t, patience, "leaves wait at the gateway", func() bool { return s.of("nielu_spool_waiting_batches") > 5 })
	eventually(t, patience, "the centre says why", func() bool { return strings.Contains(centre.talk.String(), "no space left on device") })
	held := s.of("nielu_spool_trimmed_total")
	if !centre.alive() {
		t.Logf("the centre ended with exit code %d", centre.cmd.ProcessState.ExitCode())
		if centre.cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("the centre ended with exit code %d, want 3\n%s", centre.cmd.ProcessState.ExitCode(), centre.talk.String())
		}
	}
	empty()
	if !centre.alive() {
		centre = s.startCentre(t)
	}
	eventually(t, patience, "receipts come again", func() bool {
		return s.of("nielu_spool_trimmed_total") > held+5 && s.of("nielu_spool_waiting_batches") <= 2
	})
	appended := s.of("nielu_spool_appended_total")
	if code := agent.stop(t); code != 0 {
		t.Errorf("the gateway ended with exit code %d", code)
	}
	s.drain(t)
	if code := centre.stop(t); code != 0 {
		t.Errorf("the centre ended with exit code %d\n%s", code, centre.talk.String())
	}
	if h := s.walk(t); h.scans < appended || h.lost > 0 {
		t.Errorf("the log holds %d scans, %d lost; %d were accepted", h.scans, h.lost, appended)
	}
	t.Logf("%d lines of the centre's log name the full disk", strings.Count(centre.talk.String(), "no space left"))
}
