package report

// A page is a report put together: the same words, tables and pictures for
// every way to show it.
type page struct {
	Title    string
	Subtitle string
	Sections []section
	Foot     string
}

// A section has a name for links, a heading and what stands under it.
type section struct {
	ID     string
	Title  string
	Blocks []block
}

// A block is one of a paragraph, a claim, facts, a table, a list and a figure:
// the member that is not nil. A heading may stand over it.
type block struct {
	Heading string
	Para    string
	Note    string // small print
	Empty   string // what would stand here, in words, is absent
	Claim   *claim
	Facts   []fact
	Table   *table
	List    []string
	Figure  *figure
}

// A claim is the sentence on a lot that a reader remembers.
type claim struct {
	Kind string // "claimed" or "not-claimed"
	Big  string // the figure
	Unit string
	Text string
	Sure []string // what it rests on and how sure it is, in short
}

// A fact is a name and what it is.
type fact struct{ Name, Text string }

// A table has columns and rows of text; numbers stand to the right.
type table struct {
	Caption string
	Columns []column
	Rows    [][]string
	Wide    bool // many columns: set smaller on paper
}

type column struct {
	Name   string
	Number bool
	Room   int  // share of the width on paper; 0: as the text asks for
	Code   bool // digests and names, which may break anywhere
}

// A figure is a picture with its words.
type figure struct {
	SVG     []byte
	Caption string
}
