package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"

	"github.com/nielu/nielu/measure/backoff"
)

// InfluxConfig says where an InfluxDB is. URL and Bucket must be given.
type InfluxConfig struct {
	URL    string // http://127.0.0.1:8086
	Org    string // InfluxDB 2 and 3; 1.8 does not look at it
	Bucket string // of InfluxDB 1.8: database/retention-policy, as in nielu/autogen; the database must exist

	// The token is the content of TokenFile, or else of the environment
	// variable TokenEnv; of InfluxDB 1.8 it is user:password. It is read again
	// whenever the server refuses the old one, so a rotation needs no restart.
	TokenFile string
	TokenEnv  string

	Batch   int           // lines in one request, about; 0: 5000
	Timeout time.Duration // of one request; 0: 20 s
	Every   time.Duration // between looks at an idle store; 0: 1 s
	Backoff time.Duration // longest pause after a failure; 0: 60 s
}

// Influx makes an InfluxDB hold what a [Store] holds. What waits stands in the
// store, the newest first; it is done with only once the server has taken it
// or its refusal is in the dead-letter table. Make it with [NewInflux], run one.
type Influx struct {
	Stats InfluxStats

	store  *Store
	config InfluxConfig
	log    *slog.Logger
	http   *http.Client
	client influxdb2.Client
	writer api.WriteAPIBlocking
	fault  string // the state last logged, "" when all is well

	deletes deleting // how the server takes points away

	refused []DeadLetter // of the batch in hand, not in the table yet
}

const firstPause = 500 * time.Millisecond

