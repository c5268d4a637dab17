package diagnosis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Finding is an instrument, or another source of a number, that the balances
// accuse, with what speaks against it.
type Finding struct {
	Name         string      `json:"name"`
	Tag          measure.Tag `json:"tag,omitempty"`
	Instrument   string      `json:"instrument,omitempty"`
	DisplayName  string      `json:"call"`            // how people name it
	Since        int64       `json:"since,omitempty"` // Unix nanoseconds; 0: as long as there are readings
	Grows        bool        `json:"grows"`           // the error grows since then
	Size         float64     `json:"size"`            // positive: it reads too high, in Unit
	SD           float64     `json:"sd"`
	Unit         string      `json:"unit"`
	Percent      *float64    `json:"percent"` // of the reading, for what is not a share itself
	Z            float64     `json:"z"`
	Load         *LoadError  `json:"load,omitempty"` // of an error that goes with the load
	Alternatives []string    `json:"or"`             // what would explain it nearly as well
	Trace        []Trace     `json:"trace"`          // the error over time, were it this one's
	Text         string      `json:"text"`           // what to do and why, in a sentence
}

// Named tells whether the finding accuses somebody: not where more readings
// than a few would explain what happened alike.
func (x *Finding) Named() bool { return len(x.Alternatives) <= mostAlternatives }

// Trace is the estimated error over one stretch of steady running.
type Trace struct {
	From  int64   `json:"from"`
	To    int64   `json:"to"`
	Error float64 `json:"error"`          // against the time before the change, in the unit of the finding
	Load  float64 `json:"load,omitempty"` // of a finding with a load: what should have been read
}

// The limits of following. The probability of accusing a healthy plant, and
// the time to find a bias, are shown by the scenarios of the simulated plants.
const (
	blockLength      = 6 * time.Hour // steady windows are brought together in stretches of it
	blocksBefore     = 8
	blocksAfter      = 3
	mostPasses       = 5
	coverageFactor   = 2.0 // an error within so many of its standard uncertainties is what the instrument is allowed
	mostAlternatives = 3
	leastShare       = 0.0005 // of a reading: an error too small for anybody to act on
	changeLeast      = 30.0   // T: 5.5 standard deviations
	changeMargin     = 6.0    // merit: the best is e³ = 20 times as likely
	mostSuspected    = 3
	chance           = 0.01 // of the global test: so few of healthy plants may be accused of never having agreed
)

// Diagnose looks through the reconciliations of windows in order of time for
// instruments that began to err, and for those that never agreed with the rest.
func Diagnose(n *reconciled.Network, windows []reconciled.Reconciliation) []Finding {
	length := max(blockLength, n.Plant.BalanceEvery)
	f := search{plant: n.Plant, network: n, blocks: blocks(n, windows, length, length/2)}
	return f.run(blocks(n, windows, length, shortestOfSlope))
}

// block is a stretch of steady running.
type block struct {
	from, to int64
	windows  []reconciled.Reconciliation
	values   map[string]float64
}

// blocks brings usable windows together in stretches of a length. One of which
// less than so much is usable is left out.
func blocks(n *reconciled.Network, windows []reconciled.Reconciliation, length, least time.Duration) []block {
	var all []block
	for _, w := range windows {
		if !w.Running || !w.Steady || w.Refused != "" {
			continue
		}
		from := w.From - ((w.From%int64(length))+int64(length))%int64(length)
		if len(all) == 0 || all[len(all)-1].from != from {
			all = append(all, block{from: from, to: from + int64(length)})
		}
		at := &all[len(all)-1]
		at.windows = append(at.windows, w)
	}
	levels := levels(n, all)
	for i := range all {
		all[i].windows = trimToLevels(all[i].windows, levels)
	}
	return slices.DeleteFunc(all, func(b block) bool {
		held := int64(0)
		for _, w := range b.windows {
			held += w.To - w.From
		}
		return held < int64(least)
	})
}

