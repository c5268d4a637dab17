// Package statement turns an account into a statement that a stranger can check.
//
// [CountLot] counts the product of a lot from readings. [Request] puts it
// together with what the laboratory says of the lot. [NewStatement] adds the
// answer of a method and the digests of everything it was computed from.
// A [Statement] is a text of one fact a line, the same bytes on every CPU; see
// [Statement.Text] for its grammar, [Parse] reads it back. Whoever enters it in
// the evidence log signs it there.
//
// A statement is never edited. A later one with a higher revision supersedes it.
package statement
