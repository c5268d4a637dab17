package flowsheet_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
)

const sourced = `
plant: p1
name: Two gateways
site: park
process: other
balance_every: 1 h
tags:
  p1/char/moisture: { unit: "%", hold: sloped, stale: 5 min }
  p1/char/mass:     { unit: kg, hold: stepped, counter: true, max_rate: 60 kg/h, stale: 5 min }
`

// said is readings of one minute each, of a tag from an agent.
func said(tag measure.Tag, agent string, from time.Time, n int, unit string, value float64) measure.Series {
	s := measure.Series{Tag: tag, Agent: agent, Unit: measure.MustUnit(unit)}
	for i := range n {
		s.Samples = append(s.Samples, measure.Sample{At: from.Add(time.Duration(i) * time.Minute).UnixNano(), Value: value, Quality: measure.GoodQuality})
	}
	return s
}

type told []measure.Series

func (t told) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	var out []measure.Series
	for _, s := range t {
		s.Samples = slices.DeleteFunc(slices.Clone(s.Samples), func(x measure.Sample) bool { return !w.Contains(x.At) })
		out = append(out, s)
	}
	return out, nil
}

// Readings of a tag from another agent than the plant file names are refused,
// said and counted: they neither lower a moisture nor heal a failure.
func TestTagHasOneSource(t *testing.T) {
	from := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	hour := measure.Interval{From: from, To: from.Add(time.Hour)}
	const tag = "p1/char/moisture"
	src := told{
		said(tag, "gw-1", from, 30, "%", 12),
		said(tag, "gw-2", from, 60, "%", 0.01),
	}
	p, err := flowsheet.Parse("p1.yaml", []byte(sourced+"agents:\n  gw-1: [p1/*]\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := pipeline.Compute(t.Context(), p, nil, src, hour)
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Rollups[tag][10]; m.Mean != 12 || m.Quality != measure.GoodQuality {
		t.Errorf("the minute reads %v, %s, beside a foreign agent's", m.Mean, m.Quality)
	}
	if m := r.Rollups[tag][45]; m.Coverage != 0 {
		t.Errorf("a foreign agent heals a failure: coverage %v", m.Coverage)
	}
	if len(r.Foreign) != 1 || r.Foreign[0] != (rollup.ForeignReadings{Tag: tag, Agent: "gw-2", Readings: 60}) {
		t.Errorf("refused is %v", r.Foreign)
	}
	if len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "agent gw-2 are refused: by the plant file gw-1 reads it") {
		t.Errorf("said is %q", r.Faults)
	}

	// Without a source named, what differs at one instant is bad both, and it is said.
	if p, err = flowsheet.Parse("p1.yaml", []byte(sourced)); err != nil {
		t.Fatal(err)
	}
	if r, err = pipeline.Compute(t.Context(), p, nil, src, hour); err != nil {
		t.Fatal(err)
	}
	if m := r.Rollups[tag][10]; m.Coverage != 0 || m.Quality != measure.BadBecause(measure.Conflict) {
		t.Errorf("two readings of one instant give %v, %s", m.Mean, m.Quality)
	}
	if !slices.Equal(r.Contested, []measure.Tag{tag}) {
		t.Errorf("contested is %v", r.Contested)
	}
}

// One agent may take over from another; no tag has two at one time or none
// without a word.
func TestAgentsOfThePlantFile(t *testing.T) {
	for _, c := range []struct{ agents, fault, note string }{
		{"", "", "agents: none are named"},
		{"agents: { gw-1: [p1/*] }", "", ""},
		{"agents: { gw-1: [p1/char/mass] }", "", "no agent is named for p1/char/moisture"},
		{"agents: { gw-1: [p1/*], gw-2: [p1/char/mass] }", "p1/char/mass: read by agent gw-1 already", ""},
		{"agents: { gw-1: { tags: [p1/*], until: 2026-05-01T00:00:00Z }, gw-2: { tags: [p1/*], from: 2026-05-01T00:00:00Z } }", "", ""},
		{"agents: { gw-1: { tags: [p1/*], until: 2026-05-01T00:00:01Z }, gw-2: { tags: [p1/*], from: 2026-05-01T00:00:00Z } }", "p1/char/mass, p1/char/moisture: read by agent gw-1 already", ""},
		{"agents: { gw-1: [p1/char/mas] }", "names no tag of this file", ""},
	} {
		p, err := flowsheet.Parse("p1.yaml", []byte(sourced+c.agents+"\n"))
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: error %v, want %q", c.agents, err, c.fault)
			}
		case err != nil:
			t.Errorf("%s: %v", c.agents, err)
		case c.note == "" && len(p.Notes) > 0 || c.note != "" && !strings.Contains(p.Notes.Error(), c.note):
			t.Errorf("%s: notes %v, want %q", c.agents, p.Notes, c.note)
		}
	}
	old, err := flowsheet.Parse("p1.yaml", []byte(sourced+"agents: { gw-1: { tags: [p1/*], until: 2026-05-04T00:30:00Z }, gw-2: { tags: [p1/*], from: 2026-05-04T00:30:00Z } }\n"))
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	own, foreign := rollup.OwnSeries(old, []measure.Series{said("p1/char/mass", "gw-1", from, 60, "kg", 1), said("p1/char/mass", "gw-2", from, 60, "kg", 1)})
	if len(own) != 2 || len(own[0].Samples) != 30 || len(own[1].Samples) != 30 || len(foreign) != 2 {
		t.Errorf("of two agents in turn %d series are kept, refused are %v", len(own), foreign)
	}
}
