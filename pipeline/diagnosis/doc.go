// Package diagnosis looks through the reconciled windows of a plant for the
// instrument that errs: one that began to, one that never agreed with the
// rest, and one whose error goes with the load.
//
// In come reconciled windows in order of time, out come [Finding]s: which
// instrument, since when, by how much, and what else would explain it.
//
// Start reading at [Diagnose].
package diagnosis
