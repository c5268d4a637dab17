package export

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// Gap is a stretch for which evidence is known to be absent. The manifest
// declares the gaps its maker saw; [Verify] finds them again from the leaves
// and takes a gap that was not declared as a fault.
type Gap struct {
	Agent  string    `json:"agent"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Reason string    `json:"reason"`
}

// String prints one line for people.
func (g Gap) String() string {
	return fmt.Sprintf("%s  %s to %s  %s", g.Agent, stamp(g.From), stamp(g.To), g.Reason)
}

func gapOrder(a, b Gap) int {
	return cmp.Or(cmp.Compare(a.Agent, b.Agent), a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Reason, b.Reason))
}

// chains follows the leaves of every agent and returns the gaps in them:
// scans whose numbers are skipped, leaves whose predecessor is not there,
// silence longer than patience, and what the loss records say. Leaves that
// claim the same numbers, or the next numbers with another history, are
// forks: faults, never gaps. That an agent begins or ends within the interval
// is no gap by itself; the readings show whether another took its place.
func chains(leaves []leafRef, missing func(leafRef) (evidence.LossRecord, error), w measure.Interval, patience time.Duration) (gaps []Gap, faults []Fault) {
	agents := map[string]*chain{}
	for _, l := range leaves {
		if l.Epoch == 0 {
			continue
		}
		c := agents[l.Signer]
		if c == nil {
			c = &chain{agent: l.Signer, w: w, patience: int64(patience), hashes: map[evidence.Hash]bool{}, losses: map[uint64]evidence.LossRecord{}}
			agents[l.Signer] = c
		}
		c.add(l, missing)
	}
	for _, c := range agents {
		c.walk()
		gaps, faults = append(gaps, c.gaps...), append(faults, c.faults...)
	}
	slices.SortFunc(gaps, gapOrder)
	slices.SortFunc(faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What)) })
	return gaps, faults
}

// chain is the leaves of one agent. Batches and most loss records carry
// sequence numbers and stand in their order; a catalogue carries none and is
// only a link between two others.
type chain struct {
	agent    string
	w        measure.Interval
	patience int64

	numbered, others []leafRef
	hashes           map[evidence.Hash]bool         // of all leaves, and of those that loss records stand for
	losses           map[uint64]evidence.LossRecord // by leaf index

	gaps   []Gap
	faults []Fault
}

func (c *chain) add(l leafRef, missing func(leafRef) (evidence.LossRecord, error)) {
	c.hashes[l.hash] = true
	if l.Last == 0 {
		c.others = append(c.others, l)
	} else {
		c.numbered = append(c.numbered, l)
	}
	if l.Kind != evidence.Loss {
		return
	}
	m, err := missing(l)
	if err != nil {
		c.faults = append(c.faults, Fault{Check: "continuity", Where: leafName(l.Index), What: err.Error(), Do: "ask the centre which release wrote this loss record"})
	}
	if h := hashOf(m.Replaces); h != (evidence.Hash{}) {
		c.hashes[h] = true
	}
	c.losses[l.Index] = m
}

func (c *chain) gap(from, to int64, format string, args ...any) {
	c.gaps = append(c.gaps, Gap{Agent: c.agent, From: at(from), To: at(max(from, to)), Reason: fmt.Sprintf(format, args...)})
}

func (c *chain) fork(l leafRef, format string, args ...any) {
	c.faults = append(c.faults, Fault{Check: "continuity", Where: leafName(l.Index), What: fmt.Sprintf(format, args...),
		Do: "this agent seems to have two histories: compare both leaves with the gateway's spool"})
}

// walk follows the numbers and the links, and keeps how far the agent's
// scans reach in time.
func (c *chain) walk() {
	if len(c.numbered) == 0 {
		return
	}
	slices.SortFunc(c.numbered, byLink)
	from, to := c.w.From.UnixNano(), c.w.To.UnixNano()
	start, reach := c.numbered[0], int64(math.MinInt64)
	for i, b := range c.numbered {
		gaps := len(c.gaps)
		if i > 0 {
			c.follow(c.numbered[i-1], b)
		}
		if m, lost := c.losses[b.Index]; lost {
			c.lost(b, m, reach)
		}
		if b.From == 0 && b.To == 0 || b.Kind == evidence.Clock {
			continue // it knows no time, or speaks of another
		}
		begins, ends := b.stands()
		if reach == math.MinInt64 {
			if begins > from+c.patience && !c.begins(b) {
				c.gap(from, begins, "no evidence of this agent before %s", stamp(at(begins)))
			}
			reach = begins
		}
		if begins-reach > c.patience && begins > from && reach < to && len(c.gaps) == gaps {
			c.gap(max(reach, from), begins, "the agent was silent")
		}
		reach = max(reach, ends)
	}
	for _, l := range c.others {
		if l.Epoch > start.Epoch && !c.hashes[l.Prev] {
			c.gap(from, to, "a leaf before leaf %d of epoch %d is missing", l.Index, l.Epoch)
		}
		if m, lost := c.losses[l.Index]; lost {
			c.lost(l, m, from)
		}
	}
}

// begins tells whether a leaf is the agent's first ever, but for leaves
// without numbers before it.
func (c *chain) begins(l leafRef) bool {
	for l.Prev != (evidence.Hash{}) {
		i := slices.IndexFunc(c.others, func(o leafRef) bool { return o.hash == l.Prev })
		if i < 0 {
			return false
		}
		l = c.others[i]
	}
	return true
}

// follow checks that b comes next after a.
func (c *chain) follow(a, b leafRef) {
	next, same := uint64(1), a.Epoch == b.Epoch
	if same {
		next = a.Last + 1
	}
	switch linked := c.hashes[b.Prev]; {
	case same && b.First < next:
		c.fork(b, "epoch %d, scans %d to %d of %s are also claimed by leaf %d", b.Epoch, b.First, min(a.Last, b.Last), c.agent, a.Index)
	case b.First > next:
		c.gap(a.To, b.From, "scans %d to %d of epoch %d are missing", next, b.First-1, b.Epoch)
	case !linked && same:
		c.fork(b, "names a leaf before it that is not in the bundle; leaf %d has the numbers before it", a.Index)
	case !linked:
		c.gap(a.To, b.From, "leaves at the end of epoch %d are missing", a.Epoch)
	}
}

// lost books a loss record. One that knows no time lies after what came before it.
func (c *chain) lost(l leafRef, m evidence.LossRecord, reach int64) {
	if m.From == 0 && m.To == 0 {
		m.From = max(reach, c.w.From.UnixNano())
		m.To = m.From
	}
	if m.To < c.w.From.UnixNano() || m.From >= c.w.To.UnixNano() {
		return
	}
	count := ""
	if m.Count > 0 {
		count = fmt.Sprintf("%d scans: ", m.Count)
	}
	c.gap(m.From, m.To, "loss record, leaf %d: %s%s", l.Index, count, m.Reason)
}

// byLink orders leaves as their chain does.
func byLink(a, b leafRef) int {
	return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Index, b.Index))
}

func at(ns int64) time.Time        { return time.Unix(0, ns).UTC() }
func stamp(t time.Time) string     { return t.UTC().Format(time.RFC3339Nano) }
func leafName(index uint64) string { return fmt.Sprintf("leaf %d", index) }
