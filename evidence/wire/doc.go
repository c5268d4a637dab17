// Package wire is the protobuf form of what the evidence log holds, as leaf.proto
// and batch.proto describe it: a [Message] comes in and bytes go out, or the
// other way. Packages evidence and ingest give it meaning and check it. Start
// reading at [Signed] and [Marshal].
//
// It does with the primitives of protobuf, so that what a verifier rests on can
// be read, and is small.
package wire
