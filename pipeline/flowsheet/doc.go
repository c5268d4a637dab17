// Package flowsheet is a plant as its plant file describes it: the tags that
// are measured and how their readings are to be used, the nodes, the streams
// and energy flows between them, the stocks, and which of them plays which
// part in a process.
//
// In comes the text of a plant file, out comes a [Plant], which is data: it
// computes nothing but what one lie of a tag can bring, see [Plant.Bounds].
// Faults of the file are named by line and column, all at once.
//
// Start reading at [Plant], then at [Parse] with the file in full.
package flowsheet
