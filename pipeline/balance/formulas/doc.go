// Package formulas lets people work out one formula of the balances by hand.
//
// A [Formula] is a name, the text about it (equation, source, where it is
// valid) and what computes it: the function of package balance that counts, or
// one of this package if nothing that counts rests on it. [All] is the table.
// [Formula.Calculate] reads the inputs, a JSON object, and returns a [Result]:
// each value under its key, and each [Step] with numbers and units. A key that
// is missing, unknown or out of range is a [Fault], and all of them are found
// at once. Start with formula.go.
//
// A [Case] is inputs with the values expected of them; [ParseCases] reads a
// file of cases and [Case.Run] tells whether a formula meets one.
//
// What is found by difference is called that; nothing is normalised that was
// not asked to be; a number that would be infinite or none at all is a fault.
package formulas
