package ingest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// codec holds the compressor and the decompressor, which are costly to make
// and may be used by many at once. Level and concurrency are fixed: the same
// scans give the same bytes.
var codec = sync.OnceValues(func() (c struct {
	*zstd.Encoder
	*zstd.Decoder
}, err error) {
	c.Encoder, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithWindowSize(MaxBatchBytes))
	if err != nil {
		return c, err
	}
	c.Decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderMaxMemory(MaxCatalogue), zstd.WithDecoderMaxWindow(MaxBatchBytes), zstd.WithDecodeAllCapLimit(true))
	return c, err
})

func compress(data []byte) ([]byte, error) {
	c, err := codec()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return c.EncodeAll(data, nil), nil
}

// decompress expands data to exactly size bytes. It never uses more room,
// however many frames the data has and whatever they claim.
func decompress(data []byte, size int) ([]byte, error) {
	c, err := codec()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	var h zstd.Header
	if err := h.Decode(data); err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	if h.HasFCS && h.FrameContentSize != uint64(size) {
		return nil, errors.New("zstd: another size than stated")
	}
	out, err := c.DecodeAll(data, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	if len(out) != size {
		return nil, fmt.Errorf("zstd: %d bytes, %d stated", len(out), size)
	}
	return out, nil
}
