package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/picture"
	"github.com/nielu/nielu/pipeline/rollup"
)

// flows draws what flowed where, and says what the process did.
func (c *composer) flows() Section {
	s := Section{ID: "flows", Title: "What flowed where"}
	const reconciled = "Each stream as it is when every balance closes. A line is as wide as its mass flow is large; what the readings leave unexplained is drawn as a flow of its own."
	switch {
	case c.Balance != nil:
	case c.Merged != nil && c.Merged.Windows > 0:
		r := &pipeline.PeriodReport{Plant: c.Plant.ID, Name: c.Plant.Name, Of: "interval", Interval: c.Merged.Interval, Balance: *c.Merged}
		return s.with(Block{Figure: &Figure{picture.Balance(c.Plant, r), reconciled}},
			Block{Empty: "What the process did, the raw balance of the whole interval and which instrument to look at are not worked out here: nielu report and nielu balance do that from the log. The closure of each window is below."})
	default:
		return s.with(Block{Figure: &Figure{picture.Flowsheet(c.Plant, picture.Values{}), "What measures each flow. No balance of the interval was computed for this report."}})
	}
	r := c.Balance
	s.Blocks = append(s.Blocks, Block{Figure: &Figure{picture.Balance(c.Plant, r), reconciled}})
	raw := &Table{Caption: fmt.Sprintf("Raw balance, %s: nothing corrected, nothing closed by difference. Covered: %s, quality: %s.", span(r.Interval), percent(r.Raw.Coverage), r.Raw.Quality),
		Columns: []Column{{Name: "Balance", Room: 20}, {Name: "In", Number: true, Room: 20}, {Name: "Out", Number: true, Room: 20}, {Name: "Gained", Number: true, Room: 16}, {Name: "Unit", Room: 10}, {Name: "Closure", Number: true, Room: 14}}}
	for _, b := range r.Raw.Budgets() {
		raw.Rows = append(raw.Rows, []string{b.Name, number(b.In, 6), number(b.Out, 6), number(b.Accumulation, 4), b.Unit, percentOf(b.Closure)})
	}
	s.Blocks = append(s.Blocks, Block{Table: raw})
	if len(r.Raw.Missing) > 0 {
		s.Blocks = append(s.Blocks, Block{Heading: "Not known in the balance", List: r.Raw.Missing})
	}
	findings := Block{Heading: "Instruments to look at", Empty: "None: no reading contradicts the balances beyond what is stated of it."}
	for _, f := range r.Findings {
		findings.Empty = ""
		findings.List = append(findings.List, f.Text)
	}
	s.Blocks = append(s.Blocks, findings)
	t := indicatorTable("What the process did. None of it enters a statement.")
	for _, i := range r.Indicators {
		if i.Claim.Ledger == measure.NoLedger {
			t.Rows = append(t.Rows, indicatorRow(i, measure.NoLedger))
		}
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Heading: "Process", Table: t})
	}
	return s
}