// levels returns the names of the stocks' levels, at the start and at the end
// of a window, that are known in [rollup.Enough] of the windows.
func levels(n *reconciled.Network, blocks []block) (all [][2]string) {
	for i, q := range n.Quantities {
		if q.Role != reconciled.StartRole {
			continue
		}
		names := [2]string{q.Name, n.Quantities[i+1].Name}
		windows, known := 0, 0
		for _, b := range blocks {
			for k := range b.windows {
				if windows++; levelAt(&b.windows[k], names[0]) {
					known++
				}
			}
		}
		if float64(known) >= float64(rollup.Enough*float64(windows)) {
			all = append(all, names)
		}
	}
	return all
}

func levelAt(w *reconciled.Reconciliation, name string) bool {
	x, ok := w.Reading(name)
	return ok && x.Known()
}

// trimToLevels leaves out the windows at the ends of each unbroken run that have
// no level there: one hour in which a hopper was not read, as the first of a
// plant, must not hide for weeks what the hopper checks.
func trimToLevels(windows []reconciled.Reconciliation, levels [][2]string) (out []reconciled.Reconciliation) {
	lacks := func(w *reconciled.Reconciliation, end int) bool {
		return slices.ContainsFunc(levels, func(names [2]string) bool { return !levelAt(w, names[end]) })
	}
	for i := 0; i < len(windows); {
		from, to := i, i+1
		for to < len(windows) && windows[to-1].To == windows[to].From {
			to++
		}
		i = to
		for from < to && lacks(&windows[from], 0) {
			from++
		}
		for from < to && lacks(&windows[to-1], 1) {
			to--
		}
		out = append(out, windows[from:to]...)
	}
	return out
}

type search struct {
	plant   *flowsheet.Plant
	network *reconciled.Network
	blocks  []block
}

func (f *search) run(loose []block) []Finding {
	findings := []Finding{}
	changes, first := f.changes(nil)
	slope := f.slope(loose)
	if slope != nil && !slices.ContainsFunc(changes, func(c Finding) bool { return c.Z >= slope.Z }) {
		findings = append(findings, slope.Finding)
		changes, first = f.changes(slope)
	} else {
		slope = nil
	}
	before := f.offset(first)
	if before != nil && !slope.explains(before) && !slices.ContainsFunc(changes, func(c Finding) bool { return c.Name == before.Name }) {
		findings = append(findings, *before)
	}
	return append(findings, changes...)
}

// windowsOf returns the windows of blocks.
func windowsOf(blocks []block) (all []reconciled.Reconciliation) {
	for _, b := range blocks {
		all = append(all, b.windows...)
	}
	return all
}

// changes finds one change after the other, each time without what the ones
// before explain, and returns the block at which the earliest begins. What a
// slope explains is none.
func (f *search) changes(slope *loadFinding) (findings []Finding, first int) {
	first = len(f.blocks)
	if len(f.blocks) < blocksBefore+blocksAfter {
		return nil, first
	}
	windows := windowsOf(f.blocks)
	whole, observations := f.network.Merge(windows), f.network.MergeObservations(windows)
	linear, err := f.network.Formulate(f.plant.ID, observations).Linearise()
	if err != nil || linear.Rank() == 0 {
		return nil, first
	}
	kept, residuals := f.residuals(f.blocks, linear, observations)
	names, signatures := f.signatures(linear, observations)
	slope.remove(kept, residuals, linear)
	series := balance.Series{
		Residuals: residuals, Signatures: signatures, Floor: floorOf(linear, signatures, observations, names),
		Stated: statedUncertainties(observations, names), Groups: groups(kept), Shared: f.laboratoryCovariance(linear, observations),
	}
	for range mostPasses {
		c, ok := balance.FindChange(series, balance.ChangeLimits{Least: changeLeast, Margin: changeMargin, Before: blocksBefore, After: blocksAfter})
		if !ok {
			break
		}
		if x, _ := whole.Reading(names[c.Signature]); math.Abs(c.Size) > float64(coverageFactor*x.Uncertainty()) {
			findings = append(findings, f.finding(c, kept, residuals, names, whole))
			first = min(first, slices.IndexFunc(f.blocks, func(b block) bool { return b.from == kept[c.At].from }))
		}
		explain(residuals, signatures[c.Signature], c)
	}
	return findings, first
}

func statedUncertainties(whole []reconciled.Observation, names []string) []float64 {
	u := make([]float64, len(names))
	for i, name := range names {
		k := slices.IndexFunc(whole, func(o reconciled.Observation) bool { return o.Name == name })
		u[i] = whole[k].Uncertainty()
	}
	return u
}

