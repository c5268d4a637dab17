// Package balance is the arithmetic of plant balances on plain numbers. It
// imports only package elementary and the standard library. Each formula that
// a balance, a report or a claim rests on has its one home here; which tag or
// laboratory value goes into it is the affair of the rooms above. Package
// formulas lets people work one out by hand, and holds those that are only
// worked out by hand; docs/formulas.md lists them all.
//
// What is weighed: bases of mass ([Dry], [Yield]), gas by its composition
// ([Gas]) and state ([NormalVolume]), fuels ([Analysis]), and a [Budget] of
// what goes in, out and stays. Processes: hydrothermal liquefaction ([Slurry]),
// landfill ([Tool06], [Deposit], [OxidationByRatio]). Whether a signal can be
// believed: [HampelAt], [IsFlat], [SteadyState], [Cusum], [Counter]. Which
// instrument errs, and since when: [FindChange], [FindSlope].
//
// Start with basis.go. Each product that enters a sum is rounded first, and
// exponentials are those of package elementary, so that every processor finds
// the same bits.
package balance
