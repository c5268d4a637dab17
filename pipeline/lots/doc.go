// Package lots is what instruments cannot know: production lots with the
// values a laboratory found, campaigns, control readings of analysers,
// calibrations and downtimes.
//
// In comes the text of a laboratory file, or what records say, out comes a
// [Lab]. It is asked by time and by name: [Lab.LotAt], [Lot.Value],
// [Lab.Drifts].
//
// Start reading at [Lab], then at [Parse] with the file in full.
package lots
