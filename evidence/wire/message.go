package wire

import "google.golang.org/protobuf/encoding/protowire"

// Message is one of the messages below.
type Message interface {
	fields() []field // by number
}

// field is one field of a message: its number, and a pointer to its value. An
// int64 is an sfixed64 throughout.
type field struct {
	number protowire.Number
	value  any
}

// Leaf is the outermost message of a leaf.
type Leaf struct {
	Signed    []byte // a Signed, encoded
	Signature []byte
}

func (m *Leaf) fields() []field { return []field{{1, &m.Signed}, {2, &m.Signature}} }

// Signed is what the signature of a leaf covers.
type Signed struct {
	Kind               uint32
	Site, Signer       string
	Plants             []string
	From, To           int64
	Epoch, First, Last uint64
	Prev               []byte
	Name               string
	Body               []byte
	Before             [][]byte
}

func (m *Signed) fields() []field {
	return []field{
		{1, &m.Kind}, {2, &m.Site}, {3, &m.Signer}, {4, &m.Plants}, {5, &m.From}, {6, &m.To}, {7, &m.Epoch},
		{8, &m.First}, {9, &m.Last}, {10, &m.Prev}, {11, &m.Name}, {12, &m.Body}, {13, &m.Before},
	}
}

// KeyBody is the body of a leaf of kind Key.
type KeyBody struct {
	Agent, Site        string
	PublicKey          []byte
	ValidFrom, ValidTo int64
	Revoked            bool
	Role               uint32
}

func (m *KeyBody) fields() []field {
	return []field{{1, &m.Agent}, {2, &m.Site}, {3, &m.PublicKey}, {4, &m.ValidFrom}, {5, &m.ValidTo}, {6, &m.Revoked}, {7, &m.Role}}
}

// LossBody is the body of a leaf of kind Loss.
type LossBody struct {
	Reason   string
	Count    uint64
	From, To int64
	Replaces []byte
}

func (m *LossBody) fields() []field {
	return []field{{1, &m.Reason}, {2, &m.Count}, {3, &m.From}, {4, &m.To}, {5, &m.Replaces}}
}

// ClockBody is the body of a leaf of kind Clock.
type ClockBody struct {
	Shifts                []ClockShift
	Agent, Author, Reason string
}

func (m *ClockBody) fields() []field {
	return []field{{1, &m.Shifts}, {2, &m.Agent}, {3, &m.Author}, {4, &m.Reason}}
}

// ClockShift is one stretch of scans of a ClockBody.
type ClockShift struct {
	Epoch, First, Last uint64
	From, To, Offset   int64
}

func (m *ClockShift) fields() []field {
	return []field{{1, &m.Epoch}, {2, &m.First}, {3, &m.Last}, {4, &m.From}, {5, &m.To}, {6, &m.Offset}}
}

// BatchBody is the body of a leaf of kind Batch.
type BatchBody struct {
	Catalogue   []byte
	Clock, Size uint32
	Columns     []byte
}

func (m *BatchBody) fields() []field {
	return []field{{1, &m.Catalogue}, {2, &m.Clock}, {3, &m.Size}, {4, &m.Columns}}
}

// CatalogueBody is the body of a leaf of kind Catalogue.
type CatalogueBody struct {
	Size uint32
	Zstd []byte
}

func (m *CatalogueBody) fields() []field { return []field{{1, &m.Size}, {2, &m.Zstd}} }
