package writer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
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

func testKey(t testing.TB, name string) *evidence.SigningKey {
	return ok[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "key"), name))
}

func testOptions(key *evidence.SigningKey) Options {
	return Options{Key: key, BatchAge: 2 * time.Millisecond, CheckpointEvery: 100 * time.Millisecond}
}

func testLeaf(t testing.TB, i int, plants ...string) []byte {
	from := int64(i) * 1e9
	return ok[[]byte](t)(evidence.EncodeLeaf(evidence.Leaf{Kind: evidence.Kind(1 + i%8), Site: "park", Signer: "gw-1", Plants: plants,
		From: from, To: from + 1e9, Name: fmt.Sprint(i), Body: bytes.Repeat([]byte{byte(i)}, i%300)}))
}

// treeOf reads the tree of a log from its tiles, for the proofs of package tlog.
func treeOf(r *evidence.Reader) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]evidence.Hash, error) {
		hashes := make([]evidence.Hash, len(indexes))
		for i, x := range indexes {
			tile := tlog.TileForIndex(8, x)
			data, err := r.Tile(context.Background(), tile)
			if err != nil {
				return nil, err
			}
			if hashes[i], err = tlog.HashFromTile(tile, data, x); err != nil {
				return nil, err
			}
		}
		return hashes, nil
	})
}

func TestLogKeepsWhatItAppended(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "log"), testKey(t, "nielu-log")
	ctx := t.Context()
	var want [][]byte
	for round := range 3 { // reopened twice
		l := ok[*Log](t)(Open(ctx, dir, testOptions(key)))
		if l.Size() != uint64(len(want)) {
			t.Fatalf("round %d: %d leaves, want %d", round, l.Size(), len(want))
		}
		added := make([][]byte, 200)
		at := make([]uint64, len(added))
		var group errgroup.Group
		for i := range added {
			added[i] = testLeaf(t, len(want)+i, "pyro1", fmt.Sprint("p", i%3))
			group.Go(func() (err error) { at[i], err = l.Append(ctx, added[i]); return err })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		want = append(want, make([][]byte, len(added))...)
		for i, leaf := range added {
			want[at[i]] = leaf
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(ctx, added[0]); !errors.Is(err, ErrClosed) {
			t.Fatalf("append after close: %v", err)
		}
	}
	r := ok[*evidence.Reader](t)(evidence.OpenReader(dir))
	cp := ok[evidence.Checkpoint](t)(evidence.ParseCheckpoint(ok[evidence.Checkpoint](t)(r.Checkpoint(ctx)).Note, key.Verifier()))
	if cp.Size != uint64(len(want)) || cp.Origin != "nielu-log" {
		t.Fatalf("checkpoint of %q at %d leaves, want %d", cp.Origin, cp.Size, len(want))
	}
	n, tree := 0, treeOf(r)
	for rec, err := range r.Since(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(rec.Data, want[n]) {
			t.Fatalf("leaf %d differs", n)
		}
		proof := ok[tlog.RecordProof](t)(tlog.ProveRecord(int64(cp.Size), int64(rec.Index), tree))
		if err := tlog.CheckRecord(proof, int64(cp.Size), cp.Root, int64(rec.Index), evidence.LeafHash(rec.Data)); err != nil {
			t.Fatal(err)
		}
		forged := bytes.Clone(rec.Data)
		forged[len(forged)/2] ^= 1
		if tlog.CheckRecord(proof, int64(cp.Size), cp.Root, int64(rec.Index), evidence.LeafHash(forged)) == nil {
			t.Fatalf("leaf %d: a flipped bit is not found", n)
		}
		n++
	}
	if n != len(want) {
		t.Fatalf("read %d leaves of %d", n, len(want))
	}
}

func TestFindAgreesWithReadingAll(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "log"), testKey(t, "nielu-log")
	l := ok[*Log](t)(Open(t.Context(), dir, testOptions(key)))
	var group errgroup.Group
	for i := range 700 {
		group.Go(func() error { _, err := l.Append(t.Context(), testLeaf(t, i, fmt.Sprint("p", i%90))); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	check := func(r *evidence.Reader) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			q := evidence.Query{Plant: rapid.SampledFrom([]string{"", "p0", "p1", "p63", "p64", "none"}).Draw(t, "plant")}
			q.Kinds = rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(1, 8), func(i int) evidence.Kind { return evidence.Kind(i) }), 0, 3, rapid.ID).Draw(t, "kinds")
			if rapid.Bool().Draw(t, "timed") {
				from := rapid.Int64Range(-10, 800).Draw(t, "from")
				q.Interval = measure.Window(from*1e9, time.Duration(rapid.Int64Range(1, 300e9).Draw(t, "length")))
			}
			var want []uint64
			for i := range r.Size() {
				leaf, err := r.Leaf(context.Background(), i)
				if err != nil {
					t.Fatal(err)
				}
				kind := len(q.Kinds) == 0
				for _, k := range q.Kinds {
					kind = kind || k == leaf.Kind
				}
				plant := q.Plant == "" || leaf.Plants[0] == q.Plant
				timed := q.Interval == measure.Interval{} || leaf.Interval().Overlaps(q.Interval)
				if kind && plant && timed {
					want = append(want, i)
				}
			}
			found, err := r.Find(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			var got []uint64
			for _, e := range found {
				got = append(got, e.Index)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("find %+v: %v, want %v", q, got, want)
			}
		})
	}
	check(ok[*evidence.Reader](t)(evidence.OpenReader(dir)))

	// A missing, a short and a damaged index are made again.
	const recordSize = 32
	indexFile := filepath.Join(dir, "index", "leaves")
	index := ok[[]byte](t)(os.ReadFile(indexFile))
	damaged := bytes.Clone(index)
	damaged[recordSize*5+3] ^= 1
	clear(damaged[recordSize*300 : recordSize*310])
	for _, content := range [][]byte{nil, index[:recordSize*100+7], damaged} {
		if err := os.WriteFile(indexFile, content, 0o644); err != nil {
			t.Fatal(err)
		}
		r := ok[*evidence.Reader](t)(evidence.OpenReader(dir))
		if r.Size() != 700 {
			t.Fatalf("%d leaves", r.Size())
		}
		l := ok[*Log](t)(Open(t.Context(), dir, testOptions(key)))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if again := ok[[]byte](t)(os.ReadFile(indexFile)); !bytes.Equal(again, index) {
			t.Error("the index made again differs")
		}
	}
}

