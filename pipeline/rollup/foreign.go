package rollup

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// ForeignReadings is readings of a tag from an agent that does not read it, by the
// plant file. They are refused.
type ForeignReadings struct {
	Tag      measure.Tag `json:"tag"`
	Agent    string      `json:"agent"`
	Readings int         `json:"readings"`
}

// OwnSeries returns the series of the plant's tags without what foreign agents say,
// and what that is. What comes from no agent, or of a tag for which the file
// names none, is kept.
func OwnSeries(p *flowsheet.Plant, all []measure.Series) (own []measure.Series, foreign []ForeignReadings) {
	own = make([]measure.Series, 0, len(all))
	for _, s := range all {
		plan, ok := p.Tag(s.Tag)
		if !ok || s.Agent == "" || len(plan.Readers) == 0 {
			own = append(own, s)
			continue
		}
		if slices.Contains(plan.Readers, flowsheet.Reader{Agent: s.Agent, From: math.MinInt64, To: math.MaxInt64}) {
			own = append(own, s)
			continue
		}
		is := func(x measure.Sample) bool {
			return slices.ContainsFunc(plan.Readers, func(r flowsheet.Reader) bool { return r.Agent == s.Agent && r.Covers(x.At) })
		}
		n := 0
		for _, x := range s.Samples {
			if !is(x) {
				n++
			}
		}
		if n > 0 {
			foreign = append(foreign, ForeignReadings{Tag: s.Tag, Agent: s.Agent, Readings: n})
			kept := make([]measure.Sample, 0, len(s.Samples)-n)
			for _, x := range s.Samples {
				if is(x) {
					kept = append(kept, x)
				}
			}
			s.Samples = kept
		}
		if len(s.Samples) > 0 {
			own = append(own, s)
		}
	}
	return own, foreign
}

// Refusal says in words what was refused. The number is left out: it depends on
// how much is computed at once.
func (f ForeignReadings) Refusal(p *flowsheet.Plant) string {
	plan, _ := p.Tag(f.Tag)
	var agents []string
	for _, r := range plan.Readers {
		if !slices.Contains(agents, r.Agent) {
			agents = append(agents, r.Agent)
		}
	}
	return fmt.Sprintf("tag %s: readings from agent %s are refused: by the plant file %s reads it; if another took over, say so under agents, with from and until", f.Tag, f.Agent, strings.Join(agents, " or "))
}

// ContestedTags returns the tags for which the plant file names no agent, and two
// send readings at the same time.
func ContestedTags(p *flowsheet.Plant, all []measure.Series) (tags []measure.Tag) {
	type span struct {
		agent    string
		from, to int64
	}
	spans := map[measure.Tag][]span{}
	for _, s := range all {
		plan, ok := p.Tag(s.Tag)
		if !ok || s.Agent == "" || len(plan.Readers) > 0 || len(s.Samples) == 0 {
			continue
		}
		x := span{agent: s.Agent, from: s.Samples[0].At, to: s.Samples[len(s.Samples)-1].At}
		if slices.ContainsFunc(spans[s.Tag], func(o span) bool { return o.agent != x.agent && o.from <= x.to && x.from <= o.to }) {
			tags = append(tags, s.Tag)
		}
		spans[s.Tag] = append(spans[s.Tag], x)
	}
	return tags
}