// NewInflux returns a writer; it does not connect yet.
func NewInflux(store *Store, config InfluxConfig, log *slog.Logger) (*Influx, error) {
	if config.URL == "" || config.Bucket == "" {
		return nil, errors.New("influx: url and bucket must be given; of InfluxDB 1.8 the bucket is database/retention-policy")
	}
	if config.Batch <= 0 {
		config.Batch = 5000
	}
	if config.Timeout <= 0 {
		config.Timeout = 20 * time.Second
	}
	if config.Every <= 0 {
		config.Every = time.Second
	}
	if config.Backoff <= 0 {
		config.Backoff = time.Minute
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Influx{store: store, config: config, log: log, http: plainClient(config.Timeout)}, nil
}

// Run writes until ctx ends, and returns nil then. Only a store that is
// damaged ends it, with [ErrDamaged].
func (x *Influx) Run(ctx context.Context) error {
	defer x.disconnect()
	var pause backoff.Pause
	for ctx.Err() == nil {
		wrote, err := x.Step(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(damage(err), ErrDamaged):
			return damage(err)
		case err != nil:
			x.failed(err)
			backoff.Sleep(ctx, max(backoff.Jitter(pause.Next(firstPause, x.config.Backoff)), retryAfter(err)))
		default:
			x.recovered()
			if pause.Reset(); !wrote {
				backoff.Sleep(ctx, x.config.Every)
			}
		}
	}
	return nil
}

// CatchUp writes all that waits, and returns the first failure.
func (x *Influx) CatchUp(ctx context.Context) error {
	defer x.disconnect()
	for {
		if wrote, err := x.Step(ctx); err != nil || !wrote {
			return err
		}
	}
}

// Step writes one batch and moves behind it. It tells whether there was one.
// It is not for two at once.
func (x *Influx) Step(ctx context.Context) (wrote bool, err error) {
	batch, err := x.store.unsent(ctx, x.config.Batch)
	if err != nil || batch.empty() {
		return false, err
	}
	for _, plant := range batch.plants { // what an earlier store wrote of it, this one cannot know
		if err := x.withdraw(ctx, wholePlant(plant)); err != nil {
			return false, err
		}
		if err := x.store.sweep(ctx, plant, wholePlant(plant)); err != nil {
			return false, err
		}
	}
	if err := x.withdraw(ctx, batch.withdrawals); err != nil {
		return false, err
	}
	// What was refused before a failure stopped the search need not be
	// searched for again; what changed meanwhile is another line.
	x.refused = slices.DeleteFunc(x.refused, func(letter DeadLetter) bool { return !slices.Contains(batch.lines, letter.Line) })
	known := make(map[string]bool, len(x.refused))
	for _, letter := range x.refused {
		known[letter.Line] = true
	}
	lines := slices.DeleteFunc(slices.Clone(batch.lines), func(line string) bool { return known[line] })
	refused, err := x.write(ctx, lines)
	x.refused = append(x.refused, refused...)
	if err != nil {
		return false, err
	}
	if err := x.store.sent(ctx, batch, x.refused); err != nil {
		return false, err
	}
	if n := len(x.refused); n > 0 {
		x.Stats.DeadLetters.Add(int64(n))
		x.log.Warn("influx: lines refused and put into the dead-letter table", "lines", n, "first", x.refused[0].Line, "server", x.refused[0].Message)
		x.refused = nil
	}
	return true, nil
}

// Replay sends dead letters again, all or those of the given ids. What the
// server takes now leaves the table; what it refuses again stays.
func (x *Influx) Replay(ctx context.Context, ids ...int64) (taken int, err error) {
	letters, err := x.store.DeadLetters(ctx)
	if err != nil {
		return 0, err
	}
	for _, letter := range letters {
		if len(ids) > 0 && !slices.Contains(ids, letter.ID) {
			continue
		}
		refused, err := x.write(ctx, []string{letter.Line})
		if err != nil {
			return taken, err
		}
		if len(refused) > 0 {
			continue
		}
		if err := x.store.DropDeadLetters(ctx, letter.ID); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

// Rewind makes the writer withdraw what the server holds of the store's plants
// and send everything again.
func (x *Influx) Rewind(ctx context.Context) error { return x.store.rewind(ctx) }

// write sends lines. Those that the server refuses for what they say come
// back with its words, also beside an error: any other failure, after which
// lines may or may not be stored, and sending them again changes nothing.
//
// A server may store a part of a refused request and not say which. So a
// refused request is cut in halves, down to the lines that are at fault.
func (x *Influx) write(ctx context.Context, lines []string) (refused []DeadLetter, err error) {
	if len(lines) == 0 {
		return nil, nil
	}
	err = x.send(ctx, lines)
	status, message := serverAnswer(err)
	switch {
	case err == nil:
		x.Stats.Points.Add(int64(len(lines)))
		return nil, nil
	case status != http.StatusBadRequest && status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge:
		return nil, err
	case len(lines) == 1:
		return []DeadLetter{{Status: status, Message: message, Line: lines[0]}}, nil
	}
	half := len(lines) / 2
	if refused, err = x.write(ctx, lines[:half]); err != nil {
		return refused, err
	}
	rest, err := x.write(ctx, lines[half:])
	return append(refused, rest...), err
}

func (x *Influx) send(ctx context.Context, lines []string) error {
	if err := x.connect(); err != nil {
		return err
	}
	x.Stats.Requests.Add(1)
	err := x.writer.WriteRecord(ctx, lines...)
	x.disconnectIfDenied(err)
	return err
}

// disconnectIfDenied ends the connection if the server did not let us in: the token is
// read again next time.
func (x *Influx) disconnectIfDenied(err error) {
	if status, _ := serverAnswer(err); status == http.StatusUnauthorized || status == http.StatusForbidden {
		x.disconnect()
	}
}

// connect makes the client, with the token as it is now.
func (x *Influx) connect() error {
	if x.client != nil {
		return nil
	}
	token := ""
	switch {
	case x.config.TokenFile != "":
		body, err := os.ReadFile(x.config.TokenFile)
		if err != nil {
			return fmt.Errorf("influx: token: %w", err)
		}
		token = strings.TrimSpace(string(body))
	case x.config.TokenEnv != "":
		if token = os.Getenv(x.config.TokenEnv); token == "" {
			return fmt.Errorf("influx: token: environment variable %s is empty", x.config.TokenEnv)
		}
	}
	options := influxdb2.DefaultOptions().SetPrecision(time.Second).SetHTTPClient(x.http).SetLogLevel(0)
	x.client = influxdb2.NewClientWithOptions(x.config.URL, token, options)
	x.writer = x.client.WriteAPIBlocking(x.config.Org, x.config.Bucket)
	return nil
}

func (x *Influx) disconnect() {
	if x.client != nil {
		x.client.Close()
		x.http.CloseIdleConnections()
		x.client, x.writer, x.deletes = nil, nil, notAsked
	}
}

// plainClient returns a client that takes an answer for what it is: it goes
// where it is told to go and nowhere else, and of all answers to a write only
// 204 says that the points are stored. A proxy's page of 200, or a redirect
// that ends at one, is no word of a database.
func plainClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     onlyNoContent{http.DefaultTransport.(*http.Transport).Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// onlyNoContent makes any other success than 204 No Content an error, except
// of a query, whose answer is read.
type onlyNoContent struct{ *http.Transport }

func (t onlyNoContent) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.Transport.RoundTrip(r)
	if err != nil || response.StatusCode == http.StatusNoContent || response.StatusCode >= 300 || strings.HasSuffix(r.URL.Path, "/query") {
		return response, err
	}
	_ = response.Body.Close() // whatever it says, it is no answer of the write API
	return nil, notTheAPI(response.StatusCode)
}

// notTheAPI is the status of an answer that a write API does not give.
type notTheAPI int

func (status notTheAPI) Error() string {
	return fmt.Sprintf("answers %d %s to a write; a write API that took the points answers 204", int(status), http.StatusText(int(status)))
}

// serverAnswer returns what the server said: status 0 if it said nothing.
func serverAnswer(err error) (status int, message string) {
	if other := notTheAPI(0); errors.As(err, &other) {
		return int(other), other.Error()
	}
	var e *influxhttp.Error
	if !errors.As(err, &e) {
		return 0, ""
	}
	if e.Message != "" {
		return e.StatusCode, e.Message
	}
	return e.StatusCode, e.Error()
}

func retryAfter(err error) time.Duration {
	var e *influxhttp.Error
	if errors.As(err, &e) {
		return min(time.Duration(e.RetryAfter)*time.Second, time.Hour)
	}
	return 0
}

// failed counts a failure and logs it when the state changes.
func (x *Influx) failed(err error) {
	x.Stats.Failures.Add(1)
	x.Stats.Waiting.Store(true)
	status, message := serverAnswer(err)
	state := fmt.Sprintf("status %d", status)
	if state == x.fault {
		return
	}
	x.fault = state
	do := "nothing is lost; it is tried again"
	switch {
	case status > 0 && status < http.StatusBadRequest:
		do = "something else than InfluxDB answers at " + x.config.URL + ", as a proxy or a page for signing in: give the address of the InfluxDB itself; nothing is lost, it is tried again"
	case status == 0:
		message, do = err.Error(), "see whether the InfluxDB runs and "+x.config.URL+" is right; nothing is lost, it is tried again"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		do = "give a token that may write to " + x.config.Bucket + "; it is read again at each try"
	case status == http.StatusNotFound:
		do = "create the database, bucket or retention policy " + x.config.Bucket
	}
	x.log.Error("influx: write: lines wait", "status", status, "server", message, "do", do)
}

func (x *Influx) recovered() {
	x.Stats.Waiting.Store(false)
	if x.fault != "" {
		x.fault = ""
		x.log.Info("influx: writes again")
	}
}
