// Package centre wires the program that agents deliver to: a broker, an
// [ingest.Intake] into the evidence log, a [projection.Worker] behind the log,
// the console, and InfluxDB where one is configured. The commands nielu server
// and nielu demo run one.
//
// Start reading at [Open].
package centre
