package export

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// strict refuses base64 whose unused bits are not zero, so that one value has
// one spelling.
var strict = base64.StdEncoding.Strict()

// Checkpoint is what the log signed: its name, how many entries it had, and
// the root hash over all of them.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// ParseCheckpoint reads the text of a C2SP tlog-checkpoint note, signed or
// with its signatures cut off. It checks no signature.
func ParseCheckpoint(note []byte) (Checkpoint, error) {
	text, _, _ := bytes.Cut(note, []byte("\n\n"))
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: the log's name, its size, its root hash")
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("line 2: %q is not a tree size", lines[1])
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("line 3: %w", err)
	}
	return Checkpoint{lines[0], size, root}, nil
}

func parseHash(text string) (h Hash, err error) {
	raw, err := strict.DecodeString(text)
	if err != nil || len(raw) != len(h) {
		return h, fmt.Errorf("%.60q is not a base64 SHA-256 hash", text)
	}
	return Hash(raw), nil
}
