// Package devices decodes what instruments said: raw words in, readings out.
// It is pure: no clock, no I/O, the same bits on every CPU.
//
// A [Profile] is the register map of one model of instrument, written as data.
// [Profile.Resolve] finds the tags of one instrument among its points, and
// [ParseMessage] does the same for messages. What comes out are the [Block]s
// of a [Catalogue]: the self-contained map from each block of registers, or
// message, to the tags it carries, with everything that decoding needs. Its
// canonical bytes are named by their digest, so that raw words can be decoded
// again years later.
//
// [Catalogue.Decode] turns scans into series: start reading there. What it
// doubts, [Catalogue.Doubts] explains to whoever can mend it.
//
// Package polling asks the instruments; below it, modbus reads registers and
// cannot write them, and mqtt wraps one connection to a broker.
package devices
