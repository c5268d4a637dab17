package ingest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/wire"
	"github.com/nielu/nielu/measure"
)

// poll makes n scans of a plant: blocks of registers float32 values each,
// which walk and are read every second with a jitter of a millisecond.
func poll(n, blocks, registers int) []measure.Scan {
	rng := rand.New(rand.NewPCG(3, 4))
	values := make([]float64, blocks*registers)
	for i := range values {
		values[i] = 20 + 400*rng.Float64()
	}
	scans := make([]measure.Scan, n)
	for i := range scans {
		block := i % blocks
		s := &scans[i]
		s.Seq, s.Block = uint64(i+1), uint32(block)
		s.At = 1_793_000_000_000_000_000 + int64(i/blocks)*1e9 + int64(block)*20e6 + int64(rng.NormFloat64()*1e3)*1e3
		for j := range registers {
			v := &values[block*registers+j]
			if rng.IntN(3) > 0 {
				*v += rng.NormFloat64() * 0.05
			}
			s.Raw = binary.BigEndian.AppendUint32(s.Raw, math.Float32bits(float32(math.Round(*v*100)/100)))
		}
	}
	return scans
}

func batchOf(scans []measure.Scan) Batch {
	return Batch{Site: "park", Agent: "gw-1", Plants: []string{"pyro1"}, Epoch: 2, Catalogue: evidence.CatalogueDigest(nil), Clock: evidence.ClockSynced, Scans: scans}
}

func TestBatchRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := batchOf(nil)
		b.Epoch = rapid.Uint64Range(1, 1<<60).Draw(t, "epoch")
		b.Prev = rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")
		first := rapid.Uint64Range(1, 1<<60).Draw(t, "first")
		fixed := rapid.IntRange(0, 9).Draw(t, "length")
		unit := int64(math.Pow10(rapid.IntRange(0, 9).Draw(t, "unit")))
		even := rapid.Bool().Draw(t, "even")
		floats, swapped := rapid.Bool().Draw(t, "floats"), rapid.Bool().Draw(t, "swapped")
		n := rapid.IntRange(1, 40).Draw(t, "scans")
		for i := range n {
			s := measure.Scan{Seq: first + uint64(i), Block: rapid.SampledFrom([]uint32{0, 1, 7, math.MaxUint32}).Draw(t, "block"),
				At: rapid.Int64Range(-1<<31, 1<<31).Draw(t, "at") * unit}
			length := fixed
			if !even {
				length = rapid.IntRange(0, 20).Draw(t, "length of one")
			}
			if rapid.IntRange(0, 4).Draw(t, "faulty") == 0 {
				s.Fault = measure.Fault(rapid.Byte().Draw(t, "fault"))
				if even {
					length = 0
				}
			}
			if length > 0 && floats {
				for len(s.Raw) < length+8 {
					v := float32(rapid.IntRange(-1e6, 1e6).Draw(t, "digits")) / float32(math.Pow10(rapid.IntRange(0, 5).Draw(t, "places")))
					v = rapid.SampledFrom([]float32{v, v, v, v, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), math.MaxFloat32}).Draw(t, "value")
					word := math.Float32bits(v)
					if swapped {
						word = word<<16 | word>>16
					}
					s.Raw = binary.BigEndian.AppendUint32(s.Raw, word)
				}
				s.Raw = s.Raw[:length+6]
			} else if length > 0 {
				s.Raw = rapid.SliceOfN(rapid.Byte(), length, length).Draw(t, "raw")
			}
			b.Scans = append(b.Scans, s)
		}
		leaf, err := EncodeBatch(b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeBatch(leaf)
		if err != nil {
			t.Fatal(err)
		}
		b.From, b.To = leaf.From, leaf.To
		if got, want := fmt.Sprint(back), fmt.Sprint(b); got != want {
			t.Fatalf("came back as\n%s, was\n%s", got, want)
		}
		again, err := EncodeBatch(back)
		if err != nil || !bytes.Equal(again.Body, leaf.Body) {
			t.Fatalf("encoding again gives other bytes (%v)", err)
		}
	})
}

func TestBatchIsSmall(t *testing.T) {
	const registers = 20
	for _, seconds := range []int{5, 60} {
		scans := poll(seconds*3, 3, registers)
		leaf, err := EncodeBatch(batchOf(scans))
		if err != nil {
			t.Fatal(err)
		}
		key := mustKey(t, "gw-1")
		data, err := evidence.SignLeaf(leaf, key.Sign)
		if err != nil {
			t.Fatal(err)
		}
		perReading := float64(len(data)) / float64(len(scans)*registers)
		t.Logf("%d s: %d bytes, %.2f a reading", seconds, len(data), perReading)
		if raw := 4.0; perReading >= raw {
			t.Errorf("%.2f bytes a reading, the registers alone are %v", perReading, raw)
		}
	}
}

