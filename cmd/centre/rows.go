package centre

import (
	"strconv"

	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/pipeline/projection"
)

// batchRow tells of a batch what the console lists.
func batchRow(t ingest.Touch) *projection.Batch {
	size := 0
	if data, err := evidence.EncodeLeaf(t.Leaf); err == nil {
		size = len(data)
	}
	return &projection.Batch{
		Index: t.Index, Agent: t.Leaf.Signer, Epoch: strconv.FormatUint(t.Leaf.Epoch, 10),
		First: t.Leaf.First, Last: t.Leaf.Last, Scans: int(t.Leaf.Last - t.Leaf.First + 1), Bytes: size,
		From: t.Interval.From, To: t.Interval.To,
	}
}