// closures plots the raw closure of the windows over time.
func (c *composer) closures() Section {
	s := Section{ID: "closures", Title: "Closure of the balances"}
	mass, carbon, energy := picture.Series{Name: "mass"}, picture.Series{Name: "carbon"}, picture.Series{Name: "energy"}
	known, whys := 0, map[string]int{}
	for _, x := range c.Readings.Closures {
		middle := at(x.From + (x.To-x.From)/2)
		for _, of := range []struct {
			to *picture.Series
			k  *float64
		}{{&mass, x.Mass}, {&carbon, x.Carbon}, {&energy, x.Energy}} {
			p := picture.Point{At: middle, Value: nan}
			if of.k != nil {
				p.Value = 100 * *of.k
				known++
			}
			of.to.Points = append(of.to.Points, p)
		}
		if x.Mass == nil && x.Why != "" {
			whys[x.Why]++
		}
	}
	if known == 0 {
		return s.with(Block{Empty: "No window of the interval has a closure: " + orElse(commonest(whys), "nothing was computed") + "."})
	}
	every := time.Duration(c.Readings.Closures[0].To - c.Readings.Closures[0].From)
	s.Blocks = append(s.Blocks, Block{Figure: &Figure{picture.Plot(picture.Chart{
		Title: "Raw closure, (out + gained) / in", About: fmt.Sprintf("Windows of %s. A hole is a window whose closure is not known.", durationWords(every)), Unit: "%",
		From: c.Interval.From, To: c.Interval.To, Series: []picture.Series{mass, carbon, energy},
		Levels: []picture.Level{{Value: 100, Text: "closed"}},
	}), "Nothing is corrected in this picture: it shows how far the instruments are from agreeing."}})
	holes := 0
	for _, n := range whys {
		holes += n
	}
	text := fmt.Sprintf("%s; of %d the closure of mass is not known.", count(len(c.Readings.Closures), "window", "windows"), unknownMass(c.Readings.Closures))
	if holes > 0 {
		text += " Most often: " + commonest(whys) + "."
	}
	return s.with(Block{Note: text})
}

func unknownMass(all []Closure) (n int) {
	for _, x := range all {
		if x.Mass == nil {
			n++
		}
	}
	return n
}

// commonest returns the reason that is given most often.
func commonest(whys map[string]int) (best string) {
	for why, n := range whys {
		if m := whys[best]; n > m || n == m && why < best {
			best = why
		}
	}
	return best
}

func durationWords(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return count(int(d/time.Hour), "hour", "hours")
	case d%time.Minute == 0:
		return count(int(d/time.Minute), "minute", "minutes")
	}
	return d.String()
}

// temperatures plots how hot the process was.
func (c *composer) temperatures() Section {
	s := Section{ID: "temperatures", Title: "Temperature of the process"}
	for _, curve := range c.Readings.Temperatures {
		mean, low, high := picture.Series{Name: "mean"}, picture.Series{Name: "lowest"}, picture.Series{Name: "highest"}
		known := false
		for _, x := range curve.Steps {
			middle := at(x.From + (x.To-x.From)/2)
			p := [3]float64{nan, nan, nan}
			if x.Coverage > 0 {
				p, known = [3]float64{x.Mean, x.Min, x.Max}, true
			}
			for i, to := range []*picture.Series{&mean, &low, &high} {
				to.Points = append(to.Points, picture.Point{At: middle, Value: p[i]})
			}
		}
		if !known {
			s.Blocks = append(s.Blocks, Block{Empty: fmt.Sprintf("%s (%s) has no usable value in the interval.", curve.About, curve.Tag)})
			continue
		}
		step := time.Duration(curve.Steps[0].To - curve.Steps[0].From)
		chart := picture.Chart{Title: orElse(curve.About, string(curve.Tag)), About: fmt.Sprintf("%s. Each %s: mean, lowest and highest of the usable values.", curve.Tag, durationWords(step)),
			Unit: curve.Unit, From: c.Interval.From, To: c.Interval.To, Series: []picture.Series{mean, low, high}, High: 180}
		if step <= rollup.Step {
			chart.Series, chart.About = chart.Series[:1], fmt.Sprintf("%s. Each minute: mean of the usable values.", curve.Tag)
		}
		if curve.HasRule {
			chart.Levels = c.enteredTemperatures(curve.Unit)
		}
		s.Blocks = append(s.Blocks, Block{Figure: &Figure{picture.Plot(chart), ""}})
	}
	if len(c.Readings.Temperatures) == 0 {
		return s.with(Block{Empty: "The plant file names no temperature."})
	}
	return s
}

// enteredTemperatures returns the production temperature that was entered of the lots.
func (c *composer) enteredTemperatures(unit string) (levels []picture.Level) {
	for _, f := range c.lots {
		t := f.lot.Use.ProductionTemperature
		if t == nil || unit != celsius.String() || slices.ContainsFunc(levels, func(l picture.Level) bool { return l.Value == *t }) {
			continue
		}
		levels = append(levels, picture.Level{Value: *t, Text: "entered for the lot"})
	}
	return levels
}

