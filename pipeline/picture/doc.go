// Package picture draws what the numbers of a plant say, as SVG that stands
// alone: no script, no font and no file beside it. It opens in a browser by
// day and by night and prints on paper, and the same data give the same bytes
// on every CPU, so that a picture can be compared and signed like a number.
//
// [Flowsheet] draws a plant: its nodes in the order in which material flows,
// streams between them and to the [flowsheet.Environment], energy from above
// and below, stocks, and, where [Values] tell, how much and how well it is
// known. [Plot] draws numbers over time.
//
// Nothing here computes: a value that is drawn was made elsewhere, with its
// unit and uncertainty already in words. What nobody knows is drawn as that.
//
// Start reading at [Flowsheet]. A flowsheet becomes a sheet of columns
// (columns.go), which are put in order and pulled straight (straight.go) and
// then drawn (draw.go).
package picture
