// Package evidence is the vocabulary of the centre's append-only log: a Merkle
// tree of signed leaves in the C2SP tlog-tiles layout, which standard tools
// can verify without this code.
//
// A [Leaf] says who says what, about which plants and which time: start there.
// Its [Kind] says what its body is, and a key's [Role] which kinds it may
// sign. [EncodeLeaf] gives a leaf its one encoding, whose [LeafHash] enters
// the tree. The log's [SigningKey] signs a [Checkpoint], a note on its size
// and root; with it and the tiles of [ProvingTiles] a stranger sees that a leaf
// is in the log. [OpenReader] reads the log while another process appends by
// package writer.
//
// Order. The log's order is the order of arrival, no more: two leaves of one
// agent that were appended at once may stand in either order. An agent's own
// order is its chain, in each leaf: epoch, first, last and the hash of the
// leaf before.
//
// Beside the tiles, in the folder "index", stands what is derived and may be
// deleted: one record a leaf with its kind, plants and time, for [Reader.Find].
package evidence
