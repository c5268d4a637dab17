// Package emissions is the other side of a removal: what the project itself
// emitted, line by line, and what it may claim beside its removals.
//
// A [Factor] says how much of each [Gas] comes with a unit of activity, where
// and when that holds, who says so and how sure it is. A [Set] is a file of
// factors, a [GWP] a file of warming potentials; a [Library] holds those that
// are known. An [Activity] is what a project did in a period: electricity,
// fuel, transport, readings of a stack, infrastructure, reagents.
// [Activity.Inventory] turns it into an [Inventory] of [Line]s. Each line names
// the group of the method it enters, its scope, the mass of each gas, the CO2e
// by the set of potentials, its label of confidence and the record it came
// from. CO2 of biomass stands apart and enters no CO2e.
//
// What was not read counts at the most it can have been: missing data only
// raise an emission.
//
// An avoided emission and a substitution are claims in ledgers of their own,
// [measure.Avoided] and [measure.Substitution]; nothing here takes them off an
// emission or adds them to a removal.
//
// Start reading at [Activity.Inventory].
package emissions
