package report

import "time"

// A Page is a report put together: the same words, tables and pictures for
// every way to show it.
type Page struct {
	Title    string
	Subtitle string
	Sections []Section
	Foot     string
	Made     string    // program and version
	Until    time.Time // the end of the interval
}

// A Section has a name for links, a heading and what stands under it.
type Section struct {
	ID     string
	Title  string
	Blocks []Block
}

// A Block is one of a paragraph, a claim, facts, a table, a list and a figure:
// the member that is not nil. A heading may stand over it.
type Block struct {
	Heading string
	Para    string
	Note    string // small print
	Empty   string // what would stand here, in words, is absent
	Claim   *Claim
	Facts   []Fact
	Table   *Table
	List    []string
	Figure  *Figure
}

// A Claim is the sentence on a lot that a reader remembers.
type Claim struct {
	Kind string // "claimed" or "not-claimed"
	Big  string // the figure
	Unit string
	Text string
	Sure []string // what it rests on and how sure it is, in short
}

// A Fact is a name and what it is.
type Fact struct{ Name, Text string }

// A Table has columns and rows of text; numbers stand to the right.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string
	Wide    bool // many columns: set smaller on paper
}

type Column struct {
	Name   string
	Number bool
	Room   int  // share of the width on paper; 0: as the text asks for
	Code   bool // digests and names, which may break anywhere
}

// A Figure is a picture with its words.
type Figure struct {
	SVG     []byte
	Caption string
}
