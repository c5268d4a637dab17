package statement

import "github.com/nielu/nielu/evidence"

// Event is a leaf of the log that bears on statements.
type Event struct {
	Leaf      uint64
	Kind      EventKind // Seal, Sign, Certify or Withdraw
	Statement *Statement
	Digest    string // of the statement's text: sha256 in hexadecimal
	By        string // name of the key
	Reason    string // of a withdrawal
}

// EventOf tells what the leaf of that index, a statement or a signature, does
// to statements. It checks no signature.
func EventOf(index uint64, leaf evidence.Leaf) (Event, error) {
	if leaf.Kind == evidence.Statement {
		s, err := Parse(leaf.Body)
		return Event{Leaf: index, Kind: Seal, Statement: &s, Digest: DigestOf(leaf.Body), By: leaf.Signer}, err
	}
	text, by, err := evidence.ReadNote(leaf.Body)
	if err != nil {
		return Event{}, err
	}
	e, err := ReadSignature(leaf.Name, []byte(text))
	e.Leaf, e.By = index, by
	return e, err
}
