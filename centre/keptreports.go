package centre

import (
	"context"
	"sync"
	"time"

	"github.com/nielu/nielu/pipeline"
)

// keptReports keeps the last reports for a moment: a page asks for a report,
// its picture and its plots at once, and each is computed from the evidence.
type keptReports struct {
	mu   sync.Mutex
	kept map[ReportQuery]*keptReport
}

type keptReport struct {
	mu     sync.Mutex // held while it is made: who asks meanwhile waits for it
	made   time.Time
	report pipeline.Report
}

const (
	reportKept  = 20 * time.Second
	mostReports = 16
)

func (c *Centre) keptReport(ctx context.Context, q ReportQuery) (pipeline.Report, error) {
	k := c.reports.of(q)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.made.IsZero() && time.Since(k.made) < reportKept {
		return k.report, nil
	}
	r, err := c.report(ctx, q)
	if err != nil {
		return r, err
	}
	k.report, k.made = r, time.Now()
	return r, nil
}

// of returns the place of a query, and makes room for it.
func (k *keptReports) of(q ReportQuery) *keptReport {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[ReportQuery]*keptReport{}
	}
	if k.kept[q] == nil {
		for old := range k.kept { // any one: it is made again if it is asked for
			if len(k.kept) < mostReports {
				break
			}
			delete(k.kept, old)
		}
		k.kept[q] = &keptReport{}
	}
	return k.kept[q]
}
