// Package reconcile makes measured flows agree with the balances of a plant,
// and says which instrument does not fit.
//
// A [Problem] names nodes, streams and other quantities, each measured (a
// value and its standard deviation), known exactly (sd 0) or unmeasured, and
// the constraints they obey: balances of nodes, component balances, linear
// rows, equations. [Problem.Solve] finds the values that obey all of them and
// lie nearest to the readings, weighted by what each reading is worth.
//
// The way of a problem through the package, one file a step:
//
//	document.go    text to a JSON tree; problem.go tree to Problem
//	model.go       Problem to numbered quantities; every refusal
//	network.go     nodes and constraints to rows; expression.go equations
//	solve.go       one linear problem: projection, classes, estimates
//	linearise.go   nonlinear problems: the linear one again and again
//	bounds.go      limits on reconciled values
//	tests.go       global, nodal, measurement and leak tests
//	eliminate.go   serial elimination of gross errors
//	result.go      what is printed
//
// The arithmetic is plain float64 in a fixed order with every product rounded
// before it enters a sum, and exponentials and logarithms are those of package
// elementary, so that every processor prints the same bytes. What cannot be
// solved is a [Fault] with words, never a number.
package reconcile
