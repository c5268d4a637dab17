package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Hash is a SHA-256 hash of the log's Merkle tree (RFC 6962).
type Hash = [sha256.Size]byte

// Proof is the evidence that an entry stands at one place of the log: the
// C2SP tlog-proof of the bundle's checkpoint.
type Proof struct {
	Index      uint64
	Path       []Hash // from the leaf's sibling up to the child of the root
	Checkpoint []byte // the signed note, verbatim
}

const proofTitle = "c2sp.org/tlog-proof@v1"

// strict refuses base64 whose unused bits are not zero, so that one value has
// one spelling.
var strict = base64.StdEncoding.Strict()

// FormatProof returns the text of a proof file.
func FormatProof(p Proof) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", proofTitle, p.Index)
	for _, h := range p.Path {
		b.WriteString(strict.EncodeToString(h[:]))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads what [FormatProof] wrote; an optional "extra" line, which
// nothing vouches for, is refused.
func ParseProof(text []byte) (Proof, error) {
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || lines[0] != proofTitle || len(lines) < 2 {
		return Proof{}, fmt.Errorf("not a %s", proofTitle)
	}
	number, found := strings.CutPrefix(lines[1], "index ")
	index, err := strconv.ParseUint(number, 10, 63)
	if err != nil || !found || strconv.FormatUint(index, 10) != number {
		return Proof{}, fmt.Errorf("line 2: %q is not an index", lines[1])
	}
	p := Proof{Index: index, Checkpoint: checkpoint}
	for i, line := range lines[2:] {
		h, err := parseHash(line)
		if err != nil {
			return Proof{}, fmt.Errorf("line %d: %w", i+3, err)
		}
		p.Path = append(p.Path, h)
	}
	if len(p.Path) > 63 {
		return Proof{}, fmt.Errorf("%d hashes: no tree is that deep", len(p.Path))
	}
	return p, nil
}

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
