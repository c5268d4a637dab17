package print

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/klauspost/compress/zlib"
)

var (
	objectHead   = regexp.MustCompile(`(?m)^(\d+) 0 obj$`)
	streamLength = regexp.MustCompile(`/Length (\d+)`)
)

const (
	streamBegins = "\nstream\n"
	packedWords  = "/Filter /FlateDecode"
)

// repack packs the streams of a PDF document of ours anew, and makes its table
// of objects again. It packs by a library that go.mod names, and not by what
// comes with the compiler, so that every compiler gives the same bytes.
func repack(pdf []byte) ([]byte, error) {
	tail := bytes.LastIndex(pdf, []byte("\nxref\n0 "))
	if tail < 0 {
		return nil, fmt.Errorf("pdf: no table of objects")
	}
	var out bytes.Buffer
	places := map[int]int{}
	plain := func(text []byte) {
		for _, m := range objectHead.FindAllSubmatchIndex(text, -1) {
			n, _ := strconv.Atoi(string(text[m[2]:m[3]]))
			places[n] = out.Len() + m[0]
		}
		out.Write(text)
	}
	rest := pdf[:tail+1]
	for {
		i := bytes.Index(rest, []byte(streamBegins))
		if i < 0 {
			break
		}
		head, body := rest[:i], rest[i+len(streamBegins):]
		at := streamLength.FindAllSubmatchIndex(head, -1)
		if len(at) == 0 {
			return nil, fmt.Errorf("pdf: a stream without a length")
		}
		last := at[len(at)-1]
		length, _ := strconv.Atoi(string(head[last[2]:last[3]]))
		if length > len(body) {
			return nil, fmt.Errorf("pdf: a stream of %d bytes is longer than the document", length)
		}
		data, rest2 := body[:length], body[length:]
		begin := bytes.LastIndex(head, []byte(" 0 obj\n"))
		dict := bytes.ReplaceAll(head[begin:], []byte(packedWords), nil)
		if len(dict) < len(head[begin:]) {
			var err error
			if data, err = inflate(data); err != nil {
				return nil, fmt.Errorf("pdf: %w", err)
			}
		}
		packed, err := deflate(data)
		if err != nil {
			return nil, fmt.Errorf("pdf: %w", err)
		}
		dict = streamLength.ReplaceAll(dict, fmt.Appendf(nil, "/Length %d%s", len(packed), packedWords))
		plain(append(bytes.Clone(head[:begin]), dict...))
		out.WriteString(streamBegins)
		out.Write(packed)
		rest = rest2
	}
	plain(rest)
	trailer := pdf[bytes.LastIndex(pdf, []byte("\ntrailer\n"))+1:]
	trailer = trailer[:bytes.LastIndex(trailer, []byte("startxref\n"))]
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for n := 1; n <= len(places); n++ {
		place, ok := places[n]
		if !ok {
			return nil, fmt.Errorf("pdf: there is no object %d of %d", n, len(places))
		}
		fmt.Fprintf(&out, "%010d 00000 n \n", place)
	}
	out.Write(trailer)
	fmt.Fprintf(&out, "startxref\n%d\n%%%%EOF\n", xref)
	return out.Bytes(), nil
}

func inflate(data []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func deflate(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(data)
	if closing := w.Close(); err == nil {
		err = closing
	}
	return out.Bytes(), err
}
