package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/closure"
)

// summary is what the rollups of a tag say over a long time.
type summary struct {
	count   int
	average float64       // of the usable readings, each the same weight
	mean    float64       // of the curve, weighted by time
	covered time.Duration // by the curve
}

// Summary prints the mean of each tag that was read and what the balances add up to.
func (r *Rig) Summary(ctx context.Context, out io.Writer) error {
	w := r.recording.Interval().Align(time.Hour)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TAG\tREADINGS\tMEAN OF READINGS\tMEAN OVER TIME\tUNIT\tCOVERED")
	for _, tag := range r.centre.Config.Plants[0].Tags {
		s, err := r.summarize(ctx, tag.Tag, w)
		if err != nil {
			return err
		}
		if s.count > 0 {
			fmt.Fprintf(table, "%s\t%d\t%.6g\t%.6g\t%s\t%s\n", tag.Tag, s.count, s.average, s.mean, tag.Unit, s.covered)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return r.balance(ctx, out, w)
}

func (r *Rig) summarize(ctx context.Context, tag measure.Tag, w measure.Interval) (s summary, err error) {
	found, err := r.centre.Store.Rollups(ctx, tag, w, time.Hour)
	if err != nil {
		return s, err
	}
	var readings, curve, hours float64
	for _, x := range found.Rollups {
		s.count += x.Count
		readings += float64(x.Average * float64(x.Count))
		curve += float64(x.Mean * x.Coverage)
		hours += x.Coverage
	}
	if s.count > 0 {
		s.average = readings / float64(s.count)
	}
	if hours > 0 {
		s.mean = curve / hours
	}
	s.covered = time.Duration(hours * float64(time.Hour)).Round(time.Second)
	return s, nil
}

// balance prints the raw closures of the windows that are known whole, added up.
func (r *Rig) balance(ctx context.Context, out io.Writer, w measure.Interval) error {
	rows, err := r.centre.Store.Closures(ctx, r.recording.Plant(), w)
	if err != nil {
		return err
	}
	type sums struct {
		in, outward float64
		windows     int
	}
	total := map[string]*sums{"mass": {}, "carbon": {}, "energy": {}}
	for _, row := range rows {
		var c pipeline.Closure
		if err := json.Unmarshal(row, &c); err != nil {
			return err
		}
		for name, budget := range map[string]closure.Budget{"mass": c.Mass, "carbon": c.Carbon, "energy": c.Energy} {
			if budget.Closure != nil {
				s := total[name]
				s.in, s.outward, s.windows = s.in+budget.In, s.outward+budget.Out, s.windows+1
			}
		}
	}
	for _, name := range []string{"mass", "carbon", "energy"} {
		if s := total[name]; s.windows > 0 {
			fmt.Fprintf(out, "%s balance over %d windows: in %.6g, out %.6g, raw closure %.4f\n", name, s.windows, s.in, s.outward, s.outward/s.in)
		}
	}
	return nil
}
