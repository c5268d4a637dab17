package evidence

import (
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

// ParseCheckpoint checks a signed note against the log's verifier text and
// returns what it says.
func ParseCheckpoint(data []byte, verifier string) (Checkpoint, error) {
	text, err := OpenNote(data, verifier)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	cp, err := parseCheckpointText(text)
	if err != nil {
		return Checkpoint{}, err
	}
	name, _, err := PublicKey(verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	if name != cp.Origin {
		return Checkpoint{}, fmt.Errorf("checkpoint: of log %q, not %q", cp.Origin, name)
	}
	cp.Note = data
	return cp, nil
}

// parseCheckpointText reads "origin\nsize\nbase64 root\n" and ignores lines after it.
func parseCheckpointText(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("checkpoint: want the lines origin, size and root")
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint: size %q is not a whole number", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root %q: %w", lines[2], err)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
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
