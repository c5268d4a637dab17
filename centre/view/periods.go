package view

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/picture"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// Periods is what can be reported of a plant, and what was found up to the
// newest window.
type Periods struct {
	Plant     string              `json:"plant"`
	Every     float64             `json:"every"`  // seconds of a window
	Newest    *Period             `json:"newest"` // the newest window that is over; null: none yet
	Findings  []diagnosis.Finding `json:"findings"`
	Lots      []Period            `json:"lots"`
	Campaigns []Period            `json:"campaigns"`
}

// Period is one that can be reported, or the newest window.
type Period struct {
	Name  string            `json:"name,omitempty"`
	About string            `json:"about,omitempty"`
	From  time.Time         `json:"from"`
	To    time.Time         `json:"to"`
	Check *reconciled.Check `json:"check,omitempty"`
}

// Periods lists lots and campaigns as the laboratory files do.
func (v *View) Periods(ctx context.Context, plant string) (out Periods, err error) {
	p, err := v.archive.Plant(plant)
	if err != nil {
		return out, err
	}
	out = Periods{Plant: plant, Every: p.BalanceEvery.Seconds(), Findings: []diagnosis.Finding{}, Lots: []Period{}, Campaigns: []Period{}}
	lab, err := v.store.Lab(ctx)
	if err != nil {
		return out, err
	}
	if lab != nil {
		for _, lot := range lab.Lots {
			if lot.Plant == plant {
				out.Lots = append(out.Lots, Period{Name: lot.ID, From: lot.Interval.From, To: lot.Interval.To})
			}
		}
		for _, c := range lab.Campaigns {
			if c.Plant == plant {
				out.Campaigns = append(out.Campaigns, Period{Name: c.ID, About: c.About, From: c.Interval.From, To: c.Interval.To})
			}
		}
	}
	s, err := v.Status(ctx, p)
	if err != nil || s == nil {
		return out, err
	}
	out.Newest = &Period{From: s.Interval.From, To: s.Interval.To, Check: s.Balance.Check()}
	for _, f := range s.Findings {
		f.Trace = []diagnosis.Trace{}
		out.Findings = append(out.Findings, f)
	}
	return out, nil
}

// NoFinding says that a report has no finding of the number that was asked for.
type NoFinding struct{ Findings, Asked int }

func (e NoFinding) Error() string {
	return fmt.Sprintf("the report has %d findings, not %d", e.Findings, e.Asked)
}

// Picture draws the report of a period: its flowsheet, or the error of its
// first, second, ... finding over time.
func (v *View) Picture(ctx context.Context, q archive.Query, finding int) ([]byte, error) {
	r, err := v.Report(ctx, q)
	if err != nil {
		return nil, err
	}
	if finding == 0 {
		p, err := v.archive.Plant(q.Plant)
		return picture.Balance(p, &r), err
	}
	if finding > len(r.Findings) {
		return nil, NoFinding{Findings: len(r.Findings), Asked: finding}
	}
	return picture.Finding(&r.Findings[finding-1]), nil
}
