// Package balance is the arithmetic of plant balances on plain numbers: bases
// of mass, gas by its composition, budgets of what goes in, out and stays. It
// imports only the standard library. Formulas have one home here; which tag
// or laboratory value goes into them is the affair of package pipeline.
package balance
