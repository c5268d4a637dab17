// Package projection keeps what is derived from the evidence log in forms that
// are quick to ask: a SQLite file for the console, an InfluxDB for Grafana.
// All of it can be deleted and made again from the log.
//
// A [Touch] is one leaf of the log and the stretch of time it speaks of; a
// [Feed] gives touches in the order of the log. The [Worker] follows the feed:
// each touch marks the hours it can change, and each marked hour is computed
// anew, whole, from the evidence by [pipeline.Compute], the function the audit
// uses too. So a late back-fill, a duplicate and a restart are one case, and
// the order in which evidence arrived leaves no trace in the result.
//
// The [Store] holds the results: minutes and hours of each tag, balance
// closures, the latest value of each tag, and the batches, laboratory files
// and statements seen. A result that comes out different is stored with its
// revision raised by one; an equal one is left alone; what is not among the
// results of its window any more is withdrawn. Marks and the cursor move
// in one transaction, results and the marks they settle in another, so that a
// process killed anywhere goes on where it was.
//
// [Influx] makes an InfluxDB hold what the store holds: what changed waits in
// the store until the server has taken it, and what the server holds too much
// is withdrawn first. A line that the server refuses for what it says goes to the [DeadLetter]
// table, with the server's words; a server that cannot be reached, or does not
// let us in, is waited for.
package projection
