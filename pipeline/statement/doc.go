// Package statement turns an account of a lot into a text that a stranger can
// check.
//
// In come plant files, what people entered of a lot, a method and a source of
// readings; out comes a [Statement]: the account with the digests of all it
// rests on, one fact a line, the same bytes on every CPU ([Statement.Text] has
// the grammar, [Parse] reads it back). Whoever enters it in the evidence log
// signs it there.
//
// Start at [StateLot]. [CountLot] counts product and stack of a lot from
// readings, [PlacedMass] holds the placed units to what was counted, [Request]
// puts both together with what the laboratory says, and [NewStatement] adds the
// answer of a method.
//
// A statement is never edited: a later one with a higher revision supersedes
// it. [Replay] goes through what happened to statements, and the table in
// state.go is all that may.
package statement
