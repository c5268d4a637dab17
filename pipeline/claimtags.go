package pipeline

import (
	"slices"

	"github.com/nielu/nielu/measure"
)

// StackTags returns the tags whose rollups the plant's stack is read from: of
// flow, state, CH4 and N2O. Without a stack there are none.
func (p *Plant) StackTags() []measure.Tag {
	if p.Stack == nil {
		return nil
	}
	s, _ := p.Stream(p.Stack.Stream)
	values := []*Value{s.Volume, p.shareOf(s, "CH4"), p.shareOf(s, "N2O")}
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

// ProductTags returns the tags that [Plant.CountProduct] needs rollups of.
func (p *Plant) ProductTags() []measure.Tag {
	s, _ := p.Stream(p.Product)
	var tags []measure.Tag
	for _, v := range []*Value{s.Mass, s.Moisture, s.DrySolids} {
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
func (p *Plant) CountedFrom() map[measure.Tag]bool {
	from := map[measure.Tag]bool{}
	for _, t := range p.Tags {
		from[t.Tag] = true
	}
	return from
}

// ClaimTags returns the tags that a claim rests on: those of the product, the
// stack, the feed and the electricity.
func (p *Plant) ClaimTags() []measure.Tag {
	tags := append(p.ProductTags(), p.StackTags()...)
	if feed, ok := p.role(roleFeed); ok && feed.Mass != nil && feed.Mass.Tag != "" {
		tags = append(tags, feed.Mass.Tag)
	}
	if e, ok := p.energyFlow(p.Roles.name(roleElectricity)); ok && e.Power != nil && e.Power.Tag != "" {
		tags = append(tags, e.Power.Tag)
	}
	return tags
}

// FeedCarbon returns where the carbon of the feed comes from, or nil.
func (p *Plant) FeedCarbon() *Value {
	feed, ok := p.role(roleFeed)
	if !ok || feed.Basis == WetBasis || feed.Basis == AshFree {
		return nil
	}
	return feed.Carbon
}
