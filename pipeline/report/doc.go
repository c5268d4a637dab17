// Package report tells people what was claimed of a plant's lots, from what,
// and how sure it is: as a page ([HTML]), on paper ([PDF]) and as tables
// ([Workbook]). All three are functions of an [Input] alone. They ask no clock
// and no network, and the same input gives the same bytes, so that whoever
// holds the evidence can make them again and compare.
//
// An Input holds what a bundle holds: the plant file, what people entered, the
// statements with their states, and what was computed from readings, which a
// [Gathering] condenses while it is computed piece by piece.
//
// A report claims nothing by itself. Each figure of a claim is the statement's
// own; removals, avoided emissions and substitution have sections of their
// own, and no figure adds two of them.
package report
