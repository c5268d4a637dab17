// Package pipeline turns readings into balances: the same bytes in, the same
// numbers out, on every CPU. It keeps no clock and does no I/O of its own.
//
// A [Plant] is the flowsheet: nodes, the streams between them, and a
// [TagPlan] for each measured point. A [Lab] is what instruments cannot know,
// by production lot. [Rollups] brings the readings of one tag into windows of
// one minute: the time-weighted mean, how much of the window it covers, and
// the [measure.Quality] it deserves. [Plant.Close] adds up the rollups of a
// window into a [Closure]: mass, carbon and energy in, out and accumulated.
// [Compute] does all of it for an interval and is the one function that the
// centre and an auditor share. A [Source] is where readings come from.
//
// Start reading at [Compute].
package pipeline
