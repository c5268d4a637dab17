package centre

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// ReportQuery asks for the balance of a period: of a lot, of a campaign, or
// of an interval.
type ReportQuery struct {
	Plant, Lot, Campaign string
	Interval             measure.Interval
}

// Followed is how far before a period instruments are followed.
const Followed = 28 * 24 * time.Hour

// ErrNoPeriod is wrapped where a query names nothing there is.
var ErrNoPeriod = fmt.Errorf("no such period")

// period finds what a query asks for.
func (q ReportQuery) period(p *pipeline.Plant, lab *pipeline.Lab) (of string, w measure.Interval, err error) {
	switch {
	case q.Lot != "":
		lot, ok := lab.Lot(q.Lot)
		if !ok || lot.Plant != p.ID {
			return "", w, fmt.Errorf("%w: no laboratory file in the log speaks of lot %s of %s; a running centre enters new files", ErrNoPeriod, q.Lot, p.ID)
		}
		of, w = "lot "+lot.ID, lot.Interval
	case q.Campaign != "":
		c, ok := lab.Campaign(q.Campaign)
		if !ok || c.Plant != p.ID {
			return "", w, fmt.Errorf("%w: no laboratory file in the log speaks of campaign %s of %s; a running centre enters new files", ErrNoPeriod, q.Campaign, p.ID)
		}
		of, w = "campaign "+c.ID, c.Interval
	default:
		of, w = "interval", q.Interval
	}
	return of, w.Align(p.BalanceEvery), nil
}

// report makes a report from the projections of a running centre.
func (c *Centre) report(ctx context.Context, q ReportQuery) (pipeline.Report, error) {
	none := pipeline.Report{}
	p := c.plant(q.Plant)
	if p == nil {
		return none, fmt.Errorf("%w: no plant %s", ErrNoPeriod, q.Plant)
	}
	lab, err := c.Store.Lab(ctx)
	if err != nil {
		return none, err
	}
	of, w, err := q.period(p, lab)
	if err != nil {
		return none, err
	}
	// From the evidence, not from the store: what a claim may count is not kept
	// there. One window more in front brings the stocks at the start.
	computed, err := pipeline.Compute(ctx, p, lab, c.Reader, measure.Interval{From: w.From.Add(-p.BalanceEvery), To: w.To})
	if err != nil {
		return none, err
	}
	history, err := c.Store.Balances(ctx, p.ID, measure.Interval{From: w.From.Add(-Followed), To: w.From})
	if err != nil {
		return none, err
	}
	windows, err := c.Store.Balances(ctx, p.ID, w)
	if err != nil {
		return none, err
	}
	return p.Report(of, w, computed.Rollups, lab, history, windows), nil
}

func (c *Centre) plant(id string) *pipeline.Plant {
	for _, p := range c.Plants {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Outlooks judges the plants of a centre's file: what their instruments will
// be able to tell. The laboratory files beside it say how sure analyses are.
func Outlooks(file string) ([]pipeline.Outlook, error) {
	c, err := ReadConfig(file)
	if err != nil {
		return nil, err
	}
	plants, _, err := c.inputs()
	if err != nil {
		return nil, err
	}
	var labs []*pipeline.Lab
	for _, f := range c.labFiles(func(error) {}) { // faults are the affair of Check
		if lab, err := pipeline.ParseLab(f.name, f.body); err == nil {
			labs = append(labs, lab)
		}
	}
	lab, all := pipeline.JoinLabs(labs), []pipeline.Outlook{}
	for _, p := range plants {
		o, err := pipeline.NewNetwork(p).Outlook(lab)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}
