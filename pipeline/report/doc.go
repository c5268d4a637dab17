// Package report tells people what was claimed of a plant's lots, from what,
// and how sure it is. In comes an [Input]; out comes a page ([HTML]), which a
// verifier makes again and compares byte for byte, and what packages print and
// workbook make a PDF and a spreadsheet of: [Compose] and [Tables]. All are
// functions of the Input alone and ask no clock and no network.
//
// Start at [Compose], which puts the sections in their order. An Input holds what a bundle holds: the plant file, what people entered, the
// statements with their states, and what was computed from readings, which a
// [Gathering] condenses while it is computed piece by piece.
//
// A report claims nothing by itself. Each figure of a claim is the statement's
// own; removals, avoided emissions and substitution have sections of their
// own, and no figure adds two of them.
package report
