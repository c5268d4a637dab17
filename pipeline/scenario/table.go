package scenario

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Write prints readings in and balances out for people to review: of each
// close what every tag read, what every stream carried, how far the balances
// are from closing, what was expected and what came.
func (o *Outcome) Write(to io.Writer) error {
	w := tabwriter.NewWriter(to, 2, 0, 2, ' ', 0)
	p := o.Scenario.Plant
	fmt.Fprintf(w, "%s: %s\n", o.Scenario.File, o.Scenario.About)
	for i := range o.Closed {
		c := &o.Closed[i]
		fmt.Fprintf(w, "\nline %d: %s\n", c.Line, c.Text)
		fmt.Fprintf(w, "  READINGS IN\tmean\tlowest\thighest\t\tcovered\tminutes\n")
		for _, plan := range p.Tags {
			writeTag(w, plan, c.Rollups[plan.Tag])
		}
		writeBalances(w, c)
		for _, x := range c.Expected {
			mark := "met"
			if !x.Met {
				mark = "NOT MET"
			}
			fmt.Fprintf(w, "  %s, line %d: %s\n", mark, x.Line, x.Text)
			if !x.Met || !strings.HasPrefix(x.Text, "flagged") && x.Came != "none" {
				fmt.Fprintf(w, "      came: %s\n", x.Came)
			}
		}
	}
	fmt.Fprintf(w, "\n%d expectations, %d failures\n", o.Checked, len(o.Failures))
	return w.Flush()
}

func writeTag(w io.Writer, plan flowsheet.TagPlan, minutes []rollup.Rollup) {
	sum, covered, low, high, counts := 0.0, 0.0, 0.0, 0.0, map[string]int{}
	for _, r := range minutes {
		counts[r.Quality.String()]++
		if r.Coverage == 0 && r.Count == 0 {
			continue
		}
		if covered == 0 {
			low, high = r.Min, r.Max
		}
		low, high = min(low, r.Min), max(high, r.Max)
		sum += float64(r.Mean * r.Coverage)
		covered += r.Coverage
	}
	name := strings.TrimSpace(plan.Instrument + " " + string(plan.Tag))
	if covered == 0 {
		fmt.Fprintf(w, "  %s\t-\t-\t-\t%s\t0 %%\t%s\n", name, plan.Unit, qualities(counts))
		return
	}
	fmt.Fprintf(w, "  %s\t%.5g\t%.5g\t%.5g\t%s\t%.4g %%\t%s\n", name, sum/covered, low, high, plan.Unit, 100*covered/float64(len(minutes)), qualities(counts))
}

func writeBalances(w io.Writer, c *Closed) {
	r := &c.Report
	fmt.Fprintf(w, "  BALANCES OUT\tmass kg\tdry kg\tcarbon kg\t\tcovered\tquality\n")
	for _, s := range r.Raw.Streams {
		fmt.Fprintf(w, "  %s, %s to %s\t%s\t%s\t%s\t\t%.4g %%\t%s\n", s.Stream, s.From, s.To, digits(s.Mass), digits(s.DryMass), digits(s.Carbon), 100*s.Coverage, s.Quality)
	}
	for _, s := range r.Raw.Stocks {
		fmt.Fprintf(w, "  %s, gained\t%s\t\t%s\t\t\t%s\n", s.Stock, digits(s.Mass), digits(s.Carbon), s.Quality)
	}
	for _, b := range r.Raw.Budgets() {
		if b.In == 0 || b.Out == 0 {
			continue
		}
		closure := "not known"
		if b.Closure != nil {
			closure = fmt.Sprintf("%.2f %%", 100**b.Closure)
		}
		fmt.Fprintf(w, "  %s closes to %s\tin %.5g\tout %.5g\tgained %.4g\t%s\n", b.Name, closure, b.In, b.Out, b.Accumulation, b.Unit)
	}
	for _, m := range r.Raw.Missing {
		if slices.Contains(r.Raw.Unplanned, m) {
			continue // that is so by the plant, not by the story
		}
		fmt.Fprintf(w, "  not known: %s\n", m)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s\n", f.Text)
	}
}

func digits(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'g', 5, 64)
}
