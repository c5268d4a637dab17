// Package spool is the agent's durable queue: what [Spool.Append] accepted is
// on disk when it returns and leaves the disk only on the centre's receipt.
// Scans come in, signed leaves go out. Start at [Spool] and Append.
//
// A scan gets the next sequence number of the epoch. It waits in the queue
// (append.go) until the writer (writer.go) adds it to a segment of the journal
// (journal.go); scans that arrive together share one sync. An epoch is one
// opening of the spool. [Spool.Seal] (seal.go) cuts the journal into batches,
// signs each as a leaf that carries the hash of the leaf before, and stores it
// in the outbox (outbox.go); only then may it be sent, so that it is never cut
// in two ways. [Spool.Next] hands out the leaves in order. [Spool.Trim]
// (trim.go) notes in the cursor (cursor.go) what a receipt, signed by the
// centre's key, covers, and removes it.
//
// The folder:
//
//	state, state.bak   epoch, newest leaf with a receipt, catalogue sent last
//	journal/EPOCH-FIRST.seg         records with length and CRC-32C
//	outbox/NUMBER-EPOCH-FIRST-LAST-HASH.leaf
//	catalogues/DIGEST
//	refused            what was refused for want of room and is not booked yet, twice
//	quarantine/        whatever was found damaged, kept for a person to look at
//
// Opening always succeeds unless the folder cannot be used at all. A torn
// tail is cut; damage is set aside, and the hole is booked: a leaf of kind
// Loss takes the sequence numbers of what is gone. If a sealed leaf is
// damaged, its stand-in says so and names its hash, so that the chain goes on.
//
// When the byte limit, the floor of free space or the disk itself is reached,
// Append returns [ErrFull] and nothing accepted is touched. What was refused
// is counted and booked as a loss as soon as there is room, once, whenever the
// power is cut. Only a disk that takes nothing at all loses the count, with the process.
package spool
