// Package measure holds the nouns of nielu. It imports only the standard
// library, does no I/O and keeps no clock, so that an auditor can read it alone.
//
// A [Tag] names one measured point, once for all time. A [Scan] is what one
// request to an instrument, or one message of a sensor, brought at one
// instant: the raw bytes, or the [Fault] that came instead. Decoding a scan
// gives a [Sample] for each tag of it: a value at an instant with its
// [Quality]. Samples of one tag in one unit form a [Series]; a sample that
// travels alone, with its tag, unit and raw bytes beside it, is a [Reading].
// An [Interval] is half-open. A [Unit] is a UCUM code, a [Quantity] a number
// with a unit. What is accounted for ([WetMass], [DryMass], [Carbon], [GasMass], [CO2e])
// is counted in integers of small units, each its own type: adding two of them
// does not compile. What may be claimed ([Removal],
// [Avoided], [Substitution]) stands in three ledgers that have no sum.
package measure
