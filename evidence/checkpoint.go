package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the log's signed word on its size and root (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string // the name of the log
	Size   uint64 // leaves
	Root   Hash
	Note   []byte // the signed note
}

// CheckpointName is the file of a checkpoint in the folder of a log, and in a
// bundle.
const CheckpointName = "checkpoint"

// mostLeaves is how many leaves a log can have: more than any will, and few
// enough for the numbers of all nodes.
const mostLeaves = 1 << 60

// ParseCheckpoint checks a signed note against the log's verifier text and
// returns what it says.
func ParseCheckpoint(data []byte, verifier string) (Checkpoint, error) {
	if _, err := OpenNote(data, verifier); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	cp, err := ReadCheckpoint(data)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	name, _, err := PublicKey(verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	if name != cp.Origin {
		return Checkpoint{}, fmt.Errorf("checkpoint: of log %q, not %q", cp.Origin, name)
	}
	return cp, nil
}

// ReadCheckpoint returns what a note says in its lines origin, size and root,
// whatever stands after them. It checks no signature.
func ReadCheckpoint(note []byte) (Checkpoint, error) {
	text, _, _ := bytes.Cut(note, []byte("\n\n"))
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: the log's name, its size, its root hash")
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] || size > mostLeaves {
		return Checkpoint{}, fmt.Errorf("line 2: %q is not a tree size", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("line 3: %.60q is not a base64 SHA-256 hash", lines[2])
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root), Note: note}, nil
}
