package ingest

import (
	"bytes"
	"runtime"
	"testing"
)

// Frames behind one another that claim no size, each at the limit of one.
func TestUnpackingUsesNoMoreRoomThanIsStated(t *testing.T) {
	rle := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50} // a frame of an unknown size, with a window of 1 MB
	for i := range 15 {
		last := byte(0)
		if i == 14 {
			last = 1
		}
		rle = append(rle, last|1<<1|0<<3, 0, 16, 0xff) // a block of 131,072 equal bytes
	}
	bomb := bytes.Repeat(rle, 600)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := decompress(bomb, 1000); err == nil {
		t.Fatal("it was unpacked")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("a leaf of %d bytes took %d MB", len(bomb), used>>20)
	}
	large := bytes.Repeat([]byte("catalogue "), MaxCatalogue/10)
	packed, err := compress(large)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := decompress(packed, len(large)); err != nil || !bytes.Equal(out, large) {
		t.Errorf("the largest catalogue: %v", err)
	}
}
