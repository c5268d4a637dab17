package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// encoder packs the views. Its level and concurrency are fixed: the same text
// gives the same bytes.
var encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true), zstd.WithWindowSize(viewWindow))
})

// viewWindow is how far back a packed view refers, so that nobody needs more
// memory than this to unpack it.
const viewWindow = 8 << 20

func pack(text []byte) ([]byte, error) {
	e, err := encoder()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return e.EncodeAll(text, nil), nil
}

// unpack reads a packed view as text.
func unpack(packed io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(viewWindow))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return d.IOReadCloser(), nil
}

// difference is the first line, from 1, in which two texts differ.
type difference struct {
	line    int
	was, is string
}

// longLine is where a line is cut that is shown to people.
const longLine = 300

// compareText reads a text until it differs from the one that is wanted; nil
// if it does not.
func compareText(text io.Reader, want []byte) (*difference, error) {
	at, buffer := 0, make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(text, buffer)
		have := buffer[:n]
		same := n
		if !bytes.Equal(have, want[at:min(len(want), at+n)]) {
			for same = 0; at+same < len(want) && have[same] == want[at+same]; {
				same++
			}
		}
		at += same
		switch {
		case same < n:
			return differs(want, at, have[same:]), nil
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if at < len(want) {
				return differs(want, at, nil), nil
			}
			return nil, nil
		case err != nil:
			return nil, err
		}
	}
}

// differs shows the line around the first byte that is not as wanted.
func differs(want []byte, at int, have []byte) *difference {
	start := bytes.LastIndexByte(want[:at], '\n') + 1
	line := func(rest []byte) string {
		whole, _, _ := bytes.Cut(rest, []byte("\n"))
		return string(append(append([]byte{}, want[start:at]...), whole[:min(len(whole), longLine)]...))
	}
	return &difference{line: bytes.Count(want[:at], []byte("\n")) + 1, was: line(have), is: line(want[at:])}
}
