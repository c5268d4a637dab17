// Package modbus reads Modbus instruments over TCP and serial lines, and
// cannot write to them.
//
// A [Line] says where a bus is. A [Bus] is its one owner: it dials, asks one
// question at a time, and believes an answer only if unit, function, length
// and transaction are those of the question. Anything else is an [Error] with
// its fault class: a wrong value is worse than an error.
//
// Frames are encoded, verified and decoded by goburrow/modbus; only its two
// packagers are used. Sockets and serial ports are owned here, because on
// them depends whether a late reply can be taken for a fresh one:
//
//   - one absolute deadline for each request;
//   - on TCP, replies to earlier transactions are thrown away until the
//     deadline, and the connection is closed after any other fault and after
//     the second timeout in a row;
//   - on a serial line the input is drained until the line has been silent for
//     3.5 characters, and a unit that let a request time out is not asked again
//     until its late reply must have passed.
//
// READ ONLY: both transports refuse any frame whose function code is not 1 to
// 4, and the library's client, which has write methods, is never made, so they
// are not linked into any binary.
package modbus
