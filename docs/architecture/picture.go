package main

import (
	"fmt"
	"strings"
)

// pictures are the graphs of the page, in Graphviz' language, by file name.
func pictures(rooms map[string]room) map[string]string {
	return map[string]string{
		"house.svg":    dot(graphOf(rooms, floor), rooms, ""),
		"pipeline.svg": dot(graphOf(rooms, pipelineRoom), rooms, "pipeline/"),
		"reading.svg":  flow(),
	}
}

// floor is the box of the picture of the whole house that a room is in.
func floor(name string) string {
	if forTests(name) {
		return ""
	}
	if strings.HasPrefix(name, "cmd/") {
		return name
	}
	return strings.SplitN(name, "/", 2)[0]
}

// pipelineRoom leaves out what is not in the pipeline.
func pipelineRoom(name string) string {
	if forTests(name) {
		return ""
	}
	if name == "pipeline" || strings.HasPrefix(name, "pipeline/") {
		return name
	}
	return ""
}

// forTests says whether only tests use a room; the table has them, the
// pictures do not.
func forTests(name string) bool { return strings.HasSuffix(name, "test") || name == "suite" }

const look = `	graph [bgcolor="white", nodesep=0.25, ranksep=0.45, pad=0.2]
	node [shape=box, style="rounded,filled", fillcolor="#eef4ee", color="#5b7d5b", fontname="sans-serif", fontsize=13, margin="0.14,0.07"]
	edge [color="#7a8a7a", arrowsize=0.7, fontname="sans-serif", fontsize=11]
`

// dot draws what uses what, from the top down: an arrow says "uses", and what
// is used also by a longer way is not drawn again.
func dot(g graph, rooms map[string]room, cut string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph rooms {\n%s", look)
	for _, name := range sorted(g) {
		fmt.Fprintf(&b, "\t%q [label=%q, tooltip=%q]\n", name, strings.TrimPrefix(name, cut), rooms[name].synopsis)
	}
	less := g.reduced()
	for _, from := range sorted(less) {
		for _, to := range sorted(less[from]) {
			fmt.Fprintf(&b, "\t%q -> %q\n", from, to)
		}
	}
	return b.String() + "}\n"
}

// flow draws the way of a reading: what is handed on, and where it lies safe.
func flow() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph reading {\n%s", look)
	for _, p := range places {
		shape := "box"
		if p.durable {
			shape = "cylinder"
		}
		fmt.Fprintf(&b, "\t%q [shape=%s, label=%q]\n", p.name, shape, p.name)
	}
	for _, h := range handovers {
		style := "solid"
		if h.back {
			style = "dashed"
		}
		fmt.Fprintf(&b, "\t%q -> %q [label=%q, style=%s]\n", h.from, h.to, h.what, style)
	}
	return b.String() + "}\n"
}

// A place is where a reading is for a while.
type place struct {
	name    string
	durable bool // survives a power cut there
}

var places = []place{
	{name: "instrument"},
	{name: "devices/polling"},
	{name: "ingest/spool", durable: true},
	{name: "ingest uplink"},
	{name: "broker"},
	{name: "ingest intake"},
	{name: "evidence log", durable: true},
	{name: "pipeline"},
	{name: "statement", durable: true},
	{name: "bundle", durable: true},
	{name: "nielu-audit"},
	{name: "projections"},
	{name: "console, Grafana"},
}

// A handover is what goes from one place to the next.
type handover struct {
	from, to, what string
	back           bool // against the stream, or beside the path
}

var handovers = []handover{
	{from: "instrument", to: "devices/polling", what: "registers, messages"},
	{from: "devices/polling", to: "ingest/spool", what: "scans"},
	{from: "ingest/spool", to: "ingest uplink", what: "signed batches"},
	{from: "ingest uplink", to: "broker", what: "MQTT"},
	{from: "broker", to: "ingest intake", what: "MQTT"},
	{from: "ingest intake", to: "evidence log", what: "leaves"},
	{from: "ingest intake", to: "ingest/spool", what: "receipt: only now forget", back: true},
	{from: "evidence log", to: "pipeline", what: "readings, records"},
	{from: "pipeline", to: "statement", what: "balance, account"},
	{from: "statement", to: "evidence log", what: "a leaf of it", back: true},
	{from: "evidence log", to: "bundle", what: "leaves, proofs"},
	{from: "bundle", to: "nielu-audit", what: "all of it"},
	{from: "nielu-audit", to: "pipeline", what: "recomputes by", back: true},
	{from: "pipeline", to: "projections", what: "minutes, hours"},
	{from: "projections", to: "console, Grafana", what: "series"},
}
