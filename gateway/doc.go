// Package gateway wires the program that runs beside the instruments: a
// [polling.Poller] hands each scan to a [spool.Spool], and an [ingest.Uplink]
// brings what the spool sealed to the centre. The command nielu-agent runs
// one; the demo runs three.
package gateway
