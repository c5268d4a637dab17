package diagnosis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// LoadError is an error that goes with the load: with how much flows.
type LoadError struct {
	Low     float64 `json:"low"`    // what should have been read at low load, in the unit of the finding
	High    float64 `json:"high"`   // and at high load; 5 % of the stretches lie beyond each
	AtLow   float64 `json:"at_low"` // the error there, in %
	AtHigh  float64 `json:"at_high"`
	Percent float64 `json:"u"` // standard uncertainty of half the difference of the two, in points
}

// The limits of looking for a slope. That healthy plants are left alone is
// shown by the scenarios of the simulated plants.
const (
	shortestOfSlope = time.Hour // of usable windows in a stretch
	fewestOfSlope   = 20        // stretches
	rangeOfSlope    = 1.15      // of loads: below it there is nothing to tell
	chanceOfSlope   = 1e-4      // of accusing anybody in a series without one
)

// loadFinding is an instrument whose error goes with the load.
type loadFinding struct {
	Finding
	line  balance.Slope
	names []string // of it, and of what would explain it nearly as well
}

// slope looks for an instrument whose error goes with the load.
func (f *search) slope(blocks []block) *loadFinding {
	if len(blocks) < fewestOfSlope {
		return nil
	}
	windows := windowsOf(blocks)
	whole, observations := f.network.Merge(windows), f.network.MergeObservations(windows)
	linear, err := f.network.Formulate(f.plant.ID, observations).Linearise()
	if err != nil || linear.Rank() == 0 {
		return nil
	}
	kept, residuals := f.residuals(blocks, linear, observations)
	names, signatures := f.signatures(linear, observations)
	loads, systematic := make([][]float64, len(names)), make([][]balance.SystematicError, len(names))
	candidates := 0
	for j, name := range names {
		if q := f.network.Quantities[f.network.Index[name]]; q.Role == reconciled.FlowRole && signatures[j] != nil {
			loads[j], systematic[j] = loadsOf(kept, name), f.systematic(kept, linear, observations, name)
			candidates++
		}
	}
	if candidates == 0 {
		return nil
	}
	series := balance.Series{
		Residuals: residuals, Signatures: signatures, Floor: floorOf(linear, signatures, observations, names),
		Stated: statedUncertainties(observations, names), Groups: groups(kept), Shared: f.laboratoryCovariance(linear, observations),
	}
	least := reconcile.MaximumLimit(chanceOfSlope, candidates)
	line, ok := balance.FindSlope(series, loads, systematic, balance.SlopeLimits{Least: float64(least * least), Margin: changeMargin, Fewest: fewestOfSlope, Range: rangeOfSlope})
	if !ok || math.Abs(line.Swing()) <= float64(coverageFactor*series.Stated[line.Signature]) {
		return nil
	}
	if c, ok := balance.FindChange(series, balance.ChangeLimits{Least: changeLeast, Margin: changeMargin, Before: blocksBefore, After: blocksAfter}); ok && c.T >= line.T {
		return nil // what began one day moved the loads too
	}
	return f.loadFindingOf(line, kept, residuals, names, loads[line.Signature], whole)
}

// loadsOf returns what a reading is in each block when the balances close; not
// a number where they do not tell.
func loadsOf(blocks []block, name string) []float64 {
	all := make([]float64, len(blocks))
	for i := range blocks {
		all[i] = blocks[i].load(name)
	}
	return all
}

func (b *block) load(name string) float64 {
	sum, hours := 0.0, 0.0
	for _, w := range b.windows {
		if x, ok := w.Reading(name); ok && x.Reconciled != nil {
			length := float64(w.To-w.From) / 3.6e12
			sum, hours = sum+float64(length**x.Reconciled), hours+length
		}
	}
	return sum / hours
}

// systematic returns what the systematic errors of all but one reading may do. An
// error that is stated as a share goes with what is read, that of an analysis
// with the stream it belongs to; others stay as they are.
func (f *search) systematic(blocks []block, linear *reconcile.Linearisation, whole []reconciled.Observation, but string) (all []balance.SystematicError) {
	for i, o := range whole {
		q := f.network.Quantities[i]
		signature := linear.Signature(o.Name)
		if signature == nil || o.Name == but || !(o.Systematic > 0) || q.Role == reconciled.StartRole || q.Role == reconciled.EndRole {
			continue
		}
		l := balance.SystematicError{Signature: signature, U: o.Systematic}
		switch {
		case q.Role == reconciled.FlowRole && f.relative(q):
			l.Shape = shapeOf(blocks, o.Name)
		case q.Role != reconciled.FlowRole:
			l.Shape = shapeOf(blocks, f.network.Flows[q.Stream])
		default:
			l.Shape = shapeOf(blocks, "")
		}
		all = append(all, l)
	}
	return all
}

