package console

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
)

// Limits of one answer.
const (
	mostRollups  = 20_000               // windows of a rollups answer
	mostClosures = 400 * 24 * time.Hour // interval of a closures answer
	mostBatches  = 1_000
)

// plantIndex is what the console must know to refuse a wrong question.
type plantIndex struct {
	body   json.RawMessage // the whole answer of Plants
	zipped []byte          // body in gzip form
	plants []string
	tags   map[measure.Tag]bool
}

func (c *Console) loadIndex(ctx context.Context) (plantIndex, error) {
	v, err := c.deps.Plants.Plants(ctx)
	if err != nil {
		return plantIndex{}, err
	}
	body, err := marshal(v)
	if err != nil {
		return plantIndex{}, err
	}
	var list []struct {
		Plant string `json:"plant"`
		Tags  []struct {
			Tag measure.Tag `json:"tag"`
		} `json:"tags"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return plantIndex{}, fmt.Errorf("plants: %w", err)
	}
	k := plantIndex{body: body, zipped: zip(body, gzip.BestSpeed), tags: map[measure.Tag]bool{}}
	for _, p := range list {
		k.plants = append(k.plants, p.Plant)
		for _, t := range p.Tags {
			k.tags[t.Tag] = true
		}
	}
	return k, nil
}

func (c *Console) loadNow(ctx context.Context, plant string) ([]byte, error) {
	v, err := c.deps.Plants.Now(ctx, plant)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func (c *Console) plants(w http.ResponseWriter, r *http.Request) {
	if _, bad := parameters(r); bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	k, err := c.index.get(r.Context())
	if err != nil {
		c.answerFailure(w, r, err)
		return
	}
	c.recovered()
	w.Header().Set("Content-Type", jsonType)
	serveBytes(w, r, k.body, k.zipped)
}

func (c *Console) plantNow(w http.ResponseWriter, r *http.Request) {
	if _, bad := parameters(r); bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	plant, ok := c.plantOf(w, r, r.PathValue("plant"))
	if !ok {
		return
	}
	body, err := c.now.get(r.Context(), plant)
	c.answer(w, r, json.RawMessage(body), err)
}

func (c *Console) closures(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "from", "to")
	var span measure.Interval
	if bad == nil {
		span, bad = c.interval(q, 24*time.Hour)
	}
	if bad == nil && span.Length() > mostClosures {
		bad = &problem{fmt.Sprintf("interval %s is longer than %s", span, mostClosures), "ask for a shorter interval"}
	}
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	plant, ok := c.plantOf(w, r, r.PathValue("plant"))
	if !ok {
		return
	}
	v, err := c.deps.History.Closures(r.Context(), plant, span)
	c.answer(w, r, v, err)
}

func (c *Console) rollups(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "tag", "from", "to", "step")
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	tag, err := measure.ParseTag(q.Get("tag"))
	if err != nil {
		refuse(w, http.StatusBadRequest, problem{err.Error(), "name one tag of /api/v1/plants, as in ?tag=pyro1/char/mass_flow"})
		return
	}
	step, bad := rollupStep(q.Get("step"))
	var span measure.Interval
	if bad == nil {
		span, bad = c.interval(q, 60*step)
	}
	if bad == nil && span.Length()/step > mostRollups {
		bad = &problem{
			fmt.Sprintf("%d windows asked for, at most %d are given", span.Length()/step, mostRollups),
			"ask for a shorter interval, or with step=1h",
		}
	}
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	k, err := c.index.get(r.Context())
	if err != nil {
		c.answerFailure(w, r, err)
		return
	}
	if !k.tags[tag] {
		refuse(w, http.StatusNotFound, problem{fmt.Sprintf("tag %q is not known", tag), "see the tags of /api/v1/plants"})
		return
	}
	v, err := c.deps.History.Rollups(r.Context(), tag, span, step)
	c.answer(w, r, v, err)
}

func rollupStep(s string) (time.Duration, *problem) {
	switch s {
	case "", "1m":
		return time.Minute, nil
	case "1h":
		return time.Hour, nil
	}
	return 0, &problem{fmt.Sprintf("step %q is not kept", s), "use step=1m or step=1h"}
}

func (c *Console) batches(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "limit")
	limit := 20
	if bad == nil && q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > mostBatches {
			bad = &problem{fmt.Sprintf("limit %q is not a number from 1 to %d", q.Get("limit"), mostBatches), "ask as in ?limit=20"}
		}
		limit = n
	}
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	v, err := c.deps.Evidence.Batches(r.Context(), limit)
	c.answer(w, r, v, err)
}

func (c *Console) statements(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "plant")
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	plant := q.Get("plant")
	if plant != "" {
		var ok bool
		if plant, ok = c.plantOf(w, r, plant); !ok {
			return
		}
	}
	v, err := c.deps.Evidence.Statements(r.Context(), plant)
	c.answer(w, r, v, err)
}

func (c *Console) metrics(w http.ResponseWriter, r *http.Request) {
	if c.deps.Metrics == nil {
		refuse(w, http.StatusNotFound, problem{"metrics are not served here", "see the centre's configuration"})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	c.deps.Metrics.ServeHTTP(w, r)
}

func (c *Console) healthz(w http.ResponseWriter, r *http.Request) {
	var err error
	if c.deps.Healthy != nil {
		err = c.deps.Healthy()
	}
	c.state(w, r, err)
}

func (c *Console) readyz(w http.ResponseWriter, r *http.Request) {
	var err error
	if c.deps.Ready != nil {
		err = c.deps.Ready(r.Context())
	}
	c.state(w, r, err)
}

// state answers a probe: 200 ok, or 503 and why.
func (c *Console) state(w http.ResponseWriter, _ *http.Request, err error) {
	select {
	case <-c.closing:
		err = errors.Join(err, errors.New("the console is shutting down"))
	default:
	}
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, problem{"not ready: " + err.Error(), "wait, or see the log of the centre"})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}

func (c *Console) noSuchPath(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusNotFound, problem{
		fmt.Sprintf("nothing at %s", r.URL.Path),
		"the page is at /, the API at /api/v1/plants",
	})
}

// plantOf returns the plant if it is known, else it answers 404.
func (c *Console) plantOf(w http.ResponseWriter, r *http.Request, plant string) (string, bool) {
	k, err := c.index.get(r.Context())
	switch {
	case err != nil:
		c.answerFailure(w, r, err)
	case !slices.Contains(k.plants, plant):
		refuse(w, http.StatusNotFound, problem{
			fmt.Sprintf("plant %q is not known", plant),
			"known plants: " + strings.Join(k.plants, ", "),
		})
	default:
		return plant, true
	}
	return "", false
}

// parameters returns the query, or a problem if it cannot be read, has a name
// that is not allowed, or has one twice.
func parameters(r *http.Request, allowed ...string) (url.Values, *problem) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &problem{"query: " + err.Error(), "escape special characters as in %2F"}
	}
	takes := "this path takes no parameter"
	if len(allowed) > 0 {
		takes = "this path takes " + strings.Join(allowed, ", ")
	}
	for name, values := range q {
		switch {
		case !slices.Contains(allowed, name):
			return nil, &problem{fmt.Sprintf("parameter %q is not known", name), takes}
		case len(values) > 1:
			return nil, &problem{fmt.Sprintf("parameter %q is given %d times", name, len(values)), "give it once"}
		}
	}
	return q, nil
}

// interval reads from and to. Without to it ends now, without from it is as
// long as usual.
func (c *Console) interval(q url.Values, usual time.Duration) (measure.Interval, *problem) {
	const do = "give RFC 3339 times with zone, from before to, as in ?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z"
	from, to := q.Get("from"), q.Get("to")
	if to == "" {
		to = c.deps.Clock().UTC().Format(time.RFC3339Nano)
	}
	if from == "" {
		end, err := time.Parse(time.RFC3339Nano, to)
		if err != nil {
			return measure.Interval{}, &problem{fmt.Sprintf("to %q is not a time", to), do}
		}
		from = end.Add(-usual).Format(time.RFC3339Nano)
	}
	w, err := measure.ParseInterval(from, to)
	if err != nil {
		return w, &problem{err.Error(), do}
	}
	return w, nil
}