func TestReaderSeesTheLogGrow(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "log"), testKey(t, "nielu-log")
	l := ok[*Log](t)(Open(t.Context(), dir, testOptions(key)))
	defer l.Close()
	ok[uint64](t)(l.Append(t.Context(), testLeaf(t, 0)))
	first := ok[evidence.Checkpoint](t)(l.Published(t.Context(), 1))
	r := ok[*evidence.Reader](t)(evidence.OpenReader(dir))
	for i := 1; i < 300; i++ { // over the edge of a bundle; parts are removed below the reader
		ok[uint64](t)(l.Append(t.Context(), testLeaf(t, i)))
		if i%50 == 0 {
			cp := ok[evidence.Checkpoint](t)(l.Published(t.Context(), uint64(i)+1))
			if err := l.dropParts(cp.Size, 0); err != nil {
				t.Fatal(err)
			}
			if err := r.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.Size() < uint64(i)+1 {
				t.Fatalf("reader sees %d leaves of %d", r.Size(), i+1)
			}
			if data := ok[[]byte](t)(r.Entry(t.Context(), uint64(i))); !bytes.Equal(data, testLeaf(t, i)) {
				t.Fatalf("leaf %d differs", i)
			}
			proof := ok[tlog.TreeProof](t)(tlog.ProveTree(int64(cp.Size), int64(first.Size), treeOf(r)))
			if err := tlog.CheckTree(proof, int64(cp.Size), cp.Root, int64(first.Size), first.Root); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestRollbackIsRefused(t *testing.T) {
	key := testKey(t, "nielu-log")
	dir := filepath.Join(t.TempDir(), "log")
	fill := func(n int) {
		l := ok[*Log](t)(Open(t.Context(), dir, testOptions(key)))
		for i := range n {
			ok[uint64](t)(l.Append(t.Context(), testLeaf(t, i)))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	fill(3)
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	fill(2)

	t.Run("an older copy of the folder", func(t *testing.T) {
		if err := os.Rename(dir, dir+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(dir, os.DirFS(old)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), dir, testOptions(key)); !errors.Is(err, ErrRolledBack) {
			t.Errorf("open: %v, want ErrRolledBack", err)
		}
		if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".new", dir)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("another key", func(t *testing.T) {
		if _, err := Open(t.Context(), dir, testOptions(testKey(t, "nielu-log"))); err == nil {
			t.Error("a log opened with another key")
		}
	})
	t.Run("a lost tree state", func(t *testing.T) {
		state := filepath.Join(dir, ".state", "treeState")
		if err := os.Rename(state, state+".x"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), dir, testOptions(key)); !errors.Is(err, ErrRolledBack) {
			t.Errorf("open: %v, want ErrRolledBack", err)
		}
		if err := os.Rename(state+".x", state); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("two at once", func(t *testing.T) {
		l := ok[*Log](t)(Open(t.Context(), dir, testOptions(key)))
		defer l.Close()
		if _, err := Open(t.Context(), dir, testOptions(key)); err == nil {
			t.Error("a second process opened the log")
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{2_000, 20_000} {
		b.Run(fmt.Sprint(size, "B"), func(b *testing.B) {
			l := ok[*Log](b)(Open(b.Context(), filepath.Join(b.TempDir(), "log"), Options{Key: testKey(b, "log"), BatchAge: 20 * time.Millisecond}))
			defer l.Close()
			body := bytes.Repeat([]byte("word"), size/4)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var n sync.Mutex
			i := 0
			b.SetParallelism(128)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n.Lock()
					i++
					leaf, err := evidence.EncodeLeaf(evidence.Leaf{Kind: evidence.Batch, Signer: "gw", From: int64(i), To: int64(i + 1), Body: body})
					n.Unlock()
					if err == nil {
						_, err = l.Append(context.Background(), leaf)
					}
					if err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
		})
	}
}
