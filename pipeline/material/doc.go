// Package material is what a stream carried, minute by minute: mass, dry
// mass, the constituents of it, energy, and the normal volume of a gas.
//
// In come the rollups of a plant and the values of the lot that was being
// made, out come a [MinuteValue] for each value of the plant file and a
// [StreamTally] for each stream. What is not known is not known, and says why.
//
// Start reading at [Evaluate], then at [Evaluation.Stream].
package material
