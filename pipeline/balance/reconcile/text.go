package reconcile

import (
	"encoding/json"
	"fmt"
)

// Text writes a problem in [ProblemFormat], as [Parse] reads it.
func (p *Problem) Text() ([]byte, error) {
	type quantity struct {
		ID    string   `json:"id"`
		Unit  string   `json:"unit,omitempty"`
		Value *float64 `json:"value"`
		SD    *float64 `json:"sd"`
		Min   *float64 `json:"min,omitempty"`
		Max   *float64 `json:"max,omitempty"`
		Start *float64 `json:"start,omitempty"`
	}
	type equation struct {
		ID   string `json:"id"`
		Expr string `json:"expr"`
	}
	if len(p.Nodes)+len(p.Streams)+len(p.Components)+len(p.Correlations)+len(p.Constraints) > 0 {
		return nil, fmt.Errorf("problem %s: only variables and equations are written", p.ID)
	}
	out := struct {
		Format    string     `json:"format"`
		ID        string     `json:"id"`
		Nodes     []struct{} `json:"nodes"`
		Streams   []struct{} `json:"streams"`
		Variables []quantity `json:"variables"`
		Equations []equation `json:"equations"`
		Options   any        `json:"options"`
	}{Format: ProblemFormat, ID: p.ID, Nodes: []struct{}{}, Streams: []struct{}{}}
	for _, q := range p.Variables {
		out.Variables = append(out.Variables, quantity(q))
	}
	for _, e := range p.Equations {
		out.Equations = append(out.Equations, equation{ID: e.ID, Expr: e.Expr.String()})
	}
	options := map[string]any{"elimination": "none", "covariance": p.Options.Covariance}
	if p.Options.Serial {
		options["elimination"] = "serial"
	}
	if p.Options.Alpha != 0 {
		options["alpha"] = p.Options.Alpha
	}
	out.Options = options
	text, err := json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), err
}
