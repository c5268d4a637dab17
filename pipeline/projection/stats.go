package projection

import "sync/atomic"

// StoreStats counts what the store took since it was opened.
type StoreStats struct {
	RollupsChanged  atomic.Int64 // minutes written because they were new or came out different
	RollupsEqual    atomic.Int64 // minutes computed again and left alone
	ClosuresChanged atomic.Int64
	ClosuresEqual   atomic.Int64
}

// WorkerStats counts what the worker did since it was made.
type WorkerStats struct {
	Cursor       atomic.Uint64 // next leaf of the log to look at
	Touches      atomic.Int64  // leaves looked at
	Computed     atomic.Int64  // plant hours computed
	DirtyHours   atomic.Int64  // plant hours that wait now
	Ahead        atomic.Int64  // batches that speak of a time ahead of the centre's clock now
	Foreign      atomic.Int64  // tags of which an agent sent readings that does not read them; each tag and agent once
	Failures     atomic.Int64  // feeds, computations or writes that ended in an error
	Unreadable   atomic.Int64  // laboratory leaves that could not be parsed and were passed over
	UnknownPlant atomic.Int64  // touches of plants without a plant file
	Statements   atomic.Int64  // statements asked for
}

// InfluxStats counts what the InfluxDB writer did since it was made.
type InfluxStats struct {
	Points       atomic.Int64 // lines the server took
	Requests     atomic.Int64 // write requests, refused ones too
	Failures     atomic.Int64 // requests to wait and try again: unreachable, 401, 404, 429, 5xx
	DeadLetters  atomic.Int64 // lines put into the dead-letter table
	NotWithdrawn atomic.Int64 // withdrawals that the server has no way to do
	Waiting      atomic.Bool  // the last request failed and its lines wait
}