// relative tells whether the uncertainty of a quantity is stated as a share of it.
func (f *search) relative(q reconciled.Quantity) bool {
	u := q.Source.Uncertainty
	if q.Source.Tag != "" {
		plan, _ := f.plant.Tag(q.Source.Tag)
		u = plan.Uncertainty
	}
	return u != nil && u.Relative
}

// shapeOf returns what flowed in each block beside the mean; 1 of what nobody knows.
func shapeOf(blocks []block, name string) []float64 {
	loads := loadsOf(blocks, name)
	mean, n := 0.0, 0.0
	for _, x := range loads {
		if !math.IsNaN(x) {
			mean, n = mean+x, n+1
		}
	}
	mean /= n
	for i, x := range loads {
		if loads[i] = x / mean; math.IsNaN(loads[i]) || math.IsInf(loads[i], 0) {
			loads[i] = 1
		}
	}
	return loads
}

func (f *search) loadFindingOf(line balance.Slope, kept []block, residuals [][]float64, names []string, loads []float64, whole reconciled.Reconciliation) *loadFinding {
	name := names[line.Signature]
	half := (line.High - line.Low) / line.Centre / 2
	out := &loadFinding{line: line, names: []string{name}, Finding: f.accuse(whole, name, line.Swing(), float64(line.SD*half), math.Sqrt(line.T))}
	for _, j := range line.Others {
		out.names, out.Alternatives = append(out.names, names[j]), append(out.Alternatives, whole.DisplayName(names[j]))
	}
	var reads, at []float64
	for b, x := range loads {
		if !(x > 0) {
			continue
		}
		reading := kept[b].values[name]
		reads, at = append(reads, reading), append(at, x)
		e := dot(line.Filter, residuals[b])
		out.Trace = append(out.Trace, Trace{From: kept[b].from, To: kept[b].to, Error: e, Load: reading - e})
	}
	read := straight(at, reads)
	low, high := read(line.Low)-line.At(line.Low), read(line.High)-line.At(line.High)
	out.Load = &LoadError{Low: low, High: high, AtLow: 100 * line.At(line.Low) / low, AtHigh: 100 * line.At(line.High) / high, Percent: 100 * line.SD * half / line.Centre}
	if high < float64(rangeOfSlope*low) { // it is the error that moved the load
		return nil
	}
	out.Text = out.Load.sentence(&out.Finding)
	return out
}

// straight returns the least-squares line through points.
func straight(x, y []float64) func(float64) float64 {
	var mx, my, product, square float64
	for i := range x {
		mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(x))
	}
	for i := range x {
		product += float64((x[i] - mx) * (y[i] - my))
		square += float64((x[i] - mx) * (x[i] - mx))
	}
	return func(at float64) float64 { return my + float64(product/square*(at-mx)) }
}

// sentence puts the finding into a sentence.
func (l *LoadError) sentence(x *Finding) string {
	side := func(percent float64) string {
		if percent < 0 {
			return fmt.Sprintf("%.1f %% low", -percent)
		}
		return fmt.Sprintf("%.1f %% high", percent)
	}
	what := fmt.Sprintf("reads %s at %s %s and %s at %s %s", side(l.AtLow), threeDigits(l.Low), x.Unit, side(l.AtHigh), threeDigits(l.High), x.Unit)
	switch {
	case len(x.Alternatives) > mostAlternatives:
		return fmt.Sprintf("an error goes with the load that %d readings would explain alike, %s best: no one can be named yet", 1+len(x.Alternatives), x.DisplayName)
	case len(x.Alternatives) > 0:
		return fmt.Sprintf("check %s or %s: an error goes with the load, %s, if it is the first (z %.1f)", x.DisplayName, strings.Join(x.Alternatives, " or "), what, x.Z)
	}
	return fmt.Sprintf("replace or calibrate %s: its error goes with the load, %s (z %.1f)", x.DisplayName, what, x.Z)
}

// threeDigits writes a number with three digits and without a power of ten.
func threeDigits(x float64) string {
	text := strconv.FormatFloat(x, 'g', 3, 64)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return text
}

// explains tells whether a reading that never agreed is one that goes with the
// load, or cannot be told from it.
func (s *loadFinding) explains(before *Finding) bool {
	return s != nil && (slices.Contains(s.names, before.Name) || slices.Contains(before.Alternatives, s.DisplayName))
}

// remove takes out of the residuals what the slope accounts for.
func (s *loadFinding) remove(kept []block, residuals [][]float64, linear *reconcile.Linearisation) {
	if s == nil {
		return
	}
	signature := linear.Signature(s.Name)
	if signature == nil {
		return
	}
	for b := range kept {
		if load := kept[b].load(s.Name); load > 0 {
			e := s.line.At(load)
			for i := range residuals[b] {
				residuals[b][i] -= float64(e * signature[i])
			}
		}
	}
}
