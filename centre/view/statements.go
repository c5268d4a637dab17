package view

import (
	"context"
	"encoding/json"

	"github.com/nielu/nielu/pipeline/projection"
)

// ListedStatement is a statement as the console lists it.
type ListedStatement struct {
	projection.Statement
	State  string  `json:"state"` // sealed, signed, certified, superseded or withdrawn
	Digest string  `json:"digest"`
	Acts   []Event `json:"acts"`
}

// Statements lists the statements of a plant, or of all if it is "", with how
// far each has come.
func (v *View) Statements(ctx context.Context, plant string) ([]ListedStatement, error) {
	rows, err := v.store.Statements(ctx, plant)
	if err != nil {
		return nil, err
	}
	states := map[uint64]Statement{}
	for _, p := range v.archive.Plants {
		if plant != "" && plant != p.ID {
			continue
		}
		statements, err := v.archive.Statements(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range statements.Statements {
			states[s.Leaf] = StatementOf(s)
		}
	}
	all := make([]ListedStatement, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row, &all[i].Statement); err != nil {
			return nil, err
		}
		at := states[all[i].Index]
		all[i].State, all[i].Digest, all[i].Acts = at.State, at.Digest, at.Acts
	}
	return all, nil
}
