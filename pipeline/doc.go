// Package pipeline turns readings into balances: the same bytes in, the same
// numbers out, on every CPU. It keeps no clock and does no I/O of its own.
//
// [Compute] is the one path that the centre and an auditor share: from the
// readings of a [Source] to rollups, raw balances and reconciled ones.
// [Report] puts together what an engineer wants to know of a period. What they
// are made of are rooms below this one, each of which uses only those further
// down:
//
//	process    diagnosis   what a kiln, a reactor, a landfill did; which instrument errs
//	claim                  product, stack, methane, from paired readings only
//	reconciled closure     balances reconciled, balances raw
//	material               what a stream carried, minute by minute
//	rollup     lots        windows of readings; production lots and laboratory values
//	flowsheet              the plant file
//
// Start reading at [Compute].
package pipeline
