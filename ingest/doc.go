// Package ingest brings scans from the edge to the evidence log: nothing
// lost, nothing twice, nothing invented. Scans come in on the gateway; signed
// leaves go out into the log, and at the centre the readings of a plant. Start
// at [Intake], then [Follows] and [After], which say what a chain is.
//
// On the gateway the spool (package spool) cuts consecutive scans into a
// [Batch], which becomes a leaf: [EncodeBatch] writes it in columns, the
// agent's key signs it. Each leaf of an agent carries the hash of the one
// before: the leaves form a chain.
//
// [Uplink] publishes the sealed leaves over a [Pipe] to an MQTT broker, a few
// at a time, and waits. The broker is a pipe: it may lose everything at any
// moment. [Intake], in the centre, checks each leaf against its topic, the
// agent's enrolled key and the agent's chain, appends it to the evidence log
// and answers with a [Receipt], signed by the log's key and retained. Only a
// receipt, checked against the centre's key that the agent pins, lets the
// spool forget.
//
// [Reader] reads the log back: which leaves touched what ([Reader.Since]),
// and the readings of a plant in an interval ([Reader.Readings]). [TrustedLog]
// hides from it what nobody with the right to sign has decided.
package ingest
