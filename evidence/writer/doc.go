// Package writer appends to an evidence log. The leaves are kept by the POSIX
// driver of Tessera; whoever only reads a log, or a leaf, does without both.
//
// [Open] makes a log or goes on with one. [Log.Append] returns once a leaf is
// sequenced, integrated and on disk; [Log.Decide] puts a decision in its
// chains first, and [Log.Roll] names their ends. The log's key signs a
// checkpoint on the tree at intervals.
//
// Durability. Read in version 1.0.4 of Tessera: a bundle, a tile and the tree
// state are each written to a temporary file opened with O_SYNC, renamed, and
// the folder is synced, in this order, and new folders are synced into their
// parents; the future of a leaf resolves after the tree state is in place. So
// a leaf whose Append returned survives a power cut, though the checkpoint
// that commits to it is signed up to one checkpoint interval later.
//
// Volume. A bundle holds 256 leaves and is written anew, with its tiles, at
// each integration until it is full: half a bundle, on average, for each
// group of leaves that arrive within the batching age. Bundles that newer
// ones have replaced are removed.
package writer