// instruments lists what measured, and over which time its calibration counts.
func (c *composer) instruments() Section {
	s := Section{ID: "instruments", Title: "Instruments and calibrations"}
	t := &Table{Columns: []Column{{Name: "Instrument", Room: 12}, {Name: "Tag", Room: 24, Code: true}, {Name: "What it measures", Room: 22}, {Name: "Unit", Room: 9}, {Name: "± u, stated", Number: true, Room: 12}, {Name: "Calibrated", Room: 21}}}
	var names []string
	weighs := claim.ProductTags(c.Plant)
	for _, tag := range c.Plant.Tags {
		about := tag.About
		if slices.Contains(weighs, tag.Tag) {
			about += " (counts the product)"
		}
		t.Rows = append(t.Rows, []string{orElse(tag.Instrument, "not named"), string(tag.Tag), about, orElse(unit(tag.Unit.String()), "1"), statedU(tag), c.calibrated(tag.Instrument)})
		if tag.Instrument != "" && !slices.Contains(names, tag.Instrument) {
			names = append(names, tag.Instrument)
		}
	}
	s.Blocks = append(s.Blocks, Block{Table: t})
	if chart := c.bars(names); len(chart.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Heading: "Calibrations over the interval", Figure: &Figure{picture.Bars(chart), "A bar is a time over which a calibration on record counts. Where an instrument has no bar, nothing shows that it was calibrated."}})
	} else {
		s.Blocks = append(s.Blocks, Block{Heading: "Calibrations over the interval", Empty: "No calibration of an instrument of this plant is on record, so nothing shows that one counts. Enter a record calibration: with its certificate."})
	}
	return s.with(c.downtimes())
}

func statedU(t flowsheet.TagPlan) string {
	switch u := t.Uncertainty; {
	case u == nil:
		return "not stated"
	case u.Relative:
		return number(100*u.Value, 3) + " %"
	default:
		return number(u.Value, 3)
	}
}

// calibrated says how the calibrations of an instrument cover the interval.
func (c *composer) calibrated(instrument string) string {
	var all []string
	for _, k := range c.lab.Calibrations {
		if k.Plant == c.Plant.ID && k.Instrument == instrument && instrument != "" {
			all = append(all, fmt.Sprintf("%s to %s (%s)", day(k.Interval.From), day(k.Interval.To), k.Record))
		}
	}
	return orElse(strings.Join(all, "; "), "nothing on record")
}

