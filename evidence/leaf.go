package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/nielu/nielu/evidence/wire"
	"github.com/nielu/nielu/measure"
)

// Kind says what a leaf is. The numbers are stored and never reused; the
// zero Kind is no leaf.
type Kind uint8

// The kinds of leaf.
const (
	Batch     Kind = 1  // consecutive scans of one agent
	Key       Kind = 2  // an agent's public key, enrolled or revoked
	Catalogue Kind = 3  // what decodes the scans that name it by digest
	Config    Kind = 4  // a version of a plant, method or factor file
	Lab       Kind = 5  // a laboratory's results
	Loss      Kind = 6  // scans that are known to be missing, and why
	Clock     Kind = 7  // a correction of a gateway's clock
	Statement Kind = 8  // an account, with the digests of all it rests on
	Records   Kind = 9  // what people entered: lots, units, samples, deliveries, uses
	Signature Kind = 10 // a signed note on a statement's text: its maker's, or a verifier's certificate
	Roll      Kind = 11 // the last decision of each chain, so that none can be left out at the end
)

func (k Kind) String() string {
	switch k {
	case Batch:
		return "batch"
	case Key:
		return "key"
	case Catalogue:
		return "catalogue"
	case Config:
		return "config"
	case Lab:
		return "lab"
	case Loss:
		return "loss"
	case Clock:
		return "clock"
	case Statement:
		return "statement"
	case Records:
		return "record"
	case Signature:
		return "signature"
	case Roll:
		return "roll"
	}
	return "kind " + strconv.Itoa(int(k))
}

// ParseKind reads a kind as String writes it; the zero Kind, if there is none
// of that name.
func ParseKind(name string) Kind {
	for k := Batch; k <= Roll; k++ {
		if k.String() == name {
			return k
		}
	}
	return 0
}

// MaxLeaf is the greatest size of an encoded leaf in bytes, as C2SP
// tlog-tiles sets it.
const MaxLeaf = 1<<16 - 1

// Leaf is one entry of the log: who says what, about which plants and which
// stretch of time.
type Leaf struct {
	Kind   Kind
	Site   string
	Signer string   // the agent's name, or the name of the centre's key
	Plants []string // the plants it touches, in order
	From   int64    // Unix nanoseconds; the leaf touches [From, To)
	To     int64

	// The signer's chain, of agents' leaves only: sequence numbers
	// [First, Last] of the epoch, and the hash of the leaf before.
	Epoch, First, Last uint64
	Prev               []byte // 32 bytes; empty in an agent's first leaf

	// The chains of a decision, see [Leaf.Decides]: the leaf hash of the last
	// decision about all plants, then of the last one about each of Plants; a
	// zero hash where there is none. [Decisions.Before] gives it.
	Before []Hash

	Name      string // a file name, or a digest
	Body      []byte
	Signature []byte // Ed25519 over Message
}

// Interval returns [From, To) as an interval.
func (l Leaf) Interval() measure.Interval { return interval(l.From, l.To) }

// Message returns the bytes that Signature covers: the domain
// "nielu leaf v1\n" and everything of the leaf but the signature.
func (l Leaf) Message() []byte {
	return append([]byte("nielu leaf v1\n"), l.signed()...)
}

func (l Leaf) signed() []byte {
	before := make([][]byte, len(l.Before))
	for i := range l.Before {
		before[i] = l.Before[i][:]
	}
	b, err := wire.Marshal(&wire.Signed{
		Kind: uint32(l.Kind), Site: l.Site, Signer: l.Signer, Plants: l.Plants,
		From: l.From, To: l.To, Epoch: l.Epoch, First: l.First, Last: l.Last,
		Prev: l.Prev, Name: l.Name, Body: l.Body, Before: before,
	})
	if err != nil {
		return nil // a string that is not UTF-8; check says so
	}
	return b
}

func (l Leaf) check() error {
	switch {
	case l.Kind < Batch || l.Kind > Roll:
		return fmt.Errorf("unknown %v", l.Kind)
	case l.Signer == "":
		return errors.New("no signer")
	case l.To < l.From:
		return errors.New("ends before it begins")
	case l.Last < l.First:
		return errors.New("last sequence number before the first")
	case len(l.Prev) != 0 && len(l.Prev) != tlog.HashSize:
		return fmt.Errorf("previous hash of %d bytes, want %d", len(l.Prev), tlog.HashSize)
	case len(l.Signature) != 0 && len(l.Signature) != 64:
		return fmt.Errorf("signature of %d bytes, want 64", len(l.Signature))
	}
	return nil
}

// EncodeLeaf returns the one encoding of a leaf.
func EncodeLeaf(l Leaf) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("encode leaf: %w", err)
	}
	signed := l.signed()
	if signed == nil {
		return nil, errors.New("encode leaf: a name is not valid UTF-8")
	}
	b, err := wire.Marshal(&wire.Leaf{Signed: signed, Signature: l.Signature})
	if err != nil {
		return nil, fmt.Errorf("encode leaf: %w", err)
	}
	if len(b) > MaxLeaf {
		return nil, fmt.Errorf("encode leaf: %d bytes, at most %d fit; split it, or store it as a file and log its digest", len(b), MaxLeaf)
	}
	return b, nil
}

// DecodeLeaf reads a leaf. It accepts only the bytes that EncodeLeaf would
// write, so that a leaf has one hash. It does not check the signature.
func DecodeLeaf(data []byte) (Leaf, error) {
	if len(data) > MaxLeaf {
		return Leaf{}, fmt.Errorf("decode leaf: %d bytes, at most %d are allowed", len(data), MaxLeaf)
	}
	var outer wire.Leaf
	var s wire.Signed
	if err := wire.Unmarshal(data, &outer); err != nil {
		return Leaf{}, fmt.Errorf("decode leaf: %w", err)
	}
	if err := wire.Unmarshal(outer.Signed, &s); err != nil {
		return Leaf{}, fmt.Errorf("decode leaf: %w", err)
	}
	if s.Kind > 255 {
		return Leaf{}, fmt.Errorf("decode leaf: unknown kind %d", s.Kind)
	}
	l := Leaf{
		Kind: Kind(s.Kind), Site: s.Site, Signer: s.Signer, Plants: s.Plants,
		From: s.From, To: s.To, Epoch: s.Epoch, First: s.First, Last: s.Last,
		Prev: s.Prev, Name: s.Name, Body: s.Body, Signature: outer.Signature,
	}
	for _, hash := range s.Before {
		if len(hash) != tlog.HashSize {
			return Leaf{}, fmt.Errorf("decode leaf: hash of %d bytes before it, want %d", len(hash), tlog.HashSize)
		}
		l.Before = append(l.Before, Hash(hash))
	}
	again, err := EncodeLeaf(l)
	if err != nil {
		return Leaf{}, fmt.Errorf("decode leaf: %w", err)
	}
	if !bytes.Equal(again, data) {
		return Leaf{}, errors.New("decode leaf: not in canonical form")
	}
	return l, nil
}

// Hash is a SHA-256 hash of the tree, of a leaf or of a node (RFC 6962).
type Hash = tlog.Hash

// LeafHash returns the hash of an encoded leaf, as it enters the tree.
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }
