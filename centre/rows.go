package centre

import (
	"fmt"
	"strconv"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/statement"
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

// statementRow tells of a statement what the console lists.
func statementRow(t ingest.Touch) (*projection.Statement, error) {
	s, err := statement.Parse(t.Leaf.Body)
	if err != nil {
		return nil, fmt.Errorf("leaf %d: %w", t.Index, err)
	}
	row := &projection.Statement{
		Index: t.Index, Plant: s.Plant, Lot: s.Lot, Interval: projection.StatementInterval{From: s.Interval.From, To: s.Interval.To},
		Unit: "t", Eligible: s.Account.Eligible, Text: string(t.Leaf.Body), Through: max(s.Evidence.Last, s.Entered.Last) + 1,
	}
	row.Net, row.Indicative, row.Unmet = tonnes(carbon.Shown(s.Account.Net)), tonnes(s.Account.Indicative), s.Account.Unmet
	if row.Unmet == nil {
		row.Unmet = []string{}
	}
	return row, nil
}

func tonnes(m *measure.CO2e) *float64 {
	if m == nil {
		return nil
	}
	t := m.Tonnes()
	return &t
}
