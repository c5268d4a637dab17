package projection

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"
)

// withdrawal is points that the server may hold and the store has not, or not
// with all their fields: a write adds fields to a point and takes none away,
// so they are deleted before what the store has is written.
type withdrawal struct {
	measurement string
	plant       string
	tag         string // "": all of the plant
	from, to    int64  // Unix nanoseconds, half open; both 0: all of time
}

// wholePlant returns the withdrawals of all that a server may hold of a plant.
func wholePlant(plant string) []withdrawal {
	all := []withdrawal{{measurement: "nielu_rollup", plant: plant}}
	for _, measurement := range windowMeasurements {
		all = append(all, withdrawal{measurement: measurement, plant: plant})
	}
	return all
}

// covers tells whether the point of a line is among those withdrawn.
func (w withdrawal) covers(written string) bool {
	p, err := parseLine(written)
	return err == nil && p.measurement == w.measurement && p.tags["plant"] == w.plant && (w.tag == "" || p.tags["tag"] == w.tag) &&
		(w.from == 0 && w.to == 0 || p.at >= w.from && p.at < w.to)
}

// span returns the time of a withdrawal as its first instant and the one after its last.
func (w withdrawal) span() (from, to time.Time) {
	if w.from == 0 && w.to == 0 {
		return time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2260, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Unix(0, w.from).UTC(), time.Unix(0, w.to).UTC()
}

// predicate says which points, in the words of the v2 API. They end before to.
func (w withdrawal) predicate() (from, to time.Time, text string) {
	text = "_measurement=" + quote(w.measurement, '"') + " AND plant=" + quote(w.plant, '"')
	if w.tag != "" {
		text += " AND tag=" + quote(w.tag, '"')
	}
	from, to = w.span()
	return from, to.Add(-time.Nanosecond), text // the API takes both ends in
}

// influxQL says the same in the language of InfluxDB 1. It deletes in all
// retention policies of the database.
func (w withdrawal) influxQL() string {
	text := "DELETE FROM " + quote(w.measurement, '"') + ` WHERE "plant" = ` + quote(w.plant, '\'')
	if w.tag != "" {
		text += ` AND "tag" = ` + quote(w.tag, '\'')
	}
	if w.from != 0 || w.to != 0 {
		from, to := w.span()
		text += " AND time >= '" + from.Format(time.RFC3339Nano) + "' AND time < '" + to.Format(time.RFC3339Nano) + "'"
	}
	return text
}

func quote(text string, mark byte) string {
	return string(mark) + strings.NewReplacer(`\`, `\\`, string(mark), `\`+string(mark)).Replace(text) + string(mark)
}

// deleting is the way in which a server takes points away.
type deleting int

const (
	notAsked deleting = iota
	byAPI             // InfluxDB 2: POST /api/v2/delete
	byQuery           // InfluxDB 1: DELETE FROM
	notAtAll          // VictoriaMetrics, InfluxDB 3 Core
)

// inQuery is how many statements of InfluxDB 1 one request has.
const inQuery = 100

// withdraw takes points away. A server that has no way to do so keeps them:
// that is counted and said, and what is written is written all the same.
func (x *Influx) withdraw(ctx context.Context, all []withdrawal) error {
	for len(all) > 0 {
		if err := x.connect(); err != nil {
			return err
		}
		n, err := len(all), error(nil)
		switch x.deletes {
		case notAsked, byAPI:
			n, err = 1, x.deleteByAPI(ctx, all[0])
		case byQuery:
			n = min(n, inQuery)
			err = x.deleteByQuery(ctx, all[:n])
		case notAtAll:
			x.Stats.NotWithdrawn.Add(int64(n))
		}
		if errors.Is(err, errAskAgain) {
			continue
		}
		if err != nil {
			x.disconnectIfDenied(err)
			return fmt.Errorf("influx: withdraw: %w", err)
		}
		all = all[n:]
	}
	return nil
}

// errAskAgain says that another way to delete was found.
var errAskAgain = errors.New("another way to delete")

func (x *Influx) deleteByAPI(ctx context.Context, w withdrawal) error {
	from, to, predicate := w.predicate()
	body, err := json.Marshal(map[string]string{"start": from.Format(time.RFC3339Nano), "stop": to.Format(time.RFC3339Nano), "predicate": predicate})
	if err != nil {
		return err
	}
	where := url.Values{"org": {x.config.Org}, "bucket": {x.config.Bucket}}.Encode()
	err = x.post(ctx, x.client.HTTPService().ServerAPIURL()+"delete?"+where, "application/json", string(body), nil)
	var e *influxhttp.Error
	switch {
	case err == nil:
		x.deletes = byAPI
		return nil
	case !errors.As(err, &e) || x.deletes == byAPI:
		return err
	}
	switch e.StatusCode {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		if version := e.Header.Get("X-Influxdb-Version"); strings.HasPrefix(strings.TrimPrefix(version, "v"), "1.") {
			x.deletes = byQuery
			return errAskAgain
		}
		if e.Code == "not found" {
			return err // the bucket, in InfluxDB 2's words
		}
	case http.StatusBadRequest, http.StatusNotImplemented:
	default:
		return err
	}
	x.cannotDelete(err)
	return errAskAgain
}

func (x *Influx) deleteByQuery(ctx context.Context, all []withdrawal) error {
	var statements []string
	for _, w := range all {
		statements = append(statements, w.influxQL())
	}
	database, _, _ := strings.Cut(x.config.Bucket, "/")
	form := url.Values{"db": {database}, "q": {strings.Join(statements, ";")}}.Encode()
	var answer struct {
		Results []struct {
			Series []json.RawMessage
			Error  string
		}
		Error string
	}
	err := x.post(ctx, strings.TrimRight(x.config.URL, "/")+"/query", "application/x-www-form-urlencoded", form, &answer)
	if err != nil {
		return err
	}
	fault, series := answer.Error, 0
	for _, result := range answer.Results {
		fault, series = cmp.Or(fault, result.Error), series+len(result.Series)
	}
	if fault == "not executed" && len(all) > 1 { // a statement alone is told why
		if err := x.deleteByQuery(ctx, all[:1]); err != nil {
			return err
		}
	}
	switch {
	case strings.Contains(fault, "not found"):
		return &influxhttp.Error{StatusCode: http.StatusNotFound, Code: "not found", Message: fault}
	case fault != "":
		return &influxhttp.Error{StatusCode: http.StatusInternalServerError, Code: "not deleted", Message: fault}
	case len(answer.Results) != len(all) || series > 0: // whatever it answered, it was not a DELETE
		x.cannotDelete(errors.New("its answer to DELETE is none"))
		return errAskAgain
	}
	return nil
}

// post sends a body; what is answered goes into out, which may be nil.
func (x *Influx) post(ctx context.Context, address, kind, body string, out any) error {
	x.Stats.Requests.Add(1)
	if err := x.client.HTTPService().DoPostRequest(ctx, address, strings.NewReader(body),
		func(r *http.Request) { r.Header.Set("Content-Type", kind) },
		func(r *http.Response) error {
			defer r.Body.Close()
			if out == nil {
				return nil
			}
			return json.NewDecoder(r.Body).Decode(out)
		}); err != nil { // a nil *Error is no nil error
		return err
	}
	return nil
}

func (x *Influx) cannotDelete(cause error) {
	x.deletes = notAtAll
	x.log.Warn("influx: this server cannot delete points: minutes that turned bad or were withdrawn keep their old values in it",
		"server", cause, "do", "filter by quality > 0, or empty the measurements nielu_* there and run nielu rebuild influx")
}
