package centre

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/picture"
)

// periods is what the console offers to report of a plant, and what was found
// up to the newest window.
type periods struct {
	Plant     string             `json:"plant"`
	Every     float64            `json:"every"`  // seconds of a window
	Newest    *period            `json:"newest"` // the newest window that is over; null: none yet
	Findings  []pipeline.Finding `json:"findings"`
	Lots      []period           `json:"lots"`
	Campaigns []period           `json:"campaigns"`
}

type period struct {
	Name  string          `json:"name,omitempty"`
	About string          `json:"about,omitempty"`
	From  time.Time       `json:"from"`
	To    time.Time       `json:"to"`
	Check *pipeline.Check `json:"check,omitempty"`
}

// Periods lists lots and campaigns as the laboratory files do.
func (w window) Periods(ctx context.Context, plant string) (any, error) {
	p := w.plant(plant)
	if p == nil {
		return nil, fmt.Errorf("%w: no plant %s", console.ErrNotFound, plant)
	}
	out := periods{Plant: plant, Every: p.BalanceEvery.Seconds(), Findings: []pipeline.Finding{}, Lots: []period{}, Campaigns: []period{}}
	lab, err := w.Store.Lab(ctx)
	if err != nil {
		return nil, err
	}
	if lab != nil {
		for _, lot := range lab.Lots {
			if lot.Plant == plant {
				out.Lots = append(out.Lots, period{Name: lot.ID, From: lot.Interval.From, To: lot.Interval.To})
			}
		}
		for _, c := range lab.Campaigns {
			if c.Plant == plant {
				out.Campaigns = append(out.Campaigns, period{Name: c.ID, About: c.About, From: c.Interval.From, To: c.Interval.To})
			}
		}
	}
	s, err := w.standing(ctx, p)
	if err != nil || s == nil {
		return out, err
	}
	out.Newest = &period{From: s.Interval.From, To: s.Interval.To, Check: s.Balance.Check()}
	for _, f := range s.Findings {
		f.Trace = []pipeline.Trace{}
		out.Findings = append(out.Findings, f)
	}
	return out, nil
}

// Balance answers what is not there with [console.ErrNotFound].
func (w window) Balance(ctx context.Context, plant string, p console.Period) (any, error) {
	return w.reportOf(ctx, plant, p)
}

func (w window) reportOf(ctx context.Context, plant string, p console.Period) (pipeline.Report, error) {
	r, err := w.keptReport(ctx, ReportQuery{plant, p.Lot, p.Campaign, p.Interval})
	if errors.Is(err, ErrNoPeriod) {
		err = fmt.Errorf("%w: %w", console.ErrNotFound, err)
	}
	return r, err
}

// Picture draws what Balance tells.
func (w window) Picture(ctx context.Context, plant string, p console.Period, finding int) ([]byte, error) {
	r, err := w.reportOf(ctx, plant, p)
	switch {
	case err != nil:
		return nil, err
	case finding == 0:
		return picture.Balance(w.plant(plant), &r), nil
	case finding > len(r.Findings):
		return nil, fmt.Errorf("%w: the report has %d findings, not %d", console.ErrNotFound, len(r.Findings), finding)
	}
	return picture.Finding(&r.Findings[finding-1]), nil
}
