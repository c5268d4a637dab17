// Package reconciled makes the readings of a plant agree with its balances,
// each by the least correction that its uncertainty allows.
//
// A [Network] is a plant's flowsheet as quantities and equations; it is built
// once, by [New]. In come rollups and lots of a window, out comes a
// [Reconciliation]: readings and what the balances make of them, the tests
// that say whether to believe it, and what was taken out. Windows are merged
// into longer periods. [Network.Outlook] tells the same of a plant that does
// not run yet.
//
// Start reading at [Network.Reconcile], then at [Network.Merge].
package reconciled
