package pipeline

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Reader is an agent that reads a tag, in [From, To) in Unix nanoseconds.
type Reader struct {
	Agent    string
	From, To int64
}

func (r Reader) at(t int64) bool { return r.From <= t && t < r.To }

// readers reads which agent reads which tags. A tag has one at a time.
func (p *Plant) readers(x strict.Node) {
	for _, e := range x.Entries() {
		r := Reader{Agent: e.Key.PlainName("agent"), From: math.MinInt64, To: math.MaxInt64}
		tags := e.Value
		if tags.IsMapping() {
			f := e.Value.Fields("tags", "from", "until")
			e.Value.Need(f, "tags")
			tags = f["tags"]
			if f["from"].Present() {
				r.From = f["from"].Instant().UnixNano()
			}
			if f["until"].Present() {
				r.To = f["until"].Instant().UnixNano()
			}
			if r.To <= r.From {
				e.Value.Fault("from must be before until")
			}
		}
		for _, pattern := range tags.List() {
			p.read(pattern, r)
		}
	}
	var without []string
	for _, t := range p.Tags {
		if len(t.Readers) == 0 {
			without = append(without, string(t.Tag))
		}
	}
	if x.Present() && len(without) > 0 {
		x.Note("no agent is named for %s: readings are taken from whoever sends them", few(without))
	}
}

// few names tags, the first five of many.
func few(tags []string) string {
	if n := len(tags) - 5; n > 1 {
		return fmt.Sprintf("%s and %d others", strings.Join(tags[:5], ", "), n)
	}
	return strings.Join(tags, ", ")
}

// read gives the tags of a pattern to an agent.
func (p *Plant) read(pattern strict.Node, r Reader) {
	text := pattern.Text()
	prefix, open := strings.CutSuffix(text, "*")
	found := false
	var taken []string // tags that another agent reads at the time
	var by string
	for i := range p.Tags {
		t := &p.Tags[i]
		if string(t.Tag) != text && !(open && strings.HasPrefix(string(t.Tag), prefix)) {
			continue
		}
		found = true
		if k := slices.IndexFunc(t.Readers, func(o Reader) bool { return o.From < r.To && r.From < o.To }); k >= 0 {
			taken, by = append(taken, string(t.Tag)), t.Readers[k].Agent
			continue
		}
		t.Readers = append(t.Readers, r)
	}
	if len(taken) > 0 {
		pattern.Fault("%s: read by agent %s already: a tag has one source at a time; where one took over from another, give until and from", few(taken), by)
	}
	if !found && text != "" {
		var names []string
		for _, t := range p.Tags {
			names = append(names, string(t.Tag))
		}
		pattern.Fault("%q names no tag of this file%s; a pattern is a tag, or its beginning and *", text, strict.Meant(text, names))
	}
}

// Foreign is readings of a tag from an agent that does not read it, by the
// plant file. They are refused.
type Foreign struct {
	Tag      measure.Tag `json:"tag"`
	Agent    string      `json:"agent"`
	Readings int         `json:"readings"`
}

// Own returns the series of the plant's tags without what foreign agents say,
// and what that is. What comes from no agent, or of a tag for which the file
// names none, is kept.
func (p *Plant) Own(all []measure.Series) (own []measure.Series, foreign []Foreign) {
	own = make([]measure.Series, 0, len(all))
	for _, s := range all {
		plan, ok := p.Tag(s.Tag)
		if !ok || s.Agent == "" || len(plan.Readers) == 0 {
			own = append(own, s)
			continue
		}
		if slices.Contains(plan.Readers, Reader{s.Agent, math.MinInt64, math.MaxInt64}) {
			own = append(own, s)
			continue
		}
		is := func(x measure.Sample) bool {
			return slices.ContainsFunc(plan.Readers, func(r Reader) bool { return r.Agent == s.Agent && r.at(x.At) })
		}
		n := 0
		for _, x := range s.Samples {
			if !is(x) {
				n++
			}
		}
		if n > 0 {
			foreign = append(foreign, Foreign{s.Tag, s.Agent, n})
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

// fault says in words what was refused. The number is left out: it depends on
// how much is computed at once.
func (f Foreign) fault(p *Plant) string {
	plan, _ := p.Tag(f.Tag)
	var agents []string
	for _, r := range plan.Readers {
		if !slices.Contains(agents, r.Agent) {
			agents = append(agents, r.Agent)
		}
	}
	return fmt.Sprintf("tag %s: readings from agent %s are refused: by the plant file %s reads it; if another took over, say so under agents, with from and until", f.Tag, f.Agent, strings.Join(agents, " or "))
}

// contested returns the tags for which the plant file names no agent, and two
// send readings at the same time.
func (p *Plant) contested(all []measure.Series) (tags []measure.Tag) {
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
		x := span{s.Agent, s.Samples[0].At, s.Samples[len(s.Samples)-1].At}
		if slices.ContainsFunc(spans[s.Tag], func(o span) bool { return o.agent != x.agent && o.from <= x.to && x.from <= o.to }) {
			tags = append(tags, s.Tag)
		}
		spans[s.Tag] = append(spans[s.Tag], x)
	}
	return tags
}
