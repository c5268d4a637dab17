package flowsheet

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/carbon"
)

// StackPlan says which stream leaves by the stack, and the most that counts
// where nothing is read of it. Methane and nitrous oxide in it are emissions
// of each lot.
type StackPlan struct {
	Stream   string    `json:"stream"` // a gas
	Groups   []string  `json:"groups"` // symbols of methods; each takes the first that is its own
	Most     StackMost `json:"most"`
	Source   string    `json:"source"`   // who says so of the most
	Biogenic bool      `json:"biogenic"` // nothing but biomass is burnt
}

// StackMost is the most there can be.
type StackMost struct {
	Flow measure.Quantity `json:"flow"` // of dry gas, as m3{N}/h
	CH4  measure.Quantity `json:"ch4"`  // mole shares of dry gas, as [ppm]
	N2O  measure.Quantity `json:"n2o"`
}

// readStack reads the stack of a plant file.
func (p *Plant) readStack(x strict.Node) {
	if !x.Present() {
		return
	}
	f := x.Fields("stream", "group", "most", "source", "fuel")
	x.Need(f, "stream", "group", "most", "source")
	s := &StackPlan{Stream: p.streamName(f["stream"], true), Source: f["source"].Text(), Biogenic: f["fuel"].Choice("biogenic", "fossil") == "biogenic"}
	p.Stack = s
	s.Groups = stackGroups(f["group"])
	most := f["most"].Fields("flow", "ch4", "n2o")
	if f["most"].Present() {
		f["most"].Need(most, "flow", "ch4", "n2o")
	}
	s.Most = StackMost{Flow: aboveZero(most["flow"], measure.NormalCubicMetrePerHour), CH4: mostShare(most["ch4"]), N2O: mostShare(most["n2o"])}
	if p.Product == "" {
		x.Fault("only the statements of a product take it: name product")
	}
	stream, ok := p.Stream(s.Stream)
	if !ok || stream.Phase != Gas {
		return
	}
	if stream.Volume == nil {
		f["stream"].Fault("nothing measures the flow of stream %s: give its volume", stream.ID)
	} else if plan, _ := p.Tag(stream.Volume.Tag); plan.Counter {
		f["stream"].Fault("tag %s is a counter, which books a minute when it is read: give a tag of the flow", plan.Tag)
	}
	if stream.State == nil { // else the most is of another gas than the range: normal and dry
		p.checkMost(most["flow"], s.Most.Flow, stream.Volume, measure.NormalCubicMetrePerHour)
	}
	p.checkMost(most["ch4"], s.Most.CH4, p.ShareOf(stream, "CH4"), measure.One)
	p.checkMost(most["n2o"], s.Most.N2O, p.ShareOf(stream, "N2O"), measure.One)
}

// stackGroups reads one symbol of a method, or a list of them.
func stackGroups(x strict.Node) []string {
	items := []strict.Node{x}
	if x.IsList() {
		if items = x.List(); len(items) == 0 {
			x.Fault("needs at least one symbol of a method, as in E_production")
		}
	}
	var all []string
	for _, item := range items {
		symbol := item.Choice(carbon.StackGroups()...)
		if symbol != "" && slices.Contains(all, symbol) {
			item.Fault("%s is given twice", symbol)
		}
		all = append(all, symbol)
	}
	return all
}

func aboveZero(x strict.Node, u measure.Unit) measure.Quantity {
	v, ok := x.In(u)
	if !ok {
		return measure.Quantity{}
	}
	if !(v > 0) {
		x.Fault("must be above 0: it stands in for what is not read, and unknown is not none")
	}
	q, _ := x.Quantity()
	return q
}

func mostShare(x strict.Node) measure.Quantity {
	q := aboveZero(x, measure.One)
	if share, err := q.In(measure.One); err == nil && share > 1 {
		x.Fault("%s is more than all of the gas: write a share as in \"200 [ppm]\"", q)
	}
	return q
}

// checkMost refuses a most that the file itself says can be exceeded.
func (p *Plant) checkMost(x strict.Node, most measure.Quantity, v *Value, unit measure.Unit) {
	limit, err := most.In(unit)
	if err != nil || limit == 0 || v == nil {
		return
	}
	limit *= 1 + 1e-9 // the same limit in another unit may differ in its last digit
	switch {
	case v.Tag != "":
		plan, _ := p.Tag(v.Tag)
		if c, err := plan.Unit.To(unit); err == nil && !plan.Counter && !math.IsInf(plan.High, 1) && c.Apply(plan.High) > limit {
			x.Fault("%s is below the end of the range of tag %s, %s %s: a reading between them would be more than the most", most, v.Tag, measure.FormatNumber(plan.High), plan.Unit)
		}
	case v.Constant != nil:
		if value, err := v.Constant.In(unit); err == nil && value > limit {
			x.Fault("%s is below %s, which the stream has: the most is no most", most, v.Constant)
		}
	}
}
