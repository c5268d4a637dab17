package flowsheet

import (
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Conditions says which tags show what people would otherwise have to write.
//
//	kiln_temperature: TAG               # the coldest that counts as carbonisation; else the temperatures under uniform
//	flame: { tag: TAG, above: LIMIT }   # above it the pyrolysis gas is burnt
//	soil: { tag: TAG, depth: 30 cm }    # of the place where the product stays, as a landfill's cover
type Conditions struct {
	Kiln  measure.Tag       `json:"kiln_temperature,omitempty"`
	Flame *Running          `json:"flame,omitempty"`
	Soil  measure.Tag       `json:"soil,omitempty"`
	Depth *measure.Quantity `json:"depth,omitempty"`
}

// leastDepth is where a soil stops following the day's air. Source: soil
// temperature is measured in depth, as registries ask; the figure is ours.
const leastDepth = 0.05 // m

func (p *Plant) readConditions(f map[string]strict.Node) {
	temperature := func(x strict.Node) measure.Tag {
		tag := x.Tag()
		if plan, ok := p.known(x, tag); ok && !plan.Unit.Same(measure.Kelvin) {
			x.Fault("tag %s is in %s, which is no temperature", tag, plan.Unit)
		}
		return tag
	}
	if p.Product != "" && !f["soil"].Present() {
		for i := range p.Tags {
			if t := &p.Tags[i]; t.Unit.Same(measure.Kelvin) && strings.Contains(string(t.Tag), "soil") {
				f["tags"].Note("tag %s reads a soil, and nothing links it to the place where %s stays: soil: { tag: %s, depth: 30 cm }; what is typed would count alone", t.Tag, p.Product, t.Tag)
			}
		}
	}
	p.Conditions.Kiln, p.Conditions.Flame = temperature(f["kiln_temperature"]), p.above(f["flame"])
	if s := f["soil"]; s.Present() {
		v := s.Fields("tag", "depth")
		s.Need(v, "tag", "depth")
		p.Conditions.Soil = temperature(v["tag"])
		if q, ok := v["depth"].Quantity(); ok {
			p.Conditions.Depth = &q
			if m, err := q.In(measure.Metre); err != nil || m < leastDepth {
				v["depth"].Fault("%s is no depth in soil: at least 5 cm, above that it is air that is measured", q)
			}
		}
	}
}

// KilnTags returns the tags whose temperature is that of carbonisation.
func (p *Plant) KilnTags() (all []measure.Tag) {
	if p.Conditions.Kiln != "" {
		return []measure.Tag{p.Conditions.Kiln}
	}
	for _, u := range p.Uniform {
		if plan, ok := p.Tag(u.Tag); ok && plan.Unit.Same(measure.Kelvin) {
			all = append(all, u.Tag)
		}
	}
	return all
}
