// Package console is the window into the centre: a web page that shows the
// plants as they are now, and the HTTP API the page is made from. It reads
// projections only, and whoever stops it loses no reading.
//
// [Deps] names what the console reads, in small interfaces declared here:
// [Plants] for what is and what is now, [History] for what was,
// [Balances] for what the readings say of each other, and [Evidence] for the
// batches and statements of the log; where people enter something, [Books] for
// what they entered, and [Entries] and [Clocks] to take it. Their answers are
// passed on as the JSON they marshal to, so the console knows no type of the
// pipeline. The few names it must know to refuse a wrong question (plants and
// their tags) it learns from the answer of [Plants] itself.
//
// [New] makes a [Console], an http.Handler; [Console.Serve] listens and
// blocks until its context ends. The paths are:
//
//	/                                  the page; /page/... its style and scripts
//	/api/v1/plants                     flowsheets and tags
//	/api/v1/plants/{plant}/now         latest values, flows and closure
//	/api/v1/plants/{plant}/closures    ?from=&to=
//	/api/v1/plants/{plant}/periods     what can be reported, and what was found
//	/api/v1/plants/{plant}/balance     ?lot= or ?campaign= or ?from=&to=
//	/api/v1/plants/{plant}/balance.svg the same as a picture, or &finding=1 as a plot
//	/api/v1/rollups                    ?tag=&from=&to=&step=1m|1h
//	/api/v1/batches                    ?limit=
//	/api/v1/statements                 ?plant=
//	/api/v1/reasons                    why a value is not good, in words
//	/api/v1/live                       server-sent events
//	/api/v1/plants/{plant}/book        what people entered
//	/metrics /healthz /readyz
//
// People who are named with a token may enter something, see [Entries]:
//
//	POST /api/v1/records               a submission of records
//	POST /api/v1/files                 a file that records name by its digest
//	POST /api/v1/signatures/{event}    a signed note on a statement
//	POST /api/v1/clocks                what a gateway stamped while its clock was wrong, see [Clocks]
//
// An error is {"error": what is wrong, "do": what to do about it}. A [Client] is
// the other end of those that take something.
//
// Start reading at [New], which lists the paths with what answers them.
package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/nielu/nielu/measure"
)

// Plants tells what plants there are and how they are now. Both answers
// marshal to the API's JSON; of Plants the console itself reads the members
// plant and tags[].tag.
type Plants interface {
	Plants(ctx context.Context) (any, error)
	Now(ctx context.Context, plant string) (any, error)
}

// History tells what was. Rollups answers with the whole object {tag, unit,
// rollups}, Closures with a list. Steps are one minute or one hour.
type History interface {
	Rollups(ctx context.Context, tag measure.Tag, w measure.Interval, step time.Duration) (any, error)
	Closures(ctx context.Context, plant string, w measure.Interval) (any, error)
}

// Balances reports periods of a plant. Periods tells which there are and what
// was found up to the newest of them, Balance reports one, and Picture draws
// the report as SVG: its flowsheet, or the error of its first, second, ...
// finding over time. Balance and Picture answer with an error that wraps
// [ErrNotFound] if there is nothing of that name or number.
type Balances interface {
	Periods(ctx context.Context, plant string) (any, error)
	Balance(ctx context.Context, plant string, p Period) (any, error)
	Picture(ctx context.Context, plant string, p Period, finding int) ([]byte, error)
}

// Period is a lot, a campaign, or where both are "" an interval.
type Period struct {
	Lot, Campaign string
	Interval      measure.Interval
}

// ErrNotFound says that there is nothing of the name that was asked for.
var ErrNotFound = errors.New("not found")

// Evidence lists entries of the evidence log, newest first. An empty plant
// means all plants.
type Evidence interface {
	Batches(ctx context.Context, limit int) (any, error)
	Statements(ctx context.Context, plant string) (any, error)
}