// TestBatchBytesAreTheSameEverywhere holds the encoding to bytes written
// before: on every CPU, and with every version of the compressor, which may
// change only together with this digest.
func TestBatchBytesAreTheSameEverywhere(t *testing.T) {
	scans := make([]measure.Scan, 300)
	for i := range scans {
		s := &scans[i]
		*s = measure.Scan{Seq: uint64(i + 1), Block: uint32(i % 3), At: 1_793_000_000_000_000_000 + int64(i)*333_000_007}
		for j := range 10 {
			digits := (i*i*7919 + j*104729) % 50_000
			switch s.Block {
			case 0:
				s.Raw = binary.BigEndian.AppendUint32(s.Raw, math.Float32bits(float32(digits)/100))
			case 1:
				s.Raw = binary.BigEndian.AppendUint16(s.Raw, uint16(digits))
			default:
				s.Raw = append(s.Raw, fmt.Sprintf(`{"t":%d}`, digits)...)
			}
		}
	}
	leaf, err := EncodeBatch(batchOf(scans))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := evidence.CatalogueDigest(leaf.Body), "c812b411bb0c8e892b6caaef3756a4f5cc1c2aba607f87a24916a6fbd23368c4"; got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestBatchRefusesWhatItCannotKeep(t *testing.T) {
	for want, b := range map[string]Batch{
		"0 scans":             batchOf(nil),
		"follows scan":        batchOf([]measure.Scan{{Seq: 1}, {Seq: 3}}),
		"at most 32768":       batchOf([]measure.Scan{{Seq: 1, Raw: make([]byte, MaxRaw+1)}}),
		"not a hex SHA-256":   {Catalogue: "x", Scans: []measure.Scan{{Seq: 1}}},
		"at most 1048576 fit": batchOf(poll(300, 1, 2000)),
		"want 1 to 65536":     batchOf(make([]measure.Scan, MaxScans+1)),
	} {
		if _, err := EncodeBatch(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestBombsAreRefused gives columns that claim or expand to more than a batch may hold.
func TestBombsAreRefused(t *testing.T) {
	bomb, err := compress(make([]byte, 64<<20))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []uint32{0, 100, MaxBatchBytes, MaxBatchBytes + 1, math.MaxUint32} {
		body, err := wire.Marshal(&wire.BatchBody{Catalogue: make([]byte, 32), Size: size, Columns: bomb})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeBatch(evidence.Leaf{Kind: evidence.Batch, Signer: "gw-1", First: 1, Last: 1, Body: body}); err == nil {
			t.Errorf("64 MB said to be %d bytes were taken", size)
		}
	}
	claims := binary.AppendUvarint(nil, MaxScans) // as many scans as may be, and nothing of them
	if _, err := parseColumns(append(claims, 0, 1, 0), 1); err == nil {
		t.Error("scans without data were taken")
	}
}

func TestLeafSignature(t *testing.T) {
	key, other := mustKey(t, "gw-1"), mustKey(t, "gw-1")
	leaf, err := EncodeBatch(batchOf(poll(30, 3, 4)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := evidence.SignLeaf(leaf, key.Sign)
	if err != nil {
		t.Fatal(err)
	}
	l, err := evidence.DecodeLeaf(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := evidence.VerifyLeaf(l, key.Public()); err != nil {
		t.Error(err)
	}
	if !errors.Is(evidence.VerifyLeaf(l, other.Public()), evidence.ErrSignature) || evidence.VerifyLeaf(l, nil) == nil {
		t.Error("another key, or none, verifies")
	}
	for i := range data { // every flipped byte is found
		flipped := bytes.Clone(data)
		flipped[i] ^= 0x10
		if l, err := evidence.DecodeLeaf(flipped); err == nil && evidence.VerifyLeaf(l, key.Public()) == nil {
			t.Fatalf("flipped byte %d verifies", i)
		}
	}
	if ed25519.Verify(key.Public(), l.Message()[len("nielu leaf v1\n"):], l.Signature) {
		t.Error("the signature holds without its domain")
	}
}

func mustKey(t testing.TB, name string) *evidence.SigningKey {
	key, err := evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "key"), name)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestReceiptRoundTrip(t *testing.T) {
	key := mustKey(t, "log")
	rapid.Check(t, func(t *rapid.T) {
		r := Receipt{Site: rapid.StringMatching(`[a-z0-9_-]{1,20}`).Draw(t, "site"), Agent: rapid.StringMatching(`[a-z0-9_-]{1,20}`).Draw(t, "agent"),
			Epoch: rapid.Uint64().Draw(t, "epoch"), Seq: rapid.Uint64().Draw(t, "seq"), Index: rapid.Uint64().Draw(t, "index")}
		copy(r.Digest[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		data, err := r.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseReceipt(data, key.Verifier()); err != nil || back != r {
			t.Fatalf("%+v came back as %+v (%v)", r, back, err)
		}
		data[rapid.IntRange(0, bytes.Index(data, []byte("\n\n"))).Draw(t, "byte")] ^= 1
		if _, err := ParseReceipt(data, key.Verifier()); err == nil {
			t.Fatal("a flipped bit is not found")
		}
	})
	checkpoint, err := key.SignNote("log\n1\n" + evidence.Hash{}.String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseReceipt(checkpoint, key.Verifier()); err == nil {
		t.Error("a checkpoint passed for a receipt")
	}
}

func TestCatalogueAndLossRoundTrip(t *testing.T) {
	catalogue := bytes.Repeat([]byte(`{"tag":"pyro1/char/mass_flow"},`), 5000)
	leaf, err := EncodeCatalogue("park", "gw-1", []string{"pyro1"}, catalogue)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeCatalogue(leaf); err != nil || !bytes.Equal(back, catalogue) {
		t.Errorf("catalogue: %v", err)
	}
	leaf.Name = evidence.CatalogueDigest(nil)
	if _, err := DecodeCatalogue(leaf); err == nil {
		t.Error("a catalogue was taken under another's name")
	}
	loss := evidence.LossRecord{Reason: "why", Count: 3, From: 5, To: 9, Replaces: make([]byte, 32)}
	leaf, err = evidence.EncodeLoss("park", "gw-1", nil, loss)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := evidence.DecodeLoss(leaf); err != nil || fmt.Sprint(back) != fmt.Sprint(loss) || leaf.To != 10 {
		t.Errorf("loss: %+v, %v", back, err)
	}
}

func TestTopic(t *testing.T) {
	site, agent, what, err := ParseTopic(Topic("demo-park", "gw-pyro1", TopicBatch))
	if err != nil || site != "demo-park" || agent != "gw-pyro1" || what != TopicBatch {
		t.Errorf("%s %s %s %v", site, agent, what, err)
	}
	for _, bad := range []string{"", "nielu/v1/a/b", "nielu/v1/a/b/c/d", "nielu/v2/a/b/batch", "nielu/v1/+/b/batch", "nielu/v1/a/../batch", "nielu/v1//b/batch"} {
		if _, _, _, err := ParseTopic(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzBatch(f *testing.F) {
	for _, scans := range [][]measure.Scan{poll(12, 3, 4), {{Seq: 1, Raw: []byte("{}")}, {Seq: 2, Raw: []byte(`{"a":1}`)}}, {{Seq: 1, Fault: measure.FaultTimeout}}} {
		f.Add(appendColumns(nil, scans), false)
		leaf, err := EncodeBatch(batchOf(scans))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(leaf.Body, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, body bool) {
		if body {
			l := evidence.Leaf{Kind: evidence.Batch, Signer: "gw-1", First: 1, Last: 12, Body: data}
			if b, err := DecodeBatch(l); err == nil && len(b.Scans) != 12 {
				t.Fatalf("%d scans", len(b.Scans))
			}
			return
		}
		scans, err := parseColumns(data, 1)
		if err != nil {
			return
		}
		back, err := parseColumns(appendColumns(nil, scans), 1)
		if err != nil || fmt.Sprint(back) != fmt.Sprint(scans) {
			t.Fatalf("what was read is not written back: %v", err)
		}
	})
}

func FuzzSmallDecoders(f *testing.F) {
	key := mustKey(f, "log")
	text := "nielu receipt v1\nsite a\nagent b\nepoch 1\nseq 2\ndigest " + strings.Repeat("00", 32) + "\nindex 3\n"
	f.Add([]byte(text))
	signed, err := key.SignNote(text)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte("00000000 {}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := ParseReceipt(data, key.Verifier()); err == nil && (r.Epoch != 1 || r.Seq != 2) {
			t.Fatalf("a forged receipt was taken: %q", data)
		}
		if r, err := parseReceiptText(string(data)); err == nil && (r.Site == "" || r.Agent == "") {
			t.Fatal("a receipt for nobody")
		}
		_, _ = parseSnapshot(data)
		_, _ = evidence.DecodeLoss(evidence.Leaf{Kind: evidence.Loss, Body: data})
		_, _ = evidence.DecodeEnrolment(evidence.Leaf{Kind: evidence.Key, Body: data})
		_, _ = DecodeCatalogue(evidence.Leaf{Kind: evidence.Catalogue, Body: data})
	})
}

func BenchmarkEncodeBatch(b *testing.B) {
	scans := poll(180, 3, 20) // a minute of 60 values a second
	readings := len(scans) * 20
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		leaf, err := EncodeBatch(batchOf(scans))
		if err != nil {
			b.Fatal(err)
		}
		size = len(leaf.Body)
	}
	b.ReportMetric(float64(size)/float64(readings), "B/reading")
	b.ReportMetric(float64(readings)*float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}

func BenchmarkDecodeBatch(b *testing.B) {
	scans := poll(180, 3, 20)
	readings := len(scans) * 20
	leaf, err := EncodeBatch(batchOf(scans))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeBatch(leaf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(readings)*float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
