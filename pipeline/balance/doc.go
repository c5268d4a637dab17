// Package balance is the arithmetic of plant balances on plain numbers. It
// imports only package elementary and the standard library. Formulas have one
// home here; which tag or laboratory value goes into them is the affair of the
// rooms above, and package formulas lets people work one out by hand.
//
// What is weighed: bases of mass ([Dry], [DryShare]), gas by its composition
// ([Gas]) and state ([NormalVolume]), fuels ([Analysis]), and a [Budget] of
// what goes in, out and stays. Processes: pyrolysis ([HeatPower], [WoolfYield]),
// hydrothermal liquefaction ([Slurry]), landfill ([Tool06], [Deposit],
// [OxidationByRatio]). Whether a signal can be believed: [Hampel], [Flatline],
// [SteadyState], [Cusum], counters and means over time. What is booked and
// never weighed: [Custody], [FlowCost].
//
// Each product that enters a sum is rounded first, and exponentials are those
// of package elementary, so that every processor finds the same bits.
package balance