// Deps is what a Console needs. Only the four interfaces must be given.
type Deps struct {
	Plants   Plants
	History  History
	Balances Balances
	Evidence Evidence

	Books   Books    // nil: there are none
	Entries Entries  // nil: nothing can be entered
	Clocks  Clocks   // nil: no clock can be corrected
	Authors []Author // who may enter; none: nobody

	Metrics http.Handler                    // answers /metrics; nil: 404
	Ready   func(ctx context.Context) error // nil: always ready; else the reason why not
	Healthy func() error                    // nil: always; else what a restart or a person must mend
	Log     *slog.Logger                    // nil: silent
	Clock   func() time.Time                // nil: time.Now; what ages are counted from

	// Hosts are the names, without port, by which browsers may ask for the
	// console. localhost and plain IP addresses are always allowed; any other
	// name is refused, so that a foreign page cannot reach a console on this
	// machine by pointing its own name here.
	Hosts []string

	LiveEvery   time.Duration // between looks at the plants for /api/v1/live; 0: 1 s
	LiveWait    time.Duration // how long a live client may take for one event; 0: 5 s
	LiveClients int           // most live clients at once; 0: 64
}

// Stats counts what the console did since it was made.
type Stats struct {
	Requests    atomic.Int64 // answered, live ones at their start
	Refused     atomic.Int64 // answered 4xx
	Failed      atomic.Int64 // answered 5xx
	LiveClients atomic.Int64 // connected now
	LiveDropped atomic.Int64 // cut off because they did not take an event in time
}

// Console serves the page and the API. Make it with [New].
type Console struct {
	Stats Stats

	deps    Deps
	handler http.Handler
	index   memo[plantIndex]
	now     nowMemo
	closing chan struct{} // closed when the server stops: live streams end
	failing atomic.Bool   // the last answer of a projection was an error
}

// New returns a console on deps. It panics if one of the four interfaces is
// missing, which is a fault of the program and not of its input.
func New(deps Deps) *Console {
	if deps.Plants == nil || deps.History == nil || deps.Balances == nil || deps.Evidence == nil {
		panic("console.New: Plants, History, Balances and Evidence must be given")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Clock == nil {
		deps.Clock = time.Now
	}
	if deps.LiveEvery <= 0 {
		deps.LiveEvery = time.Second
	}
	if deps.LiveWait <= 0 {
		deps.LiveWait = 5 * time.Second
	}
	if deps.LiveClients <= 0 {
		deps.LiveClients = 64
	}
	c := &Console{deps: deps, closing: make(chan struct{})}
	c.index = memo[plantIndex]{ttl: 2 * time.Second, load: c.loadIndex}
	c.now = nowMemo{ttl: deps.LiveEvery / 2, load: c.loadNow}
	c.handler = c.guard(c.routes())
	return c
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

func (c *Console) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/plants", c.plants)
	mux.HandleFunc("GET /api/v1/plants/{plant}/now", c.plantNow)
	mux.HandleFunc("GET /api/v1/plants/{plant}/closures", c.closures)
	mux.HandleFunc("GET /api/v1/plants/{plant}/periods", c.periods)
	mux.HandleFunc("GET /api/v1/plants/{plant}/balance", c.balance)
	mux.HandleFunc("GET /api/v1/plants/{plant}/balance.svg", c.balancePicture)
	mux.HandleFunc("GET /api/v1/rollups", c.rollups)
	mux.HandleFunc("GET /api/v1/batches", c.batches)
	mux.HandleFunc("GET /api/v1/statements", c.statements)
	mux.HandleFunc("GET /api/v1/reasons", c.reasons)
	mux.HandleFunc("GET /api/v1/live", c.live)
	mux.HandleFunc("GET /metrics", c.metrics)
	mux.HandleFunc("GET /healthz", c.healthz)
	mux.HandleFunc("GET /readyz", c.readyz)
	mux.Handle("GET /{$}", pageHandler())
	mux.Handle("GET /page/", pageHandler())
	c.entryRoutes(mux)
	mux.HandleFunc("/", c.noSuchPath)
	return mux
}
