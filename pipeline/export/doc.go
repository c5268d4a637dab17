// Package export turns the evidence of one plant and one interval into a
// bundle that a stranger can take home, and checks such a bundle.
//
// A bundle is a zip archive of [File] entries that [Writer] writes in exactly
// one way, so that any changed byte of it is found. Its [Manifest] is signed by
// the export key and vouches for every file by digest; its checkpoint is signed
// by the log's key. The leaves, byte for byte, and the hash tiles that
// show that they stand in the log have the form of C2SP tlog-tiles. Beside
// them lie views, tables and a page for people, which hold nothing that cannot
// be computed again. The form of all of it is described in docs/bundle.md.
//
// [Build] answers a [Query] from a [Log]: it selects the leaves, follows the
// chains of the agents, computes the views and seals the whole. [Verify] goes
// the other way and believes nothing: container, manifest, checkpoint, tiles,
// signatures, continuity of the chains; then it decodes the raw words anew,
// computes rollups, balances and every statement, and compares byte with
// byte. It goes on after a [Fault] wherever it can and reports all of them,
// with the [Gap] entries, the coverage of each tag and the statements, in a
// [Report]. Both read and write one piece after another: a bundle may be far
// larger than memory.
//
// The keys that count come from the auditor's [Policy]. What a leaf says is
// read by package evidence; how raw words become readings is for the program to
// say, by a [Replay].
//
// Start at [Build] and at the list of steps in [Verify]. container.go and
// archive.go are the zip form written and read, manifest.go what vouches for
// it, days.go what is computed again day by day, and report.go the verdict.
package export

import "github.com/nielu/nielu/evidence"

// The files of a bundle that are not leaves, tiles or views.
const (
	ReadmeName     = "README.txt"
	CheckpointName = evidence.CheckpointName
	SumsName       = "SHA256SUMS"
	ManifestName   = "manifest.json"
	SignatureName  = "manifest.sig"
)
