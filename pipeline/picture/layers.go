package picture

import (
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// depths tells for each node how many others the material passes before it,
// on the longest way, and which streams run against that order: the recycles.
// A stream is a recycle if it leads back to a node on the way that leads to
// it, seen from the nodes that the environment feeds, in the file's order.
func depths(p *flowsheet.Plant) (depth map[string]int, recycle []bool) {
	const (
		fresh = iota
		open
		done
	)
	state, inside := map[string]int{}, map[string]bool{}
	for _, n := range p.Nodes {
		inside[n.ID] = true
	}
	recycle = make([]bool, len(p.Streams))
	var visit func(id string)
	visit = func(id string) {
		state[id] = open
		for i, s := range p.Streams {
			if s.From != id || !inside[s.To] {
				continue
			}
			switch state[s.To] {
			case fresh:
				visit(s.To)
			case open:
				recycle[i] = true
			}
		}
		state[id] = done
	}
	for _, s := range p.Streams {
		if !inside[s.From] && inside[s.To] && state[s.To] == fresh {
			visit(s.To)
		}
	}
	for _, n := range p.Nodes {
		if state[n.ID] == fresh {
			visit(n.ID)
		}
	}
	depth = map[string]int{}
	for range p.Nodes { // the longest way passes each node once
		for i, s := range p.Streams {
			if !recycle[i] && inside[s.From] && inside[s.To] {
				depth[s.To] = max(depth[s.To], depth[s.From]+1)
			}
		}
	}
	pull(p, depth, recycle, inside)
	return depth, recycle
}

// pull moves what nothing precedes up to what it feeds: a hopper stands
// beside the kiln, not at the far end of the plant.
func pull(p *flowsheet.Plant, depth map[string]int, recycle []bool, inside map[string]bool) {
	for _, n := range p.Nodes {
		nearest, fed := len(p.Nodes), false
		for i, s := range p.Streams {
			if recycle[i] {
				continue
			}
			fed = fed || s.To == n.ID && inside[s.From]
			if s.From == n.ID && inside[s.To] {
				nearest = min(nearest, depth[s.To])
			}
		}
		if !fed && nearest < len(p.Nodes) {
			depth[n.ID] = nearest - 1
		}
	}
}
