package evidence

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

func ok[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func testKey(t testing.TB, name string) *SigningKey {
	return ok[*SigningKey](t)(LoadOrCreateKey(filepath.Join(t.TempDir(), "key"), name))
}

func testLeaf(t testing.TB, i int, plants ...string) []byte {
	from := int64(i) * 1e9
	return ok[[]byte](t)(EncodeLeaf(Leaf{Kind: Kind(1 + i%8), Site: "park", Signer: "gw-1", Plants: plants,
		From: from, To: from + 1e9, Name: fmt.Sprint(i), Body: bytes.Repeat([]byte{byte(i)}, i%300)}))
}

func TestLeafHasOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Leaf{
			Kind: Kind(rapid.IntRange(1, 8).Draw(t, "kind")), Site: rapid.String().Draw(t, "site"),
			Signer: rapid.StringN(1, 20, 60).Draw(t, "signer"), Plants: rapid.SliceOf(rapid.String()).Draw(t, "plants"),
			From: rapid.Int64().Draw(t, "from"), Epoch: rapid.Uint64().Draw(t, "epoch"), First: rapid.Uint64().Draw(t, "first"),
			Name: rapid.String().Draw(t, "name"), Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		l.To, l.Last = max(l.From, rapid.Int64().Draw(t, "to")), max(l.First, rapid.Uint64().Draw(t, "last"))
		if rapid.Bool().Draw(t, "chained") {
			l.Prev = rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")
			l.Signature = rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "signature")
		}
		data, err := EncodeLeaf(l)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeLeaf(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := EncodeLeaf(back)
		if err != nil || !bytes.Equal(again, data) || fmt.Sprint(back) != fmt.Sprint(l) {
			t.Fatalf("%v came back as %v (%v)", l, back, err)
		}
		// Data after the leaf, or a field twice, is another encoding of the same leaf.
		for _, other := range [][]byte{append(bytes.Clone(data), data...), append(bytes.Clone(data), 0x1a, 0)} {
			if _, err := DecodeLeaf(other); err == nil {
				t.Fatal("a second encoding was accepted")
			}
		}
	})
}

func FuzzDecodeLeaf(f *testing.F) {
	for i := range 8 {
		f.Add(testLeaf(f, i, "pyro1"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := DecodeLeaf(data)
		if err != nil {
			return
		}
		again, err := EncodeLeaf(l)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("accepted bytes that are not the leaf's encoding: %v", err)
		}
		for _, p := range l.Plants {
			if !hasPlant(data, p) {
				t.Fatalf("plant %q is not found without decoding", p)
			}
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	key := testKey(f, "nielu-log")
	text := "nielu-log\n7\n" + Hash{}.String() + "\n"
	f.Add([]byte(text))
	signed, _ := key.SignNote(text)
	f.Add(signed)
	f.Fuzz(func(t *testing.T, data []byte) {
		if cp, err := ReadCheckpoint(data); err == nil && cp.Origin == "" {
			t.Fatal("a checkpoint without an origin")
		}
		if cp, err := ParseCheckpoint(data, key.Verifier()); err == nil && (cp.Size != 7 || !bytes.Equal(cp.Note[:len(text)], []byte(text))) {
			t.Fatalf("a forged checkpoint was accepted: %q", data)
		}
		_, _ = parseBundle(data)
	})
}

func TestParseKind(t *testing.T) {
	for k := Batch; k <= Roll; k++ {
		if got := ParseKind(k.String()); got != k {
			t.Errorf("%q is read as %v", k, got)
		}
	}
	for _, name := range []string{"", "kind 0", "kind 12", "Lab"} {
		if got := ParseKind(name); got != 0 {
			t.Errorf("%q is read as %v", name, got)
		}
	}
}
