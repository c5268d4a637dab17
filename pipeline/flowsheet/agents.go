package flowsheet

import (
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure/strict"
)

// Reader is an agent that reads a tag, in [From, To) in Unix nanoseconds.
type Reader struct {
	Agent    string
	From, To int64
}

// Covers tells whether the agent reads the tag at an instant.
func (r Reader) Covers(t int64) bool { return r.From <= t && t < r.To }

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
		x.Note("no agent is named for %s: readings are taken from whoever sends them", firstFive(without))
	}
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
		pattern.Fault("%s: read by agent %s already: a tag has one source at a time; where one took over from another, give until and from", firstFive(taken), by)
	}
	if !found && text != "" {
		var names []string
		for _, t := range p.Tags {
			names = append(names, string(t.Tag))
		}
		pattern.Fault("%q names no tag of this file%s; a pattern is a tag, or its beginning and *", text, strict.Meant(text, names))
	}
}
