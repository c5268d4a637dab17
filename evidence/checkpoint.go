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

// VerifyInclusion checks that the encoded leaf is at the index in the tree
// that the checkpoint commits to. It needs nothing but its arguments.
func VerifyInclusion(leaf []byte, index uint64, proof []Hash, cp Checkpoint) error {
	if index >= cp.Size {
		return fmt.Errorf("leaf %d is not in a log of %d leaves", index, cp.Size)
	}
	if err := tlog.CheckRecord(proof, int64(cp.Size), cp.Root, int64(index), LeafHash(leaf)); err != nil {
		return fmt.Errorf("leaf %d: inclusion in %q at size %d is not proved: %w", index, cp.Origin, cp.Size, err)
	}
	return nil
}

// VerifyConsistency checks that the newer checkpoint's tree only adds to the
// older one's.
func VerifyConsistency(older, newer Checkpoint, proof []Hash) error {
	if older.Size > newer.Size {
		return fmt.Errorf("log %q shrank from %d to %d leaves", older.Origin, older.Size, newer.Size)
	}
	if older.Size == 0 {
		return nil
	}
	if err := tlog.CheckTree(proof, int64(newer.Size), newer.Root, int64(older.Size), older.Root); err != nil {
		return fmt.Errorf("log %q: size %d does not extend size %d: %w", older.Origin, newer.Size, older.Size, err)
	}
	return nil
}