// bars draws calibrations and downtimes over the interval and the lots.
func (c *composer) bars(instruments []string) picture.BarChart {
	chart := picture.BarChart{Title: "Calibrations on record", From: c.Interval.From, To: c.Interval.To}
	for _, f := range c.lots {
		if !f.lot.Open {
			chart.From, chart.To = earlier(chart.From, f.lot.Interval.From), later(chart.To, f.lot.Interval.To)
			chart.Spans = append(chart.Spans, picture.Bar{From: f.lot.Interval.From, To: f.lot.Interval.To, Text: f.lot.ID})
		}
	}
	any := false
	slices.Sort(instruments)
	for _, name := range instruments {
		row := picture.BarRow{Name: name}
		for _, k := range c.lab.Calibrations {
			if k.Plant == c.Plant.ID && k.Instrument == name && k.Interval.Overlaps(measure.Interval{From: chart.From, To: chart.To}) {
				row.Bars = append(row.Bars, picture.Bar{From: k.Interval.From, To: k.Interval.To, Text: k.Record})
				any = true
			}
		}
		chart.Rows = append(chart.Rows, row)
	}
	if !any {
		chart.Rows = nil
	}
	return chart
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (c *composer) downtimes() Block {
	b := Block{Heading: "Downtimes on record"}
	t := &Table{Columns: []Column{{Name: "From, UTC", Room: 20}, {Name: "To, UTC", Room: 20}, {Name: "Kind", Room: 16}, {Name: "About", Room: 44}}}
	for _, d := range c.lab.Downtimes {
		if d.Plant == c.Plant.ID && d.Interval.Overlaps(c.Interval) {
			t.Rows = append(t.Rows, []string{minute(d.Interval.From), minute(d.Interval.To), d.Kind, orElse(d.About, none)})
		}
	}
	if len(t.Rows) == 0 {
		b.Empty = "None is entered for the interval."
		return b
	}
	b.Table = t
	return b
}

// missing says what is not known: coverage of each tag, and every gap.
func (c *composer) missing() Section {
	s := Section{ID: "gaps", Title: "What is missing"}
	if len(c.Readings.Coverage) == 0 {
		s.Blocks = append(s.Blocks, Block{Heading: "Coverage", Empty: "No readings were computed for this report."})
	} else {
		t := &Table{Caption: "How much of the interval each tag was known for. What is not covered counts for nothing.",
			Columns: []Column{{Name: "Tag", Room: 46, Code: true}, {Name: "Unit", Room: 16}, {Name: "Usable readings", Number: true, Room: 20}, {Name: "Coverage", Number: true, Room: 18}}}
		for _, x := range c.Readings.Coverage {
			t.Rows = append(t.Rows, []string{string(x.Tag), orElse(unit(x.Unit), "1"), thousands(float64(x.Usable), 0), thousands(100*x.Share, 2) + " %"})
		}
		s.Blocks = append(s.Blocks, Block{Heading: "Coverage", Table: t})
	}
	s.Blocks = append(s.Blocks, gapTable("Times without a usable value", c.Readings.Gaps, "Tags", "None: no tag was without a usable value for longer than the plant file lets one stand."))
	if c.Declared != nil {
		s.Blocks = append(s.Blocks, gapTable("Gaps in the evidence", c.Declared, "Gateway", "None: the chains of the gateways have no hole."))
	}
	return s
}

// mostGaps is how many gaps a page lists; the workbook has them all.
const mostGaps = 60

func gapTable(heading string, gaps []Gap, who, absent string) Block {
	if len(gaps) == 0 {
		return Block{Heading: heading, Empty: absent}
	}
	t := &Table{Columns: []Column{{Name: "From, UTC", Room: 17}, {Name: "To, UTC", Room: 17}, {Name: "Length", Number: true, Room: 12}, {Name: who, Room: 34}, {Name: "Why", Room: 20}}}
	for _, g := range gaps[:min(len(gaps), mostGaps)] {
		t.Rows = append(t.Rows, []string{minute(g.From), minute(g.To), g.To.Sub(g.From).Truncate(time.Minute).String(), g.Who, g.Why})
	}
	if len(gaps) > mostGaps {
		t.Caption = fmt.Sprintf("The first %d of %d; the workbook lists all.", mostGaps, len(gaps))
	}
	return Block{Heading: heading, Table: t}
}

// evidence names the log and says how to check all this.
func (c *composer) evidence() Section {
	s := Section{ID: "evidence", Title: "How to check this report"}
	facts := []Fact{{"Plant file", "sha256:" + orElse(c.Plant.Digest, "not known")}}
	if c.Log.Origin != "" {
		facts = append([]Fact{{"Evidence log", fmt.Sprintf("%s, %d leaves", c.Log.Origin, c.Log.Size)}, {"Root of its tree", orElse(c.Log.Root, "not read")}}, facts...)
	}
	return s.with(Block{Facts: facts}, Block{Para: "A figure counts only if it can be made again from the leaves of the log. nielu-audit verify does that from a bundle, without the network and without trusting whoever made it: it decodes the raw words of the instruments, closes the balances, works out the account and compares it with the statement's text."},
		Block{Note: "What no report can show: that an instrument told the truth. Closures, calibrations and coverage stand here for that reason."})
}
