package ingest

import (
	"cmp"
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
)

// outOfOrder finds the scans that two settings of one clock have brought among each
// other: those of which, within [measure.Near], there is a later one in the sequence
// with an earlier time, or an earlier one with a later time. Which setting was
// right nobody knows, so that all of them are doubtful.
//
// The scans are of one agent and lie in the order of its sequence, batch after
// batch. Within an epoch those of one block are compared, which are made one
// after another; those of different buses may overlap by the length of a
// request. Scans of different epochs are compared whatever their block. It is
// nil where all are in order.
func outOfOrder(of []timeline) [][]bool {
	if inOrder(of) {
		return nil
	}
	type row struct {
		at          int64
		place       uint64 // rises along the sequence; equal ones are not compared
		batch, scan int
	}
	rows := map[uint32][]row{}
	var epochs []row
	for i, p := range of {
		for k, s := range p.scans {
			rows[s.Block] = append(rows[s.Block], row{at: s.At, place: uint64(len(rows[s.Block])), batch: i, scan: k})
			epochs = append(epochs, row{at: s.At, place: p.batch.Epoch, batch: i, scan: k})
		}
	}
	marks := make([][]bool, len(of))
	for i, p := range of {
		marks[i] = make([]bool, len(p.scans))
	}
	mark := func(rows []row) {
		slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.place, b.place)) })
		// Of the scans in the stretch before each one, those whose place is higher
		// than all that follow; in the stretch behind it, lower than all before.
		var highest, lowest []row
		for _, r := range rows {
			for len(highest) > 0 && highest[0].at < r.at-int64(measure.Near) {
				highest = highest[1:]
			}
			if len(highest) > 0 && highest[0].at < r.at && highest[0].place > r.place {
				marks[r.batch][r.scan] = true
			}
			for len(highest) > 0 && highest[len(highest)-1].place <= r.place {
				highest = highest[:len(highest)-1]
			}
			highest = append(highest, r)
		}
		for _, r := range slices.Backward(rows) {
			for len(lowest) > 0 && lowest[0].at > r.at+int64(measure.Near) {
				lowest = lowest[1:]
			}
			if len(lowest) > 0 && lowest[0].at > r.at && lowest[0].place < r.place {
				marks[r.batch][r.scan] = true
			}
			for len(lowest) > 0 && lowest[len(lowest)-1].place >= r.place {
				lowest = lowest[:len(lowest)-1]
			}
			lowest = append(lowest, r)
		}
	}
	for _, of := range rows {
		mark(of)
	}
	mark(epochs)
	return marks
}

// inOrder tells whether no scan is out of order.
func inOrder(of []timeline) bool {
	last := map[uint32]int64{}
	before, reached, epoch := int64(math.MinInt64), int64(math.MinInt64), uint64(0)
	for _, p := range of {
		if p.batch.Epoch != epoch {
			before, epoch = reached, p.batch.Epoch
		}
		for _, s := range p.scans {
			if at, ok := last[s.Block]; ok && s.At < at || s.At < before {
				return false
			}
			last[s.Block], reached = s.At, max(reached, s.At)
		}
	}
	return true
}
