package export

import (
	"cmp"
	"fmt"
	"slices"
	"time"

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

// opened is an entry with what it says.
type opened struct {
	Entry
	Leaf
	hash Hash
}

// chains walks the leaves of every agent in the order of epoch and sequence
// and returns the gaps in them: scans whose numbers are skipped, links whose
// previous leaf is another than the one before, silence longer than patience,
// and what the loss records say. Leaves that claim the same numbers, or the
// next numbers with another history, are forks: faults, never gaps.
func chains(leaves []opened, missing func(Leaf) (Missing, error), w measure.Interval, patience time.Duration) (gaps []Gap, faults []Fault) {
	agents := map[string][]opened{}
	for _, l := range leaves {
		if l.Epoch != 0 {
			agents[l.Signer] = append(agents[l.Signer], l)
		}
		if l.Kind != Loss {
			continue
		}
		m, err := missing(l.Leaf)
		if err != nil {
			faults = append(faults, Fault{"continuity", leafName(l.Index), err.Error(), "ask the centre which release wrote this loss record"})
			continue
		}
		if m.From == 0 {
			m.From, m.To = l.From, l.To
		}
		if m.From < w.To.UnixNano() && w.From.UnixNano() < max(m.To, m.From+1) {
			gaps = append(gaps, Gap{l.Signer, at(m.From), at(max(m.From, m.To)), m.String(l.Index)})
		}
	}
	for _, chain := range agents {
		g, f := walk(chain, w, patience)
		gaps, faults = append(gaps, g...), append(faults, f...)
	}
	slices.SortFunc(gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What)) })
	return gaps, faults
}

// String says what was lost, and which leaf says so.
func (m Missing) String(index uint64) string {
	if m.Count == 0 {
		return fmt.Sprintf("loss record, leaf %d: %s", index, m.Reason)
	}
	return fmt.Sprintf("loss record, leaf %d: %d scans, %s", index, m.Count, m.Reason)
}

// walk follows one agent's chain.
func walk(chain []opened, w measure.Interval, patience time.Duration) (gaps []Gap, faults []Fault) {
	slices.SortFunc(chain, byLink)
	agent, from, to := chain[0].Signer, w.From.UnixNano(), w.To.UnixNano()
	gap := func(from, to int64, format string, args ...any) {
		gaps = append(gaps, Gap{agent, at(from), at(max(from, to)), fmt.Sprintf(format, args...)})
	}
	fork := func(b opened, format string, args ...any) {
		faults = append(faults, Fault{"continuity", leafName(b.Index), fmt.Sprintf(format, args...),
			"this agent has two histories: compare both leaves with the gateway's spool"})
	}
	if first := chain[0]; first.From > from+int64(patience) {
		gap(from, first.From, "no evidence of this agent before %s", stamp(at(first.From)))
	}
	reach := chain[0].To // evidence is known up to here
	for i, b := range chain[1:] {
		a := chain[i]
		next, same := uint64(1), a.Epoch == b.Epoch
		if same {
			next = a.Last + 1
		}
		switch linked := b.Prev == a.hash; {
		case linked && b.First >= next && b.From-reach > int64(patience) && b.From > from && reach < to:
			gap(reach, b.From, "the agent was silent")
		case linked && b.First == next:
		case same && b.First < next:
			fork(b, "epoch %d, scans %d to %d of %s are also claimed by leaf %d", b.Epoch, b.First, min(a.Last, b.Last), agent, a.Index)
		case b.First > next:
			gap(a.To, b.From, "scans %d to %d of epoch %d are missing", next, b.First-1, b.Epoch)
		case same:
			fork(b, "names another leaf than leaf %d as the one before it", a.Index)
		case !linked:
			gap(a.To, b.From, "leaves at the end of epoch %d are missing", a.Epoch)
		}
		reach = max(reach, b.To)
	}
	if reach+int64(patience) < to {
		gap(reach, to, "no evidence of this agent after %s at this size of the log", stamp(at(reach)))
	}
	return gaps, faults
}

// byLink orders leaves as their chain does.
func byLink(a, b opened) int {
	return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Index, b.Index))
}

func at(ns int64) time.Time         { return time.Unix(0, ns).UTC() }
func stamp(t time.Time) string      { return t.UTC().Format(time.RFC3339Nano) }
func leafName(index uint64) string  { return fmt.Sprintf("leaves/%010d.bin", index) }
func proofName(index uint64) string { return fmt.Sprintf("proofs/%010d.tlog-proof", index) }