// groups numbers the production batches of the blocks: with each of them the
// laboratory's analyses begin anew.
func groups(blocks []block) []int {
	all := make([]int, len(blocks))
	for i := 1; i < len(blocks); i++ {
		all[i] = all[i-1]
		if blocks[i].windows[0].Lot != blocks[i-1].windows[0].Lot {
			all[i]++
		}
	}
	return all
}

// laboratoryCovariance is the covariance of what the laboratory's errors do to the residuals.
func (f *search) laboratoryCovariance(linear *reconcile.Linearisation, whole []reconciled.Observation) [][]float64 {
	out := square(linear.Rank())
	for _, o := range whole {
		if s := linear.Signature(o.Name); o.Lab != "" && s != nil {
			addSquare(out, s, o.Uncertainty())
		}
	}
	return out
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// addSquare adds the covariance of an error of standard deviation u along f.
func addSquare(to [][]float64, f []float64, u float64) {
	for a := range to {
		for b := range to {
			to[a][b] += float64(float64(u*f[a]) * float64(u*f[b]))
		}
	}
}

// residuals returns the residual vector of each block all of whose readings are known.
func (f *search) residuals(blocks []block, linear *reconcile.Linearisation, whole []reconciled.Observation) (kept []block, out [][]float64) {
	for _, b := range blocks {
		readings := map[string]float64{}
		complete := true
		for i, o := range f.network.MergeObservations(b.windows) {
			if !whole[i].Known() {
				continue
			}
			if !o.Known() {
				complete = false
				break
			}
			readings[o.Name] = *o.Value
		}
		if !complete {
			continue
		}
		if r, ok := linear.Residual(readings); ok {
			b.values = readings
			kept, out = append(kept, b), append(out, r)
		}
	}
	return kept, out
}

// signatures returns those of what can be accused of changing: instruments.
// A laboratory value or a stated one changes by itself from lot to lot.
func (f *search) signatures(linear *reconcile.Linearisation, whole []reconciled.Observation) (names []string, all [][]float64) {
	for i, o := range whole {
		q := f.network.Quantities[i]
		if o.Tag == "" || q.Role == reconciled.StartRole || q.Role == reconciled.EndRole {
			continue
		}
		names, all = append(names, o.Name), append(all, linear.Signature(o.Name))
	}
	return names, all
}

// floorOf is the scatter that errors too small to act on would make.
func floorOf(linear *reconcile.Linearisation, signatures [][]float64, whole []reconciled.Observation, names []string) [][]float64 {
	floor := square(linear.Rank())
	for i := range floor {
		floor[i][i] = 1e-12
	}
	for j, f := range signatures {
		if f == nil {
			continue
		}
		k := slices.IndexFunc(whole, func(o reconciled.Observation) bool { return o.Name == names[j] })
		addSquare(floor, f, float64(leastShare*math.Abs(*whole[k].Value)))
	}
	return floor
}

// explain takes out of the residuals what a change accounts for.
func explain(residuals [][]float64, signature []float64, c balance.Change) {
	for b := c.At; b < len(residuals); b++ {
		h := 1.0
		if c.Ramp {
			h = float64(b-c.At+1) / float64(len(residuals)-c.At)
		}
		for i := range residuals[b] {
			residuals[b][i] -= float64(float64(c.Size*h) * signature[i])
		}
	}
}

func (f *search) finding(c balance.Change, kept []block, residuals [][]float64, names []string, whole reconciled.Reconciliation) Finding {
	name := names[c.Signature]
	out := f.accuse(whole, name, c.Size, c.SD, math.Sqrt(c.T))
	out.Since, out.Grows = kept[c.At].from, c.Ramp
	since := kept[c.At:]
	if c.Ramp { // the size is that at the end
		since = since[len(since)-1:]
	}
	after := 0.0
	for _, b := range since {
		after += b.values[name]
	}
	out.percent(after / float64(len(since)))
	for _, j := range c.Others {
		out.Alternatives = append(out.Alternatives, whole.DisplayName(names[j]))
	}
	base := 0.0
	for b := range kept {
		e := dot(c.Filter, residuals[b])
		if b < c.At {
			base += e / float64(c.At)
		}
		out.Trace = append(out.Trace, Trace{From: kept[b].from, To: kept[b].to, Error: e})
	}
	for b := range out.Trace {
		out.Trace[b].Error -= base
	}
	out.sentence(f.leak(name, c.Size))
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

func (f *search) accuse(r reconciled.Reconciliation, name string, size, sd, z float64) Finding {
	x, _ := r.Reading(name)
	return Finding{Name: name, Tag: x.Tag, Instrument: x.Instrument, DisplayName: r.DisplayName(name), Size: size, SD: sd, Unit: x.Unit, Z: z, Alternatives: []string{}, Trace: []Trace{}}
}

// percent states the error as a share of what the reading should have been,
// for what is neither a share itself nor a temperature.
func (x *Finding) percent(reading float64) {
	if x.Unit == measure.One.String() || x.Unit == measure.Kelvin.String() {
		return
	}
	if right := reading - x.Size; right != 0 {
		share := 100 * x.Size / right
		x.Percent = &share
	}
}

// offset accuses a reading that did not agree with the rest from the start,
// beyond what is stated of its uncertainty. An error of calibration lasts: a
// plant is asked once, not every hour, so that the test is a strict one.
func (f *search) offset(blocks int) *Finding {
	if blocks == 0 {
		return nil
	}
	r := f.network.Merge(windowsOf(f.blocks[:blocks]))
	if r.P == nil || *r.P > chance || len(r.Removed) == 0 {
		return nil
	}
	s := r.Removed[0]
	x, ok := r.Reading(s.Name)
	if !ok || s.Bias == nil || s.SD == nil || len(s.Equivalents) > mostSuspected || math.Abs(*s.Bias) <= float64(coverageFactor*x.Uncertainty()) {
		return nil
	}
	sd := balance.RootSum(*s.SD, x.Uncertainty())
	out := f.accuse(r, s.Name, *s.Bias, sd, s.Z)
	if x.Value != nil {
		out.percent(*x.Value)
	}
	for _, name := range s.Equivalents {
		out.Alternatives = append(out.Alternatives, r.DisplayName(name))
	}
	out.sentence(f.leak(s.Name, *s.Bias))
	return &out
}

// leak returns the stream whose material may be lost before the meter that is
// accused of reading too low; "" if it cannot be that.
func (f *search) leak(name string, size float64) string {
	q := f.network.Quantities[f.network.Index[name]]
	if s, ok := f.plant.Stream(q.Stream); ok && q.Role == reconciled.FlowRole && size < 0 && s.From != flowsheet.Environment {
		return s.ID
	}
	return ""
}

// sentence puts the finding into a sentence.
func (x *Finding) sentence(leak string) {
	high := "high"
	if x.Size < 0 {
		high = "low"
	}
	by := fmt.Sprintf("%.2g points", math.Abs(100*x.Size))
	if x.Percent != nil {
		by = fmt.Sprintf("%.1f %%", math.Abs(*x.Percent))
	} else if x.Unit != measure.One.String() {
		by = fmt.Sprintf("%.3g %s", math.Abs(x.Size), x.Unit)
	}
	since := "since the first readings"
	if x.Since != 0 {
		since = "since " + time.Unix(0, x.Since).UTC().Format("Monday 2006-01-02 15:04")
	}
	verb := "reads "
	if x.Grows {
		verb = "drifts, by now "
	}
	switch {
	case !x.Named():
		x.Text = fmt.Sprintf("something changed %s that %d readings would explain alike, %s best: no one can be named yet", strings.TrimPrefix(since, "since "), 1+len(x.Alternatives), x.DisplayName)
		return
	case len(x.Alternatives) > 0:
		x.Text = fmt.Sprintf("check %s or %s: %s%s %s %s, if it is the first (z %.1f)", x.DisplayName, strings.Join(x.Alternatives, " or "), verb, by, high, since, x.Z)
	default:
		x.Text = fmt.Sprintf("replace or calibrate %s: %s%s %s %s (z %.1f)", x.DisplayName, verb, by, high, since, x.Z)
	}
	if leak != "" {
		x.Text += "; or " + leak + " is lost before the meter"
	}
	x.Text = cmp.Or(x.Text, x.DisplayName)
}
