// Package devices turns instruments into readings.
//
// A [Profile] is the register map of one model of instrument, written as data.
// The agent's file names buses, and on each bus instruments with their profile
// and the tags their points feed; [ParseConfig] checks all of it and reports
// every fault at once. What comes out is a plan of requests, and a [Catalogue]:
// the self-contained map from each block of registers, or message, to the tags
// it carries, with everything that decoding needs. Its canonical bytes are
// named by their digest, so that raw words can be decoded again years later.
//
// A [Poller] owns all buses, one goroutine each, and hands every reply to a
// [Sink] as a measure.Scan: raw bytes or the fault that came instead, stamped
// at the middle of its request. [Catalogue.Decode] is the pure function from
// scans to series: no clock, no I/O, the same bits on every CPU.
//
// The protocols live in folders of their own: modbus reads registers and
// cannot write them, mqtt wraps one connection to a broker.
package devices
