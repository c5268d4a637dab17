// Package view makes what people see of a centre: the book of a plant with its
// statements, the periods that can be reported, and how the balances stand.
//
// The projections and the archive of a centre go in; values that marshal to the
// JSON of the HTTP API come out. What is dear to make is kept for a moment.
//
// Start reading at [View] and [BookOf], which needs the archive alone.
package view

import (
	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/pipeline/projection"
)

// View shows one centre. Make it with [New].
type View struct {
	store   *projection.Store
	archive *archive.Archive

	reports  reportCache
	balances balanceCache
}

// New returns a view of what a store and an archive hold.
func New(store *projection.Store, a *archive.Archive) *View {
	return &View{store: store, archive: a}
}
