// Package evidence is the centre's append-only log: a Merkle tree of signed
// leaves in the C2SP tlog-tiles layout, which standard tools can verify
// without this code.
//
// A [Leaf] says who says what, about which plants and which time. [EncodeLeaf]
// gives it its one encoding, whose [LeafHash] enters the tree. [Log.Append]
// returns once the leaf is sequenced, integrated and on disk. The log's
// [SigningKey] signs a [Checkpoint], a note on its size and root; with it and
// the hashes of [Reader.Prove], [VerifyInclusion] shows to a stranger that a
// leaf is in the log. [OpenReader] reads the log while another process
// appends.
//
// Order. The log's order is the order of arrival, no more: two leaves of one
// agent that were appended at once may stand in either order. An agent's own
// order is its chain, in each leaf: epoch, first, last and the hash of the
// leaf before.
//
// Durability. The leaves are kept by the POSIX driver of Tessera. Read in its
// version 1.0.4: a bundle, a tile and the tree state are each written to a
// temporary file opened with O_SYNC, renamed, and the folder is synced, in
// this order, and new folders are synced into their parents; the future of a
// leaf resolves after the tree state is in place. So a leaf whose Append
// returned survives a power cut, though the checkpoint that commits to it is
// signed up to one checkpoint interval later.
//
// Volume. A bundle holds 256 leaves and is written anew, with its tiles, at
// each integration until it is full: half a bundle, on average, for each
// group of leaves that arrive within the batching age. Bundles that newer
// ones have replaced are removed.
//
// Beside the tiles, in the folder "index", stands what is derived and may be
// deleted: one record a leaf with its kind, plants and time, for [Reader.Find].
package evidence
