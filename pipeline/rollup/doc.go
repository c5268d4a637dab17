// Package rollup brings the readings of a tag into windows of one minute.
//
// In come samples and the plan of their tag, out come [Rollup]s: the
// time-weighted mean, how much of the minute it covers, the quality it
// deserves, and what of it may be counted of a claim. A reading passes the
// gate of its tag and is judged beside its neighbours; a counter books only
// what is new. From the minutes follows whether the process ran, and whether
// it ran steadily.
//
// Start reading at [Of], for one tag, or at [OfPlant].
package rollup
