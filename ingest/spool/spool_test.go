package spool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/suite"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("NIELU_SPOOL_CHILD"); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

func ok[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// world is a spool's folder, keys, and a centre's memory of its chain.
type world struct {
	t      testing.TB
	dir    string
	centre *evidence.SigningKey
	agent  *evidence.SigningKey
	o      Options
	place  ingest.Place
	leaves []evidence.Leaf
}

func newWorld(t testing.TB, dir string) *world {
	w := &world{t: t, dir: filepath.Join(dir, "spool")}
	w.centre = ok[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "centre.key"), "log"))
	w.agent = ok[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "agent.key"), "gw-1"))
	w.o = w.options()
	return w
}

func (w *world) options() Options {
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("NIELU_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return Options{Site: "park", Agent: "gw-1", Plants: []string{"pyro1"}, Catalogue: []byte("catalogue"),
		Sign: w.agent.Sign, Centre: w.centre.Verifier(), FreeFloor: -1, Log: log}
}

func (w *world) open() *Spool {
	w.t.Helper()
	s := ok[*Spool](w.t)(Open(w.dir, w.o))
	w.t.Cleanup(func() { s.Close() })
	return s
}

// deliver takes all sealed leaves as the centre does, checking each against
// the chain, and gives a receipt for the last.
func (w *world) deliver(s *Spool) {
	w.t.Helper()
	if err := s.Seal(); err != nil {
		w.t.Fatal(err)
	}
	for after := uint64(0); ; {
		number, data, found, err := s.Next(after)
		if err != nil {
			w.t.Fatal(err)
		}
		if !found {
			break
		}
		after = number
		l := ok[evidence.Leaf](w.t)(evidence.DecodeLeaf(data))
		if err := evidence.VerifyLeaf(l, w.agent.Public()); err != nil {
			w.t.Fatal(err)
		}
		if l.Epoch < w.place.Epoch || l.Epoch == w.place.Epoch && l.Last != 0 && l.Last <= w.place.Last {
			continue // delivered before
		}
		if err := ingest.Follows(w.place, l); err != nil {
			w.t.Fatalf("leaf %d: %v", number, err)
		}
		w.place = ingest.After(w.place, l, evidence.LeafHash(data), 0)
		w.leaves = append(w.leaves, l)
	}
	if err := s.Trim(w.receipt()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) receipt() []byte {
	return ok[[]byte](w.t)(ingest.Receipt{Site: "park", Agent: "gw-1", Epoch: w.place.Epoch, Seq: w.place.Last, Digest: w.place.Hash}.Sign(w.centre))
}

// scans returns what the centre holds, by time of scan, and fails on repeats.
func (w *world) scans() map[int64]measure.Scan {
	w.t.Helper()
	out := map[int64]measure.Scan{}
	for _, l := range w.leaves {
		if l.Kind != evidence.Batch {
			continue
		}
		for _, s := range ok[ingest.Batch](w.t)(ingest.DecodeBatch(l)).Scans {
			if _, twice := out[s.At]; twice {
				w.t.Fatalf("scan at %d came twice", s.At)
			}
			out[s.At] = s
		}
	}
	return out
}

func (w *world) losses() (out []evidence.LossRecord) {
	for _, l := range w.leaves {
		if l.Kind == evidence.Loss {
			out = append(out, ok[evidence.LossRecord](w.t)(evidence.DecodeLoss(l)))
		}
	}
	return out
}

func scanAt(at int64) measure.Scan {
	raw := binary.BigEndian.AppendUint64(nil, uint64(at)*0x9e3779b97f4a7c15)
	return measure.Scan{Block: uint32(at % 3), At: at, Raw: bytes.Repeat(raw, 1+int(at%4))}
}

func add(t testing.TB, s *Spool, from, to int64) {
	t.Helper()
	for at := from; at < to; at++ {
		ok[uint64](t)(s.Append(context.Background(), scanAt(at)))
	}
}

func (w *world) wantScans(n int64) {
	w.t.Helper()
	got := w.scans()
	for at := range n {
		g := got[at]
		if want := scanAt(at); g.At != want.At || g.Block != want.Block || !bytes.Equal(g.Raw, want.Raw) {
			w.t.Fatalf("scan at %d: %v, want %v", at, g, want)
		}
	}
	if int64(len(got)) != n {
		w.t.Fatalf("%d scans, want %d", len(got), n)
	}
}

func TestScansOutliveRestarts(t *testing.T) {
	w := newWorld(t, t.TempDir())
	for round := range int64(6) {
		s := w.open()
		add(t, s, round*50, round*50+25)
		if round%2 == 0 {
			w.deliver(s)
		} else if err := s.Seal(); err != nil {
			t.Fatal(err)
		}
		add(t, s, round*50+25, round*50+50)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := w.open()
	w.deliver(s)
	w.wantScans(300)
	if n := len(w.losses()); n != 0 {
		t.Errorf("%d losses booked, nothing was lost", n)
	}
	if s.Stats.Waiting.Load() != 0 {
		t.Error("leaves with a receipt are still held")
	}
	if s.Stats.Bytes.Load() > 2<<20 {
		t.Errorf("%d bytes held", s.Stats.Bytes.Load())
	}
}

func TestAppendsShareSyncs(t *testing.T) {
	w := newWorld(t, t.TempDir())
	s := w.open()
	var group errgroup.Group
	seen := sync.Map{}
	for at := range int64(500) {
		group.Go(func() error {
			seq, err := s.Append(context.Background(), scanAt(at))
			if _, twice := seen.LoadOrStore(seq, true); twice {
				return fmt.Errorf("sequence number %d was given twice", seq)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats.Syncs.Load(); n >= 500 {
		t.Errorf("%d syncs for 500 concurrent appends", n)
	}
	w.deliver(s)
	w.wantScans(500)
}

func TestSequenceNumbersOfOneAppend(t *testing.T) {
	w := newWorld(t, t.TempDir())
	s := w.open()
	for i, n := range []int{1, 3, 2} {
		scans := make([]measure.Scan, n)
		for j := range scans {
			scans[j] = scanAt(int64(10*i + j))
		}
		if seq := ok[uint64](t)(s.Append(t.Context(), scans...)); seq != uint64([]int{1, 4, 6}[i]) {
			t.Errorf("append %d: last sequence number %d", i, seq)
		}
	}
	if _, err := s.Append(t.Context(), measure.Scan{Raw: make([]byte, ingest.MaxRaw+1)}); err == nil {
		t.Error("a scan too large for a batch was accepted")
	}
}

// TestTornTail cuts and garbles the journal's last record at every byte.
func TestTornTail(t *testing.T) {
	suite.Slow(t)
	dir := t.TempDir()
	w := newWorld(t, dir)
	s := w.open()
	add(t, s, 0, 4)
	path := s.writer.segment.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole := ok[[]byte](t)(os.ReadFile(path))
	last := len(whole) - recordHead - 1
	for ; last > 0; last-- { // the record of scan 3 begins where a whole one parses to the end
		if _, n, good := parseRecord(whole[last:]); good && last+n == len(whole) {
			break
		}
	}
	variants := map[string][]byte{}
	for cut := last; cut < len(whole); cut++ {
		variants[fmt.Sprint("cut at ", cut)] = whole[:cut]
		zero := bytes.Clone(whole)
		clear(zero[cut:])
		variants[fmt.Sprint("zeros from ", cut)] = zero
	}
	for name, content := range variants {
		sub := filepath.Join(t.TempDir(), "spool")
		if err := os.CopyFS(sub, os.DirFS(w.dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "journal", filepath.Base(path)), content, 0o600); err != nil {
			t.Fatal(err)
		}
		v := newWorld(t, dir)
		v.dir = sub
		s := v.open()
		add(t, s, 10, 12)
		v.deliver(s)
		got := v.scans()
		_, three := got[3]
		if len(got) != 5 && !three || got[2].At != 2 || got[11].At != 11 {
			t.Fatalf("%s: %d scans arrived", name, len(got))
		}
		if torn := len(content) != last && !bytes.Equal(content, whole) && !three; torn != (len(v.losses()) == 1) {
			t.Fatalf("%s: %d losses booked", name, len(v.losses()))
		}
		s.Close()
	}
}

// TestDamagedMiddle flips bytes of the journal: what is whole arrives, the
// rest is booked, and nothing is invented.
func TestDamagedMiddle(t *testing.T) {
	suite.Slow(t)
	dir := t.TempDir()
	w := newWorld(t, dir)
	s := w.open()
	add(t, s, 0, 40)
	path := s.writer.segment.path
	s.Close()
	whole := ok[[]byte](t)(os.ReadFile(path))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		damaged := bytes.Clone(whole)
		from := rng.IntN(len(damaged))
		for i := range 1 + rng.IntN(100) {
			if from+i < len(damaged) {
				damaged[from+i] ^= byte(1 + rng.IntN(255))
			}
		}
		sub := filepath.Join(t.TempDir(), "spool")
		if err := os.CopyFS(sub, os.DirFS(w.dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "journal", filepath.Base(path)), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		v := newWorld(t, dir)
		v.dir = sub
		s := v.open()
		add(t, s, 100, 103)
		v.deliver(s)
		got := v.scans()
		for at, scan := range got {
			if !bytes.Equal(scan.Raw, scanAt(at).Raw) {
				t.Fatalf("scan at %d was invented", at)
			}
		}
		booked := uint64(0)
		for _, l := range v.losses() {
			booked += l.Count
		}
		atEnd := len(v.losses()) > 0 && v.losses()[len(v.losses())-1].Count == 0
		if lost := uint64(43 - len(got)); booked != lost && !(atEnd && booked < lost) {
			t.Fatalf("%d scans lost, %d booked", lost, booked)
		}
		if s.Stats.Damaged.Load() == 0 || len(ok[[]os.DirEntry](t)(os.ReadDir(filepath.Join(sub, "quarantine")))) == 0 {
			t.Fatal("damage was not set aside")
		}
		s.Close()
	}
}

func TestDamagedLeafIsReplacedByItsLoss(t *testing.T) {
	w := newWorld(t, t.TempDir())
	s := w.open()
	for i := range int64(4) {
		add(t, s, i*10, i*10+10)
		if err := s.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	outbox := ok[[]leafFile](t)(listLeaves(filepath.Join(w.dir, "outbox"))) // the catalogue and 4 batches
	if len(outbox) != 5 {
		t.Fatalf("%d leaves sealed", len(outbox))
	}
	s.Close()
	second := filepath.Join(w.dir, "outbox", outbox[2].name())
	data := ok[[]byte](t)(os.ReadFile(second))
	data[50] ^= 1
	if err := errors.Join(os.WriteFile(second, data, 0o600), os.Remove(filepath.Join(w.dir, "outbox", outbox[4].name()))); err != nil {
		t.Fatal(err)
	}
	// The last leaf is gone with its name: its scans are still in the journal.
	s = w.open()
	w.deliver(s)
	if got := w.scans(); len(got) != 30 || got[9].At != 9 || got[20].At != 20 || got[39].At != 39 {
		t.Fatalf("%d scans arrived, want 0 to 9 and 20 to 39", len(got))
	}
	losses := w.losses()
	if len(losses) != 1 || losses[0].Count != 10 || !bytes.Equal(losses[0].Replaces, outbox[2].hash[:]) {
		t.Fatalf("losses: %+v", losses)
	}
}

func TestDamagedState(t *testing.T) {
	garbage := []byte("garbage")
	t.Run("one copy", func(t *testing.T) {
		for _, name := range []string{"state", "state.bak"} {
			w := newWorld(t, t.TempDir())
			s := w.open()
			add(t, s, 0, 20)
			w.deliver(s)
			add(t, s, 20, 30)
			s.Close()
			if err := os.WriteFile(filepath.Join(w.dir, name), garbage, 0o600); err != nil {
				t.Fatal(err)
			}
			s = w.open()
			w.deliver(s)
			w.wantScans(30)
		}
	})
	t.Run("both copies", func(t *testing.T) {
		w := newWorld(t, t.TempDir())
		s := w.open()
		add(t, s, 0, 20)
		w.deliver(s)
		add(t, s, 20, 30)
		s.Close()
		for _, name := range []string{"state", "state.bak"} {
			if err := os.WriteFile(filepath.Join(w.dir, name), garbage, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s = w.open()
		add(t, s, 30, 40)
		if err := s.Seal(); err != nil {
			t.Fatal(err)
		}
		if _, _, found, _ := s.Next(0); found {
			t.Fatal("a leaf was sealed without a known place in the chain")
		}
		if err := s.Trim(w.receipt()); err != nil {
			t.Fatal(err)
		}
		w.deliver(s)
		w.wantScans(40)
	})
}

// Both copies of the state are damaged, and the first receipt that comes is an
// old one, or none comes, or the gateway's clock is that of 1970: the centre's
// answer to what is sealed meanwhile puts the place in the chain right. Nothing
// is lost, nothing comes twice, and a receipt moves nothing backwards.
func TestDamagedStateAndAnOldReceipt(t *testing.T) {
	for _, first := range []string{"old", "none", "clock of 1970", "power cut while it moves"} {
		t.Run(first, func(t *testing.T) {
			dir := t.TempDir()
			w := newWorld(t, dir)
			s := w.open()
			add(t, s, 0, 20)
			w.deliver(s)
			old := w.receipt()
			add(t, s, 20, 30)
			w.deliver(s)
			add(t, s, 30, 40)
			s.Close()
			for _, name := range []string{"state", "state.bak"} {
				if err := os.WriteFile(filepath.Join(w.dir, name), []byte("garbage"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if first == "clock of 1970" {
				w.place.Epoch = 1 << 40 // as if it had counted so far
			}
			s = w.open()
			if first == "old" {
				if err := s.Trim(old); err != nil {
					t.Fatal(err)
				}
			} else {
				s.opened = s.opened.Add(-guessAfter)
			}
			add(t, s, 40, 50)
			if err := s.Seal(); err != nil {
				t.Fatal(err)
			}
			if _, _, found, _ := s.Next(0); !found {
				t.Fatal("nothing is sealed that the centre could answer to")
			}
			if first == "power cut while it moves" {
				outbox := filepath.Join(w.dir, "outbox")
				if err := os.CopyFS(filepath.Join(dir, "before"), os.DirFS(outbox)); err != nil {
					t.Fatal(err)
				}
				state := ok[[]byte](t)(os.ReadFile(filepath.Join(w.dir, "state")))
				if err := s.Trim(w.receipt()); err != nil {
					t.Fatal(err)
				}
				s.Close()
				// The old leaves are still there, the state is the one of before.
				for _, f := range ok[[]os.DirEntry](t)(os.ReadDir(filepath.Join(dir, "before"))) {
					data := ok[[]byte](t)(os.ReadFile(filepath.Join(dir, "before", f.Name())))
					if err := os.WriteFile(filepath.Join(outbox, f.Name()), data, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				for _, name := range []string{"state", "state.bak"} {
					if err := os.WriteFile(filepath.Join(w.dir, name), state, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				s = w.open()
			}
			for range 2 { // the second time it changes nothing
				if err := s.Trim(w.receipt()); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Trim(old); err != nil {
				t.Errorf("an old receipt: %v", err)
			}
			add(t, s, 50, 60)
			if first != "clock of 1970" { // where the journal's own epoch is of before
				w.deliver(s)
				w.wantScans(60)
				s.Close()
				s = w.open()
			} else {
				w.deliver(s)
			}
			if n := s.Stats.Waiting.Load(); n != 0 || s.cursor.state.Guessed {
				t.Errorf("%d leaves wait, %+v", n, s.cursor.state)
			}
		})
	}
}

func TestOnlyTheCentresReceiptTrims(t *testing.T) {
	w := newWorld(t, t.TempDir())
	s := w.open()
	add(t, s, 0, 10)
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	_, data, _, _ := s.Next(1)
	l := ok[evidence.Leaf](t)(evidence.DecodeLeaf(data))
	good := ingest.Receipt{Site: "park", Agent: "gw-1", Epoch: l.Epoch, Seq: l.Last, Digest: evidence.LeafHash(data)}
	other := ok[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "k"), "log"))
	wrong := map[string][]byte{"empty": nil, "another key": ok[[]byte](t)(good.Sign(other))}
	for name, edit := range map[string]func(*ingest.Receipt){
		"another agent":  func(r *ingest.Receipt) { r.Agent = "gw-2" },
		"another site":   func(r *ingest.Receipt) { r.Site = "yard" },
		"another digest": func(r *ingest.Receipt) { r.Digest[0] ^= 1 },
		"another number": func(r *ingest.Receipt) { r.Seq++ },
		"another epoch":  func(r *ingest.Receipt) { r.Epoch++ },
	} {
		r := good
		edit(&r)
		wrong[name] = ok[[]byte](t)(r.Sign(w.centre))
	}
	flipped := bytes.Clone(ok[[]byte](t)(good.Sign(w.centre)))
	flipped[30] ^= 1
	wrong["a flipped bit"] = flipped
	for name, receipt := range wrong {
		if err := s.Trim(receipt); err == nil || s.Stats.Waiting.Load() != 2 {
			t.Errorf("%s: %v, %d leaves held", name, err, s.Stats.Waiting.Load())
		}
	}
	for range 2 { // the second time it changes nothing
		if err := s.Trim(ok[[]byte](t)(good.Sign(w.centre))); err != nil || s.Stats.Waiting.Load() != 0 {
			t.Errorf("a good receipt: %v, %d leaves held", err, s.Stats.Waiting.Load())
		}
	}
}

func TestLimit(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.o.Limit = 6000
	s := w.open()
	n := int64(0)
	var err error
	for ; n < 1000; n++ {
		if _, err = s.Append(t.Context(), scanAt(n)); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || n == 0 {
		t.Fatalf("after %d scans: %v, want ErrFull", n, err)
	}
	for at := n; at < n+5; at++ {
		if _, err := s.Append(t.Context(), scanAt(at)); !errors.Is(err, ErrFull) {
			t.Fatalf("append: %v", err)
		}
	}
	s.Close()
	s = w.open() // the count of what was refused outlives a restart; sealing made room
	w.deliver(s)
	add(t, s, 2000, 2001)
	w.deliver(s)
	losses := w.losses()
	if len(losses) != 1 || losses[0].From != n || losses[0].To != n+5-1 || losses[0].Count != 6 {
		t.Fatalf("losses: %+v, want one of 6 scans from %d", losses, n)
	}
	if got := w.scans(); int64(len(got)) != n+1 {
		t.Fatalf("%d scans arrived of %d accepted", len(got), n+1)
	}
}

// TestFullDisk fills a real, small file system.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("SKIPPED: no tmpfs can be mounted here (%v): a full disk was not tried", err)
	}
	t.Cleanup(func() { syscall.Unmount(mount, 0) })
	w := newWorld(t, t.TempDir())
	w.dir = filepath.Join(mount, "spool")
	s := w.open()
	accepted, refused := int64(0), uint64(0)
	big := func(at int64) measure.Scan {
		return measure.Scan{At: at, Raw: bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(at)*0x9e3779b97f4a7c15), 100)}
	}
	at := int64(0)
	for ; at < 1000 && refused < 20; at++ {
		if _, err := s.Append(t.Context(), big(at)); err == nil {
			accepted++
		} else if refused++; !errors.Is(err, ErrFull) {
			t.Fatalf("append on a full disk: %v", err)
		}
	}
	if refused != 20 {
		t.Fatalf("the disk did not fill: %d accepted", accepted)
	}
	if err := s.Seal(); err == nil {
		t.Log("sealing found room on the full disk")
	}
	s.Close()
	s = w.open() // starting on a full disk works
	if _, err := s.Append(t.Context(), big(at)); err == nil {
		accepted++
	} else {
		refused++
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	ok[uint64](t)(s.Append(t.Context(), big(5000)))
	accepted++
	w.deliver(s)
	if got := w.scans(); int64(len(got)) != accepted {
		t.Fatalf("%d scans arrived of %d accepted", len(got), accepted)
	}
	booked := uint64(0)
	for _, l := range w.losses() {
		booked += l.Count
	}
	if booked != refused {
		t.Fatalf("%d scans booked as lost, %d refused", booked, refused)
	}
	t.Logf("%d accepted, %d refused, %d booked", accepted, refused, booked)
}

func TestSealsByTime(t *testing.T) {
	w := newWorld(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		w.o.SealEvery = 5 * time.Second
		s := ok[*Spool](t)(Open(w.dir, w.o))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		add(t, s, 0, 3)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if n := s.Stats.Sealed.Load(); n != 0 {
			t.Errorf("after 4 s: %d leaves", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := s.Stats.Sealed.Load(); n != 2 { // the catalogue and a batch
			t.Errorf("after 6 s: %d leaves", n)
		}
		big := measure.Scan{Raw: make([]byte, ingest.MaxRaw)}
		for range 5 { // more than makes a batch: sealed at once
			ok[uint64](t)(s.Append(ctx, big))
		}
		synctest.Wait()
		if n := s.Stats.Sealed.Load(); n < 3 {
			t.Errorf("after much came: %d leaves", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Close()
	})
}

func TestCatalogueIsSentOnceAndWhenItChanges(t *testing.T) {
	w := newWorld(t, t.TempDir())
	for i, catalogue := range []string{"one", "one", "two"} {
		w.o.Catalogue = []byte(catalogue)
		s := w.open()
		add(t, s, int64(i)*10, int64(i)*10+5)
		if i == 1 { // not sealed before the catalogue changes
			s.Close()
			continue
		}
		w.deliver(s)
		s.Close()
	}
	var kinds []string
	digest := ""
	for _, l := range w.leaves {
		kinds = append(kinds, l.Kind.String())
		if l.Kind == evidence.Catalogue {
			digest = l.Name
			ok[[]byte](t)(ingest.DecodeCatalogue(l))
		} else if b := ok[ingest.Batch](t)(ingest.DecodeBatch(l)); b.Catalogue != digest {
			t.Errorf("a batch names catalogue %s, the one before it is %s", b.Catalogue, digest)
		}
	}
	if got := strings.Join(kinds, " "); got != "catalogue batch batch catalogue batch" {
		t.Errorf("leaves: %s", got)
	}
	w.wantScansAt(0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24)
}

func (w *world) wantScansAt(at ...int64) {
	w.t.Helper()
	got := w.scans()
	for _, a := range at {
		if _, found := got[a]; !found {
			w.t.Errorf("scan at %d is missing", a)
		}
	}
	if len(got) != len(at) {
		w.t.Errorf("%d scans, want %d", len(got), len(at))
	}
}

// child appends, seals and trims without end, and prints each accepted scan's
// time; it is killed from outside. The centre's place is kept in a file.
func child(dir string) {
	t := &childT{}
	w := newWorld(t, dir)
	s := ok[*Spool](t)(Open(w.dir, w.o))
	start := ok[int64](t)(strconv.ParseInt(os.Getenv("NIELU_SPOOL_FROM"), 10, 64))
	failed := make(chan error)
	for lane := range int64(4) {
		go func() {
			for at := start + lane; ; at += 4 {
				if _, err := s.Append(context.Background(), scanAt(at)); err != nil {
					failed <- err
				}
				os.Stdout.WriteString(strconv.FormatInt(at, 10) + "\n")
			}
		}()
	}
	go func() {
		for {
			if err := s.Seal(); err != nil {
				failed <- err
			}
		}
	}()
	panic(<-failed)
}

// childT lets the child use the helpers of tests.
type childT struct{ testing.TB }

func (childT) Helper()           {}
func (childT) Cleanup(func())    {}
func (childT) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// TestKill kills a process that appends and seals, at random moments, again
// and again: each scan whose Append returned is delivered exactly once.
func TestKill(t *testing.T) {
	suite.Native(t)
	dir := t.TempDir()
	w := newWorld(t, dir)
	accepted := map[int64]bool{}
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "NIELU_SPOOL_CHILD="+dir, fmt.Sprint("NIELU_SPOOL_FROM=", int64(round)*1_000_000))
		var said bytes.Buffer
		cmd.Stderr = &said
		out := ok[io.ReadCloser](t)(cmd.StdoutPipe())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The moment of death, in scans accepted: however long they take.
		lines := bufio.NewReader(out)
		for n := rng.IntN(400); ; n-- {
			if n == 0 {
				time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
				cmd.Process.Kill()
			}
			line, err := lines.ReadString('\n')
			if err != nil {
				break
			}
			accepted[ok[int64](t)(strconv.ParseInt(strings.TrimSpace(line), 10, 64))] = true
		}
		cmd.Wait()
		if cmd.ProcessState.Exited() {
			t.Fatalf("round %d: the process ended by itself: %s", round, said.String())
		}
		if round%4 == 3 { // the centre is not always there
			s := ok[*Spool](t)(Open(w.dir, w.o))
			w.deliver(s)
			s.Close()
		}
	}
	s := w.open()
	w.deliver(s)
	got := w.scans()
	for at := range accepted {
		if _, found := got[at]; !found {
			t.Fatalf("scan at %d was accepted and is lost", at)
		}
	}
	for at, scan := range got {
		if !bytes.Equal(scan.Raw, scanAt(at).Raw) {
			t.Fatalf("scan at %d was invented", at)
		}
	}
	if len(got)-len(accepted) > 5*rounds { // at most what was under way in four lanes
		t.Errorf("%d scans arrived, %d were accepted", len(got), len(accepted))
	}
	if len(accepted) < rounds {
		t.Fatalf("only %d scans were accepted; the test shows nothing", len(accepted))
	}
	t.Logf("%d kills, %d scans accepted, %d arrived", rounds, len(accepted), len(got))
}

func TestJournalRecordsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := measure.Scan{Seq: rapid.Uint64().Draw(t, "seq"), Block: rapid.Uint32().Draw(t, "block"), At: rapid.Int64().Draw(t, "at"),
			Fault: measure.Fault(rapid.Byte().Draw(t, "fault")), Raw: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "raw")}
		b := appendScan([]byte("before"), s.Seq, s)[len("before"):]
		r, n, good := parseRecord(append(b, "after"...))
		if !good || n != len(b) || r.kind != kindScan || fmt.Sprint(r.scan) != fmt.Sprint(s) {
			t.Fatalf("%v came back as %v", s, r.scan)
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, _, good := parseRecord(b); good {
			t.Fatal("a flipped byte is not found")
		}
	})
}

func FuzzJournal(f *testing.F) {
	head, _ := newSegment(1, segmentHeader{Epoch: 1, Catalogue: "digest", Plants: []string{"pyro1"}})
	b := appendScan(appendScan(head, 1, scanAt(1)), 2, scanAt(2))
	f.Add(b)
	f.Add(append(bytes.Clone(b[:len(b)-3]), b...))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, torn := parseJournal(data)
		bytesIn := 0
		for _, d := range torn {
			bytesIn += d.to - d.from
		}
		if bytesIn > len(data) || len(records)*recordHead > len(data)-bytesIn {
			t.Fatalf("%d records and %d torn bytes of %d", len(records), bytesIn, len(data))
		}
		for i := 1; i < len(records); i++ {
			if records[i].seq < records[i-1].seq {
				t.Fatal("records out of order")
			}
		}
	})
}

func FuzzOutbox(f *testing.F) {
	e := leafFile{number: 1, epoch: 2, first: 3, last: 4}
	f.Add(e.name(), frameLeaf([]byte("leaf")))
	f.Add("state", []byte("00000000 {}"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if e, good := parseLeafName(name); good && e.name() != name {
			t.Fatalf("%q parsed as %q", name, e.name())
		}
		if leaf, err := parseLeafFile(data); err == nil && !bytes.Equal(frameLeaf(leaf), data) {
			t.Fatal("not what frameLeaf writes")
		}
		if s, err := parseState(data); err == nil {
			if again, err := s.encode(); err != nil || len(again) == 0 {
				t.Fatal(err)
			}
		}
		parseSegmentName(name)
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, lanes := range []int{1, 16} {
		b.Run(fmt.Sprint(lanes, " pollers"), func(b *testing.B) {
			w := newWorld(b, b.TempDir())
			s := w.open()
			scan := measure.Scan{Raw: make([]byte, 120)}
			b.ReportAllocs()
			var group errgroup.Group
			b.ResetTimer()
			for range lanes {
				group.Go(func() error {
					for range b.N / lanes {
						if _, err := s.Append(context.Background(), scan); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err := group.Wait(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(s.Stats.Syncs.Load())/float64(b.N), "syncs/op")
		})
	}
}

// BenchmarkSeal seals a second of a plant's scans at a time, and takes the receipt.
func BenchmarkSeal(b *testing.B) {
	w := newWorld(b, b.TempDir())
	s := w.open()
	scans := make([]measure.Scan, 200)
	b.ReportAllocs()
	for n := range b.N {
		for i := range scans {
			scans[i] = scanAt(int64(n*len(scans) + i))
		}
		ok[uint64](b)(s.Append(b.Context(), scans...))
		w.leaves = nil
		w.deliver(s)
	}
	b.ReportMetric(float64(len(scans)*b.N)/b.Elapsed().Seconds(), "scans/s")
}
