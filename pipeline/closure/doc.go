// Package closure is the raw balance of a plant over a window: nothing is
// corrected and nothing closed by difference.
//
// In come a plant, its rollups and its lots, out comes a [Closure]: mass,
// carbon, ash, water and energy in, out and accumulated, how far they are from
// closing, and what is not known, in words.
//
// Start reading at [RawBalance].
package closure
