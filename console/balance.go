package console

import (
	"errors"
	"net/http"
	"time"

	"github.com/nielu/nielu/measure"
)

// mostBalance is the longest period that is reported in one answer.
const mostBalance = 100 * 24 * time.Hour

// balance answers with the balance of a lot, a campaign or an interval.
func (c *Console) balance(w http.ResponseWriter, r *http.Request) {
	q, bad := parameters(r, "lot", "campaign", "from", "to")
	lot, campaign := q.Get("lot"), q.Get("campaign")
	named := 0
	for _, given := range []bool{lot != "", campaign != "", q.Has("from") || q.Has("to")} {
		if given {
			named++
		}
	}
	if bad == nil && named > 1 {
		bad = &problem{"more than one of lot, campaign and an interval is asked for", "ask for one, as in ?lot=pyro1-2026-w45"}
	}
	var span measure.Interval
	if bad == nil {
		span, bad = c.interval(q, 24*time.Hour)
	}
	if bad == nil && span.Length() > mostBalance {
		bad = &problem{"an interval of more than 100 days is asked for", "ask for a shorter one, or run nielu balance on the centre"}
	}
	if bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	plant, ok := c.plantOf(w, r, r.PathValue("plant"))
	if !ok {
		return
	}
	v, err := c.deps.History.Balance(r.Context(), plant, lot, campaign, span)
	if errors.Is(err, ErrNotFound) {
		refuse(w, http.StatusNotFound, problem{err.Error(), "see the laboratory files for lots and campaigns"})
		return
	}
	c.answer(w, r, v, err)
}
