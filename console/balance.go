package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// mostBalance is the longest period that is reported in one answer.
const mostBalance = 100 * 24 * time.Hour

// balanceWait is how long the computing of a report may take: a hundred days
// are read from the evidence, minute by minute.
const balanceWait = 5 * time.Minute

// picturePolicy lets a picture have its own style, and nothing else.
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// periods answers with the periods that can be reported.
func (c *Console) periods(w http.ResponseWriter, r *http.Request) {
	if _, bad := parameters(r); bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	plant, ok := c.plantOf(w, r, r.PathValue("plant"))
	if !ok {
		return
	}
	v, err := c.deps.Balances.Periods(r.Context(), plant)
	c.answer(w, r, v, err)
}

// balance answers with the balance of a lot, a campaign or an interval.
func (c *Console) balance(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "lot", "campaign", "from", "to")
	plant, period, ok := c.periodOf(w, r, q, bad)
	if !ok {
		return
	}
	v, err := c.deps.Balances.Balance(r.Context(), plant, period)
	if !answerAbsent(w, err) {
		c.answer(w, r, v, err)
	}
}

// balancePicture answers with a picture of the same.
func (c *Console) balancePicture(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "lot", "campaign", "from", "to", "finding")
	finding := 0
	if bad == nil && q.Has("finding") {
		n, err := strconv.Atoi(q.Get("finding"))
		if err != nil || n < 1 {
			bad = &problem{fmt.Sprintf("finding %q is not a number from 1", q.Get("finding")), "ask as in &finding=1, or leave it out for the flowsheet"}
		}
		finding = n
	}
	plant, period, ok := c.periodOf(w, r, q, bad)
	if !ok {
		return
	}
	body, err := c.deps.Balances.Picture(r.Context(), plant, period, finding)
	switch {
	case answerAbsent(w, err):
	case err != nil:
		c.answerFailure(w, r, err)
	default:
		c.recovered()
		w.Header().Set("Content-Type", "image/svg+xml")
		w.Header().Set("Content-Security-Policy", picturePolicy)
		serveBytes(w, r, body, nil)
	}
}

// answerAbsent answers 404 for an error that says there is no such thing.
func answerAbsent(w http.ResponseWriter, err error) bool {
	if !errors.Is(err, ErrNotFound) {
		return false
	}
	refuse(w, http.StatusNotFound, problem{err.Error(), "see the laboratory files for lots and campaigns"})
	return true
}

// periodOf returns the plant and the period that are asked for, else it refuses.
func (c *Console) periodOf(w http.ResponseWriter, r *http.Request, q url.Values, bad *problem) (plant string, p Period, ok bool) {
	p.Lot, p.Campaign = q.Get("lot"), q.Get("campaign")
	named := 0
	for _, given := range []bool{p.Lot != "", p.Campaign != "", q.Has("from") || q.Has("to")} {
		if given {
			named++
		}
	}
	if bad == nil && named > 1 {
		bad = &problem{"more than one of lot, campaign and an interval is asked for", "ask for one, as in ?lot=pyro1-2026-w45"}
	}
	if bad == nil {
		p.Interval, bad = c.interval(q, 24*time.Hour)
	}
	if bad == nil && p.Interval.Length() > mostBalance {
		bad = &problem{"an interval of more than 100 days is asked for", "ask for a shorter one, or run nielu balance on the centre"}
	}
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return "", p, false
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(balanceWait)) // where it cannot be set there is none
	plant, ok = c.plantOf(w, r, r.PathValue("plant"))
	return plant, p, ok
}
