// Package custody is the bookkeeping of what no instrument knows: production
// batches, packed units, samples and laboratory reports, deliveries of
// feedstock, transport, sales, end uses, calibrations and downtime.
//
// What a person enters is a [Submission]: a text with its author and one or
// more records. It becomes a leaf of the evidence log as it is, before
// anything is computed with it. [Replay] goes through all submissions in the
// order of the log and keeps the [Book]: what holds now. A record is never
// edited. One that corrects another says so, and why; the older one stays in
// the log and stands in the book as superseded.
//
// [Book.Lab] tells the pipeline what it needs of all this, lot by lot:
// laboratory values with their uncertainty, how much was placed where, and
// the emissions people know of. [Book.Masses] keeps the mass ledger of a lot,
//
//	made = packed + unpacked,   packed = placed + stock + lost
//
// in which a unit is placed once and never twice.
//
// Start reading at [Replay] and [Book.Lab].
//
// This is bookkeeping of certified material, no balance: what flows and
// accumulates in the plant is the matter of package pipeline.
package custody
