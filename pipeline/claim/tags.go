package claim

import (
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// StackTags returns the tags whose rollups the plant's stack is read from: of
// flow, state, CH4 and N2O. Without a stack there are none.
func StackTags(p *flowsheet.Plant) []measure.Tag {
	if p.Stack == nil {
		return nil
	}
	s, _ := p.Stream(p.Stack.Stream)
	values := []*flowsheet.Value{s.Volume, p.ShareOf(s, "CH4"), p.ShareOf(s, "N2O")}
	if s.State != nil {
		values = append(values, s.State.Pressure, s.State.Temperature, s.State.Water, s.State.Humidity)
	}
	var tags []measure.Tag
	for _, v := range values {
		if v != nil && v.Tag != "" && !slices.Contains(tags, v.Tag) {
			tags = append(tags, v.Tag)
		}
	}
	return tags
}

// ProductTags returns the tags that [CountProduct] needs rollups of.
func ProductTags(p *flowsheet.Plant) []measure.Tag {
	s, _ := p.Stream(p.Product)
	var tags []measure.Tag
	for _, v := range []*flowsheet.Value{s.Mass, s.Moisture, s.DrySolids} {
		if v != nil && v.Tag != "" {
			tags = append(tags, v.Tag)
		}
	}
	return tags
}

// CountedFrom returns the tags whose readings can bear on what a statement
// says: all of the plan. Product, stack and what is measured beside them are
// counted from some, and the balances that may accuse an instrument of them
// take all.
func CountedFrom(p *flowsheet.Plant) map[measure.Tag]bool {
	from := map[measure.Tag]bool{}
	for _, t := range p.Tags {
		from[t.Tag] = true
	}
	return from
}

// Tags returns the tags that a claim rests on: those of the product, the
// stack, the feed and the electricity.
func Tags(p *flowsheet.Plant) []measure.Tag {
	tags := append(ProductTags(p), StackTags(p)...)
	if feed, ok := p.Role(flowsheet.RoleFeed); ok && feed.Mass != nil && feed.Mass.Tag != "" {
		tags = append(tags, feed.Mass.Tag)
	}
	if e, ok := p.EnergyFlow(p.Roles.Name(flowsheet.RoleElectricity)); ok && e.Power != nil && e.Power.Tag != "" {
		tags = append(tags, e.Power.Tag)
	}
	return tags
}

// FeedCarbon returns where the carbon of the feed comes from, or nil.
func FeedCarbon(p *flowsheet.Plant) *flowsheet.Value {
	feed, ok := p.Role(flowsheet.RoleFeed)
	if !ok || feed.Basis == flowsheet.WetBasis || feed.Basis == flowsheet.AshFree {
		return nil
	}
	return feed.Carbon
}
